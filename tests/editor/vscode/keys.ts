/** A provider's key: asked for where it is missing, kept by the editor, sent to the provider, and found nowhere else. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Provider } from "./provider.ts";
import type { Session, Stage } from "./sessions.ts";

export const keys: Session = { trusted: true, server: "setting", play };

const FILE = "keyed.prompt";
const VARIABLE = "TEAM_KEY";
/** Not a word of it stands anywhere else. */
const KEY = "sk-unmistakable-7f3a91c2d5";

async function play(stage: Stage): Promise<void> {
  const provider = await Provider.start(KEY);
  try {
    await playWith(provider, stage);
  } finally {
    await provider.stop();
  }
}

async function playWith(provider: Provider, { workbench, report, editor, workspace, home }: Stage): Promise<void> {
  const step = report.step.bind(report);
  const { page } = workbench;
  writeFileSync(path.join(workspace.empty, FILE), graphOn(provider.address));
  writeFileSync(path.join(workspace.empty, "rows.jsonl"), `${JSON.stringify({ id: "r1", question: "Where?", answer: "here" })}\n`);

  await step("says-that-a-key-is-missing", async () => {
    await workbench.open(editor.address, workspace.empty);
    await workbench.openFile(FILE);
    const [missing] = await workbench.underlines("finding");
    assert.match(missing!.words, new RegExp(VARIABLE));
    await workbench.goTo(2, 12);
    await workbench.quickFixes();
    await workbench.screenshot("key-missing");
  });

  await step("asks-for-the-key", async () => {
    await workbench.takeQuickFix(/Store the key for TEAM_KEY/);
    const input = page.locator(".quick-input-widget input");
    await page.locator(".quick-input-widget").getByText(/secret storage/).waitFor();
    assert.equal(await input.getAttribute("type"), "password");
    await input.fill(KEY);
    await workbench.screenshot("key-asked");
    await workbench.press("Enter");
    await workbench.noUnderlines("finding");
  });

  await step("sends-it-to-the-provider", async () => {
    await workbench.lens("Run");
    await workbench.notification(/Run keyed: answer = here/);
    assert.deepEqual(provider.keys(), [KEY]);
    await workbench.closeNotifications();
  });

  await step("still-has-it-after-a-reload", async () => {
    await workbench.reload();
    await workbench.serverIsReady(/setting/);
    await workbench.lens("Evaluate");
    assert.ok((await workbench.score()) === 1);
    assert.deepEqual(new Set(provider.keys()), new Set([KEY]));
  });

  await step("keeps-it-out-of-every-file-and-log", async () => {
    await workbench.command("Prompt Graphs: Show Log");
    await page.locator(".part.panel .view-line", { hasText: "Starting" }).first().waitFor();
    assert.ok(!(await page.locator(".part.panel").innerText()).includes(KEY));
    await workbench.command("View: Hide Panel");
    const { found, read } = filesWith(home, KEY);
    assert.deepEqual(found, []);
    assert.ok(filesWith(home, "Answer in one word.").found.length > 0, "what does stand in a file is found");
    // The log and the store are among what was read.
    for (const file of [/Prompt Graphs\.log$/, /store\.sqlite/, /code-server\.log$/, /settings\.json$/]) {
      assert.ok(read.some((name) => file.test(name)), `${file} was looked into`);
    }
  });

  await step("forgets-it", async () => {
    await workbench.command("Prompt Graphs: Set a Provider Key…");
    await page.locator(".quick-input-list .monaco-list-row", { hasText: VARIABLE }).getByText("stored").waitFor();
    await workbench.screenshot("key-stored");
    await workbench.fillInput(VARIABLE);
    await page.locator(".quick-input-widget").getByText(/Leave it empty to forget/).waitFor();
    await workbench.press("Enter");
    await workbench.focusEditor();
    const [missing] = await workbench.underlines("finding");
    assert.match(missing!.words, new RegExp(VARIABLE));
  });
}

function graphOn(address: string): string {
  return `model real = "openai/some-model"
  key env ${VARIABLE}
  base "${address}/v1"
  price $0.15 in, $0.60 out

dataset rows from "rows.jsonl"
  expect answer
  split 0/0/100

graph keyed(question: text) -> answer = reply.answer

llm reply(question) -> answer: text
  model real
  learn system:
    Answer in one word.
  user: {{question}}

metric score(answer, expected) = exact

optimize keyed on rows
  maximize score
  critic real
  rewriter real
  budget $1.00
`;
}

/** All files below a folder that hold a text, and all that were read. */
function filesWith(folder: string, text: string): { readonly found: readonly string[]; readonly read: readonly string[] } {
  const read = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  return { found: read.filter((file) => readFileSync(file).includes(text)), read };
}
