/**
 * The editor's window as a person meets it: files, keys, lenses, underlines, bubbles. Nothing of the extension's inside is reached into.
 *
 * Every method waits for what it needs to see and fails with words when it does not come; none sleeps for a fixed time.
 */
import { mkdirSync } from "node:fs";
import path from "node:path";
import type { Frame, Locator, Page } from "playwright-core";
import { nameOfFocus, watchFrames, wordsAbove, type Stillness } from "./inPage.ts";
import { JOB_MS, LOOK_MS, RETRY_MS } from "./patience.ts";
import { until } from "./waiting.ts";

/** Bubbles about the text; buttons and tabs have bubbles of another kind. */
const EDITOR_BUBBLE = ".monaco-resizable-hover .monaco-hover-content";

/** A finding is a warning when it has been verified on many rows, and an information otherwise. */
export type Mark = "error" | "finding";

const MARKS: Readonly<Record<Mark, string>> = { error: ".squiggly-error", finding: ":is(.squiggly-warning, .squiggly-info)" };

/** An underline: the words above it, and where the window draws them. */
export interface Underline {
  readonly words: string;
  readonly x: number;
  readonly y: number;
}

const LENSES = {
  Run: /^Run$/,
  Evaluate: /^Evaluate$/,
  Optimize: /^(?:Optimize$|Resume optimizing\b)/,
  Resume: /^Resume optimizing\b.*\bpaid$/,
  Stop: /^Stop\b/,
} as const;

const ACCOUNT_LETTERS = 4_000;

export class Workbench {
  readonly page: Page;
  private readonly pictures: string;

  constructor(page: Page, pictures: string) {
    this.page = page;
    this.pictures = pictures;
    mkdirSync(pictures, { recursive: true });
  }

  open(address: string, folder: string): Promise<void> {
    return this.load(`${address}/?folder=${encodeURIComponent(folder)}`);
  }

  /** Opens a workspace of several folders by its file. */
  openWorkspace(address: string, file: string): Promise<void> {
    return this.load(`${address}/?workspace=${encodeURIComponent(file)}`);
  }

  private async load(page: string): Promise<void> {
    await this.page.goto(page);
    await this.page.locator(".explorer-folders-view").waitFor();
  }

  /** Reloads the window, as a person does after an update; the editor opens the same files again. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.page.locator(".editor-instance .view-lines").first().waitFor();
  }

  async screenshot(name: string): Promise<void> {
    await this.page.getByText("Activating Extensions...").waitFor({ state: "hidden" });
    await this.page.screenshot({ path: path.join(this.pictures, `${name}.png`), animations: "disabled" });
  }

  /** What a person would tell of the window where a step failed: a picture does not get into a log. */
  async account(): Promise<string> {
    const shown = (selector: string) => this.page.locator(selector).filter({ visible: true }).allInnerTexts().catch(() => []);
    const focused = await this.page.evaluate(nameOfFocus).catch(() => "unknown");
    const parts = {
      file: await shown(".tab.active"),
      status: await shown(".statusbar-item"),
      messages: await shown(".notification-list-item-message, .monaco-dialog-box"),
      lists: await shown(".suggest-widget.visible, .quick-input-widget"),
      text: await shown(".editor-instance .view-lines"),
    };
    const lines = Object.entries(parts).map(([name, texts]) => `${name}: ${texts.map((text) => plain(text).trim()).filter(Boolean).join(" | ")}`);
    return [`The window, with the keyboard at ${focused}:`, ...lines].join("\n").slice(0, ACCOUNT_LETTERS);
  }

  /** Unfolds a folder of a workspace in the Explorer until the file shows. */
  async unfold(folder: string, file: string): Promise<void> {
    const row = this.page.locator(`.explorer-folders-view .monaco-list-row[aria-label^="${folder}"]`).first();
    if ((await row.getAttribute("aria-expanded")) === "false") {
      await row.click();
    }
    await this.page.locator(`.explorer-folders-view .monaco-list-row[aria-label^="${file}"]`).waitFor();
  }

  /** Opens a file of the top folder from the Explorer, for good (not as a preview). */
  async openFile(name: string): Promise<void> {
    await this.page.locator(`.explorer-folders-view .monaco-list-row[aria-label^="${name}"]`).dblclick();
    await this.page.locator(`.tab.active[data-resource-name="${name}"]`).waitFor();
    await this.page.locator(".editor-instance .view-lines").first().waitFor();
  }

  /** Shows one of the views at the side, by the name of its icon. */
  async showSide(name: string): Promise<void> {
    const icon = this.page.locator(`.activitybar .action-item:has([aria-label^="${name}"])`);
    if (!((await icon.getAttribute("class")) ?? "").includes("checked")) {
      await icon.click();
    }
  }

  /** Answers the question that the editor asks at the top of the window. */
  async fillInput(text: string): Promise<void> {
    const input = this.page.locator(".quick-input-widget input");
    await input.waitFor();
    await input.fill(text);
    await this.press("Enter");
  }

  /** Waits until a file is in front. */
  async fileIsOpen(name: string): Promise<void> {
    await this.page.locator(`.tab.active[data-resource-name="${name}"]`).waitFor();
  }

  /** Makes a file in the top folder with the Explorer's own button, and opens it. */
  async createFile(name: string): Promise<void> {
    await this.page.locator(".explorer-folders-view .monaco-list-row").first().waitFor();
    await this.page.locator(".explorer-viewlet .pane-header").first().hover();
    await this.page.getByRole("button", { name: "New File..." }).click();
    await this.page.locator(".explorer-item-edited input").fill(name);
    await this.press("Enter");
    await this.page.locator(`.tab.active[data-resource-name="${name}"]`).waitFor();
    await this.page.locator(".editor-instance .monaco-editor.focused").waitFor();
  }

  /** Takes a proposal of the list that typing brought up. */
  async takeSuggestion(label: string): Promise<void> {
    const list = this.page.locator(".suggest-widget.visible");
    await list.locator(".monaco-list-row", { hasText: label }).first().click();
    await list.waitFor({ state: "hidden" });
  }

  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      await this.page.keyboard.press(key);
    }
  }

  async type(text: string): Promise<void> {
    await this.page.keyboard.type(text, { delay: 15 });
  }

  /** Moves the cursor, both counted from 1. */
  async goTo(line: number, column: number): Promise<void> {
    await this.focusEditor();
    await this.press("Control+g");
    await this.page.locator(".quick-input-widget input").fill(`:${line}:${column}`);
    await this.press("Enter");
    await this.page.locator(".quick-input-widget").waitFor({ state: "hidden" });
    await this.cursorIsAt(line, column);
  }

  /** Waits until the status bar says that the cursor is there. */
  async cursorIsAt(line: number, column: number): Promise<void> {
    const place = new RegExp(`^Ln ${line}, Col ${column}$`);
    await this.page.locator("#status\\.editor\\.selection", { hasText: place }).waitFor();
  }

  async focusEditor(): Promise<void> {
    await this.press("Control+1");
  }

  /**
   * Runs a command of the palette by its full title, which need not be the first that the palette proposes. Opens the palette again until it
   * knows the command: extensions arrive after the window.
   */
  async command(title: string): Promise<void> {
    const exactly = new RegExp(`^${RegExp.escape(title)}$`);
    const proposal = this.page.locator(".quick-input-list .label-name", { hasText: exactly }).first();
    await until(async () => {
      await this.press("F1");
      await this.page.locator(".quick-input-widget input").fill(`>${title}`);
      const known = await proposal.waitFor({ timeout: RETRY_MS }).then(
        () => true,
        () => false,
      );
      if (!known) {
        await this.press("Escape");
      }
      return known;
    }, `the command "${title}"`);
    await proposal.click();
    await this.restMouse();
  }

  /** Takes the mouse to where nothing answers to it, so that no bubble lies over what comes. */
  async restMouse(): Promise<void> {
    const bar = (await this.page.locator(".part.statusbar").boundingBox())!;
    await this.page.mouse.move(bar.x + bar.width / 2, bar.y + bar.height / 2);
  }

  /** Runs a command of the palette by keys alone. */
  async commandByKeys(title: string): Promise<void> {
    const focused = this.page.locator(".quick-input-list .monaco-list-row.focused .label-name");
    await until(async () => {
      await this.press("F1");
      await this.page.locator(".quick-input-widget input").waitFor();
      await this.page.keyboard.type(title);
      const first = await focused.first().innerText({ timeout: RETRY_MS }).catch(() => "");
      const isIt = plain(first) === title;
      await this.press(isIt ? "Enter" : "Escape");
      return isIt;
    }, `the command "${title}"`);
  }

  /** Opens a file by its name, by keys alone; as often as it takes for a window that is just opening. */
  async quickOpen(name: string): Promise<void> {
    const focused = this.page.locator(".quick-input-list .monaco-list-row.focused .label-name");
    await until(async () => {
      await this.press("Control+p");
      await this.page.keyboard.type(name);
      const first = await focused.first().innerText({ timeout: RETRY_MS }).catch(() => "");
      const isIt = plain(first) === name;
      await this.press(isIt ? "Enter" : "Escape");
      return isIt;
    }, `the file "${name}"`);
    await this.fileIsOpen(name);
  }

  /** Opens a terminal below the editor, ready to be typed into. */
  async openTerminal(): Promise<void> {
    await this.command("Terminal: Create New Terminal");
    await this.page.locator(".xterm-rows", { hasText: "$" }).first().waitFor();
    await this.page.locator(".xterm.focus").first().waitFor();
  }

  /** Waits until the terminal says something, and gives all that stands in it. */
  async terminalSays(wanted: RegExp): Promise<string> {
    const rows = this.page.locator(".xterm-rows").first();
    await until(async () => wanted.test(plain(await rows.innerText())), `the terminal to say ${wanted}`);
    const lines = await rows.locator("> div").allInnerTexts();
    return lines.map((line) => line.replaceAll("\u00a0", " ").trimEnd()).join("\n").replace(/\s*\$\s*$/, "");
  }

  async closeEditor(): Promise<void> {
    await this.command("View: Close Editor");
  }

  async save(): Promise<void> {
    await this.press("Control+s");
    await this.page.locator(".tab.active:not(.dirty)").waitFor();
  }

  /** The underlines of a kind that are on screen, in reading order; waits for the first. */
  async underlines(mark: Mark, timeout = LOOK_MS): Promise<readonly Underline[]> {
    const marks = this.page.locator(`.editor-instance .view-overlays ${MARKS[mark]}`);
    await marks.first().waitFor({ state: "attached", timeout });
    const found: Underline[] = [];
    for (const one of await marks.all()) {
      found.push(await one.evaluate(wordsAbove));
    }
    return found.sort((a, b) => a.y - b.y || a.x - b.x);
  }

  /** Types while every frame is looked at: what of lenses, underlines of a kind and hints was there in all of them, and how often a line jumped. */
  async stillnessWhileTyping(mark: Mark, line: string, text: string): Promise<{ readonly before: Stillness; readonly during: Stillness }> {
    const watch = async (action: () => Promise<void>): Promise<Stillness> => {
      const watching = await this.page.evaluateHandle(watchFrames, [MARKS[mark], line] as const);
      await action();
      await until(() => watching.evaluate(({ frames }) => frames() > 20), "a few frames");
      return watching.evaluate(({ stop }) => stop());
    };
    const before = await watch(() => Promise.resolve());
    const during = await watch(async () => {
      await this.type(text);
      await this.page.locator(".editor-instance .view-line", { hasText: text.trim() }).first().waitFor();
    });
    return { before, during };
  }

  async noUnderlines(mark: Mark): Promise<void> {
    const marks = this.page.locator(`.editor-instance .view-overlays ${MARKS[mark]}`);
    await until(async () => (await marks.count()) === 0, `no underline of the kind "${mark}"`);
  }

  /**
   * Presses a lens. While a job runs there is none but "Stop", which goes on with what is stopped; after an optimisation that did not come to its
   * end, "Resume optimizing" stands in the place of "Optimize".
   */
  async lens(title: keyof typeof LENSES): Promise<void> {
    await this.lenses(LENSES[title]).first().click();
  }

  /** Waits until a line has a hint like this between or behind its words. */
  async hint(lineStart: string, wanted: RegExp): Promise<void> {
    const line = this.page.locator(".editor-instance .view-line", { hasText: lineStart }).first();
    await until(async () => wanted.test(plain(await line.innerText()).replace(lineStart, "")), `a hint like ${wanted} in "${lineStart}"`);
  }

  /** What stands above the first graph, as one line. */
  async lensLine(): Promise<string> {
    const lenses = await this.page.locator(".editor-instance .codelens-decoration").filter({ visible: true }).first().innerText();
    return plain(lenses).replaceAll(/\s+/g, " ");
  }

  /** The lenses that are seen: the editor keeps some that were above a line, hidden. */
  lenses(title: RegExp): Locator {
    return this.page.locator(".editor-instance .codelens-decoration a", { hasText: title }).filter({ visible: true });
  }

  /** The score, from 0 to 1, in the lens that an evaluation leaves above its graph: "62 % (54-70) on 60 rows". */
  async score(timeout = JOB_MS): Promise<number> {
    const lens = this.lenses(/\d+ % \(\d+-\d+\) on \d+ rows?|failed/).first();
    await lens.waitFor({ timeout });
    const said = plain(await lens.innerText());
    if (said.includes("failed")) {
      const messages = await this.page.locator(".notification-list-item-message").allInnerTexts();
      throw new Error(`The job failed: ${messages.map(plain).join(" / ") || "and nobody said why"}`);
    }
    return Number.parseInt(said, 10) / 100;
  }

  /** Goes to the next problem of the file by keyboard, as often as it takes for one to be there. */
  async nextProblem(timeout = LOOK_MS): Promise<void> {
    const message = this.page.locator(".marker-widget");
    await until(async () => {
      await this.focusEditor();
      await this.press("F8");
      return message.waitFor({ timeout: RETRY_MS }).then(
        () => true,
        () => false,
      );
    }, "a problem to go to", timeout);
    // The key does nothing while the window is still taking the focus into the message.
    await until(async () => {
      await this.focusEditor();
      await this.press("Escape");
      return message.waitFor({ state: "hidden", timeout: RETRY_MS }).then(
        () => true,
        () => false,
      );
    }, "the problem's message to be gone");
  }

  /** Rests the mouse on the first underline of a kind until a bubble says what is wanted; gives all that it says. */
  async hoverOn(mark: Mark, wanted: RegExp): Promise<string> {
    const bubble = this.page.locator(EDITOR_BUBBLE).filter({ visible: true, hasText: wanted });
    // Lines still move while lenses arrive above them: look again where the underline is.
    await until(async () => {
      const [place] = await this.underlines(mark);
      await this.page.mouse.move(place!.x + 40, place!.y + 120);
      await this.page.mouse.move(place!.x + 6, place!.y, { steps: 5 });
      return bubble.first().waitFor({ timeout: RETRY_MS }).then(
        () => true,
        () => false,
      );
    }, `a bubble like ${wanted}`);
    return plain(await bubble.first().innerText());
  }

  /** The bubble for the word under the cursor, by keyboard, once it says what is wanted: its parts come one after the other. */
  async hoverAtCursor(wanted: RegExp): Promise<string> {
    await this.focusEditor();
    await this.press("Control+k", "Control+i");
    const bubble = this.page.locator(EDITOR_BUBBLE).filter({ visible: true, hasText: wanted }).first();
    await bubble.waitFor();
    return plain(await bubble.innerText());
  }

  /** Opens the light bulb's menu at the cursor, as often as it takes for a server that is just starting; the titles in it. */
  async quickFixes(): Promise<readonly string[]> {
    const menu = this.page.locator(".action-widget").first();
    await until(async () => {
      await this.focusEditor();
      await this.press("Control+.");
      return menu.waitFor({ timeout: RETRY_MS }).then(
        () => true,
        () => false,
      );
    }, "a quick fix");
    const titles = await menu.locator(".monaco-list-row.action .title").allInnerTexts();
    return titles.map(plain);
  }

  /** Moves down in the open light bulb menu to the first title that fits, and takes it. */
  async takeQuickFix(title: RegExp): Promise<void> {
    const menu = this.page.locator(".action-widget").first();
    const focused = menu.locator(".monaco-list-row.action.focused .title");
    const rows = await menu.locator(".monaco-list-row.action").count();
    for (let step = 0; step < rows; step++) {
      if (title.test(plain(await focused.innerText()))) {
        await this.press("Enter");
        await menu.waitFor({ state: "hidden" });
        return;
      }
      await this.press("ArrowDown");
    }
    throw new Error(`No quick fix fits ${title}`);
  }

  /** The panel that shows a change before it is made. */
  refactorPreview(): Locator {
    return this.page.locator(".bulk-edit-panel");
  }

  /** Ticks the changes in the panel, as what needs a confirmation starts unticked, and applies them. */
  async applyPreview(): Promise<void> {
    const panel = this.refactorPreview();
    // The box of a file ticks all of its changes.
    const files = panel.locator('.monaco-list-row[aria-level="1"] .edit-checkbox');
    await files.first().waitFor();
    for (const box of await files.all()) {
      await box.click();
    }
    await until(async () => (await panel.locator('.edit-checkbox[aria-checked="false"]').count()) === 0, "all changes to be ticked");
    await panel.getByRole("button", { name: "Apply" }).click();
    await panel.waitFor({ state: "hidden" });
    // The panel closes before the file has changed.
    await this.page.locator(".tab.active.dirty").waitFor();
  }

  /** The same by keys alone: Space ticks the file, Control+Enter applies. */
  async applyPreviewByKeys(): Promise<void> {
    const panel = this.refactorPreview();
    await panel.locator('.monaco-list-row[aria-level="1"]').first().waitFor();
    await this.commandByKeys("View: Focus into Panel");
    await panel.locator(".monaco-list:focus").waitFor();
    for (const level of await panel.locator('.monaco-list-row[aria-level="1"]').all()) {
      await until(async () => {
        if (((await level.getAttribute("class")) ?? "").includes("focused")) {
          return true;
        }
        await this.press("ArrowDown");
        return false;
      }, "the file to have the focus");
      await this.press("Space");
    }
    await until(async () => (await panel.locator('.edit-checkbox[aria-checked="false"]').count()) === 0, "all changes to be ticked");
    await this.press("Control+Enter");
    await panel.waitFor({ state: "hidden" });
  }

  /** The text that a notification shows once one fits. */
  async notification(text: RegExp, timeout = LOOK_MS): Promise<string> {
    const message = this.page.locator(".notification-list-item-message", { hasText: text }).first();
    await message.waitFor({ timeout });
    return plain(await message.innerText());
  }

  /** How many notifications are on screen. */
  notifications(): Promise<number> {
    return this.page.locator(".notification-list-item").count();
  }

  /** Trusts the workspace in the editor's own page for that, which is open, and closes it. */
  async trust(): Promise<void> {
    const page = this.page.locator(".workspace-trust-editor");
    await page.getByRole("button", { name: "Trust", exact: true }).first().click();
    await page.getByText("You trust this folder").waitFor();
    await this.closeEditor();
    await page.waitFor({ state: "hidden" });
  }

  /** Presses a button of the notification that fits. */
  async answer(text: RegExp, button: string): Promise<void> {
    const notification = this.page.locator(".notification-list-item", { hasText: text }).first();
    await notification.getByRole("button", { name: button }).click();
  }

  async closeNotifications(): Promise<void> {
    await this.command("Notifications: Clear All Notifications");
    await until(async () => (await this.page.locator(".notification-list-item").count()) === 0, "the notifications to be gone");
  }

  /** Waits until the status bar names the language of the file in front. */
  async languageIs(name: string): Promise<void> {
    await this.page.locator("#status\\.editor\\.mode", { hasText: new RegExp(`^${RegExp.escape(name)}$`) }).waitFor();
  }

  /** Chooses the language of the file in front, as a person does by hand. */
  async chooseLanguage(name: string): Promise<void> {
    await this.command("Change Language Mode");
    await this.page.locator(".quick-input-widget input").fill(name);
    await this.press("Enter");
  }

  /** Waits until the status bar shows a running job, and gives what it says. */
  async jobStarted(name: RegExp): Promise<string> {
    const running = this.statusItem().filter({ has: this.page.locator(".codicon-sync"), hasText: name });
    await running.waitFor();
    return plain(await running.innerText());
  }

  /** Waits until the status bar shows that a job has failed. */
  async jobFailed(name: RegExp): Promise<void> {
    await this.statusItem().filter({ has: this.page.locator(".codicon-error"), hasText: name }).waitFor();
  }

  async jobEnded(timeout = JOB_MS): Promise<void> {
    await this.statusItem().locator(".codicon-sync").waitFor({ state: "detached", timeout });
  }

  /** Waits until the status item says that the server is ready, and where it was found. */
  async serverIsReady(place: RegExp, timeout = JOB_MS): Promise<void> {
    const ready = this.statusItem().filter({ has: this.page.locator(".codicon-type-hierarchy") });
    await until(async () => (await ready.count()) > 0 && place.test((await ready.getAttribute("aria-label")) ?? ""), `the server (${place})`, timeout);
  }

  /** Clicks the status item, and takes what its menu offers; all that it offers. */
  async statusMenu(choice: RegExp): Promise<readonly string[]> {
    await this.statusItem().click();
    const rows = this.page.locator(".quick-input-list .monaco-list-row");
    await rows.first().waitFor();
    const offered = (await rows.locator(".label-name").allInnerTexts()).map(plain);
    await rows.filter({ hasText: choice }).first().click();
    return offered;
  }

  private statusItem(): Locator {
    return this.page.locator("#prompts-lang\\.prompt-graphs\\.promptGraphs\\.status");
  }

  /** The page of the graph panel. */
  async panelFrame(): Promise<Frame> {
    const inner = this.page.frameLocator("iframe.webview").locator("iframe");
    return (await (await inner.elementHandle())!.contentFrame())!;
  }

  /** Chooses a colour theme, and waits until the graph panel wears it. */
  async colourTheme(name: string): Promise<void> {
    const frame = await this.panelFrame();
    await this.command("Preferences: Color Theme");
    await this.fillInput(name);
    await until(() => frame.evaluate((theme) => document.body.dataset["vscodeThemeName"] === theme, name), `the theme ${name}`);
  }

  /** Drags the border between the two columns of editors. */
  async widthOfSecondColumn(pixels: number): Promise<void> {
    const column = (await this.page.locator(".editor-group-container").nth(1).boundingBox())!;
    const y = column.y + column.height / 2;
    await this.page.mouse.move(column.x, y);
    await this.page.mouse.down();
    await this.page.mouse.move(column.x + column.width - pixels, y, { steps: 10 });
    await this.page.mouse.up();
    await this.restMouse();
  }

  /** The colours in which the words of a line are painted, word by word. */
  async colours(lineStart: string): Promise<ReadonlyMap<string, string>> {
    const line = this.page.locator(".editor-instance .view-line", { hasText: lineStart }).first();
    await line.waitFor();
    const spans = await line.evaluate((element) =>
      [...element.querySelectorAll("span > span")].map((span) => [span.textContent.replaceAll("\u00a0", " ").trim(), getComputedStyle(span).color] as const),
    );
    return new Map(spans.filter(([text]) => text !== ""));
  }
}

/** Monaco paints spaces as no-break spaces. */
function plain(text: string): string {
  return text.replaceAll("\u00a0", " ").trim();
}
