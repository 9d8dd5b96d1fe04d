/**
 * `node main.ts CONFIG`: shows the graph panel's page in Chromium and uses it as people do. Reports like the sessions in the editor.
 *
 * CONFIG is a JSON file with `chromium`, `files` (the folder of the built page) and `pictures`.
 */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { chromium, type Page } from "playwright-core";
import { print, problemOf } from "../vscode/report.ts";
import { LOOK_MS } from "../vscode/patience.ts";
import { until } from "../vscode/waiting.ts";
import { seriousProblems } from "./accessibility.ts";
import { BUSY, HOSTILE, large, SMALL } from "./graphs.ts";
import { PageServer, type Asked } from "./pageServer.ts";

interface Config {
  readonly chromium: string;
  readonly files: string;
  readonly pictures: string;
}

type Step = (page: Page, server: PageServer) => Promise<void>;

const NODES = ".node";

const STEPS: Readonly<Record<string, Step>> = {
  "shows-the-graph-and-its-run": async (page) => {
    await page.locator(NODES).first().waitFor();
    assert.equal(await page.locator(NODES).count(), SMALL.nodes.length);
    assert.match(await page.locator("#job").innerText(), /Optimize 41 % · 120 calls · \$0\.34 · round 2/);
    assert.equal(await page.locator('.node[data-status="running"]').getAttribute("data-node"), "plan");
    assert.match((await nodeNamed(page, "plan").getAttribute("aria-label")) ?? "", /Score 40 % on 60 rows. Running, 12 of 40. Blamed by 2 gradients/);
    assert.equal(await page.locator(".gradient").count(), 2);
    assert.equal(await page.locator(".gradient.verified").count(), 1);
    assert.match((await page.getByRole("img").getAttribute("aria-label")) ?? "", /3 scores, from 19 % to 71 %/);
  },

  "draws-gradients-against-the-flow": async (page) => {
    const [from, to] = await Promise.all(["reply", "plan"].map(async (name) => (await nodeNamed(page, name).boundingBox())!));
    const arrow = (await page.locator(".gradient.verified path").boundingBox())!;
    assert.ok(from!.y > to!.y, "what fails stands below what is blamed");
    assert.ok(arrow.y >= to!.y && arrow.y + arrow.height <= from!.y + from!.height + 1);
  },

  "chooses-by-mouse-and-shows-the-place": async (page, server) => {
    await nodeNamed(page, "plan").click();
    await asked(server, { address: "reveal", body: { node: "plan", section: null } });
    const details = page.getByRole("complementary", { name: "Details" });
    await details.getByRole("heading", { name: "plan", exact: true }).waitFor();
    await details.getByRole("heading", { name: "Suggested rewrite: 19 % → 62 %" }).waitFor();
    await details.getByText("together with 2 more").waitFor();
    assert.ok((await details.locator("ins").count()) > 0 && (await details.locator("del").count()) > 0);
    await details.getByRole("button", { name: "Show the words" }).first().click();
    await asked(server, { address: "reveal", body: { node: "plan", section: "system" } });
  },

  "shows-hostile-text-as-text": async (page) => {
    assert.ok((await page.locator("#details").innerText()).includes(HOSTILE));
    assert.equal(await page.locator("main script, main img").count(), 0);
    assert.equal(await page.title(), "qa · qa.prompt");
    const refused = await page.evaluate(async () => {
      const violation = new Promise<string>((resolve) => {
        addEventListener("securitypolicyviolation", (event) => { resolve(event.violatedDirective); });
      });
      const script = document.createElement("script");
      script.textContent = "document.title = 'owned'";
      document.body.append(script);
      return violation;
    });
    assert.match(refused, /script-src/);
    assert.equal(await page.title(), "qa · qa.prompt");
  },

  "follows-the-cursor-of-the-editor": async (page, server) => {
    server.send("selection", { node: "reply" });
    await page.locator('.node[data-node="reply"] [aria-pressed="true"]').waitFor();
    await page.getByText("The provider refused: quota exceeded.").waitFor();
    await page.getByText("Failing row q011: 0 %").waitFor();
  },

  "walks-by-keyboard-alone": async (page, server) => {
    await nodeNamed(page, "reply").focus();
    await page.keyboard.press("Home");
    await focusIsOn(page, "in");
    await page.keyboard.press("ArrowDown");
    await focusIsOn(page, "plan");
    await page.keyboard.press("Enter");
    await asked(server, { address: "reveal", body: { node: "plan", section: null } });
    await page.keyboard.press("ArrowDown");
    await focusIsOn(page, "first");
  },

  "asks-for-commands": async (page, server) => {
    assert.deepEqual(await page.locator("#commands button").allInnerTexts(), ["Stop"]);
    server.send("state", { ...BUSY, job: { ...BUSY.job!, active: false, phase: "done" } });
    await page.getByRole("button", { name: "Optimize" }).click();
    await asked(server, { address: "command", body: { command: "optimize" } });
  },

  "keeps-focus-and-view-while-a-run-goes-on": async (page, server) => {
    server.send("state", BUSY);
    await page.getByRole("button", { name: "Stop" }).waitFor();
    await nodeNamed(page, "first").focus();
    await page.locator("#picture").press("+");
    const before = await page.locator("#picture > g").getAttribute("transform");
    server.send("state", { ...BUSY, job: { ...BUSY.job!, percentage: 42 } });
    await page.getByText("Optimize 42 %").waitFor();
    await focusIsOn(page, "first");
    assert.equal(await page.locator("#picture > g").getAttribute("transform"), before);
  },

  "has-no-serious-accessibility-problem": async (page) => {
    for (const [name, look] of Object.entries(LOOKS)) {
      await page.emulateMedia(look);
      assert.deepEqual(await seriousProblems(page), [], name);
    }
    await page.emulateMedia(LOOKS.light);
  },

  "fits-a-narrow-window-and-every-look": async (page, server) => {
    const { pictures } = readConfig();
    server.send("selection", { node: "plan" });
    for (const [name, look] of Object.entries(LOOKS)) {
      await page.emulateMedia(look);
      await page.screenshot({ path: path.join(pictures, `panel-${name}.png`) });
    }
    await page.emulateMedia(LOOKS.light);
    await page.setViewportSize({ width: 420, height: 820 });
    await page.getByRole("button", { name: "Show the whole graph" }).click();
    const wider = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
    assert.ok(!wider, "the page scrolls sideways");
    await page.screenshot({ path: path.join(pictures, "panel-narrow.png") });
    assert.deepEqual(await seriousProblems(page), []);
    await page.setViewportSize(WINDOW);
  },

  "lays-out-two-hundred-nodes": async (page, server) => {
    const graph = large(200);
    server.send("selection", { node: null });
    server.send("graph", graph);
    await page.locator('.node[data-node="n199"]').waitFor();
    assert.equal(await page.locator(NODES).count(), graph.nodes.length);
    await nodeNamed(page, "n100").focus();
    await page.keyboard.press("Enter");
    await page.locator("#details").getByRole("heading", { name: "n100" }).waitFor();
  },

  "shows-all-of-two-hundred-nodes": async (page) => {
    await page.screenshot({ path: path.join(readConfig().pictures, "panel-200-chosen.png") });
    await page.getByRole("button", { name: "Show the whole graph" }).click();
    const inside = await page.evaluate(() => {
      const frame = document.querySelector("#picture")!.getBoundingClientRect();
      return [...document.querySelectorAll(".node")].every((node) => {
        const box = node.getBoundingClientRect();
        return box.left >= frame.left - 1 && box.right <= frame.right + 1 && box.top >= frame.top - 1 && box.bottom <= frame.bottom + 1;
      });
    });
    assert.ok(inside, "a node lies outside of the picture");
    await page.screenshot({ path: path.join(readConfig().pictures, "panel-200.png") });
  },

  "says-when-the-graph-is-gone": async (page, server) => {
    server.send("gone", { message: "The graph qa is not in the file any more." });
    await page.getByRole("alert").getByText("not in the file any more").waitFor();
  },
};

const WINDOW = { width: 1100, height: 760 };

const LOOKS = {
  light: { colorScheme: "light", forcedColors: "none" },
  dark: { colorScheme: "dark", forcedColors: "none" },
  "high-contrast": { colorScheme: "dark", forcedColors: "active" },
} as const;

function readConfig(): Config {
  return JSON.parse(readFileSync(process.argv[2]!, "utf8")) as Config;
}

function nodeNamed(page: Page, name: string): ReturnType<Page["locator"]> {
  return page.locator(`.node[data-node="${name}"]`).getByRole("button");
}

/** Waits for the page's request to arrive. */
async function asked(server: PageServer, wanted: Asked): Promise<void> {
  await until(() => Promise.resolve(isDeepStrictEqual(server.asked.at(-1), wanted)), JSON.stringify(wanted));
}

async function focusIsOn(page: Page, name: string): Promise<void> {
  await page.locator(`.node[data-node="${name}"] :focus`).waitFor();
}

async function main(): Promise<number> {
  const config = readConfig();
  mkdirSync(config.pictures, { recursive: true });
  const server = await PageServer.start(config.files);
  server.send("graph", SMALL);
  server.send("state", BUSY);
  const browser = await chromium.launch({ executablePath: config.chromium, args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
  try {
    const page = await browser.newPage({ viewport: WINDOW });
    page.setDefaultTimeout(LOOK_MS);
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(server.address);
    for (const [step, action] of Object.entries(STEPS)) {
      const start = performance.now();
      try {
        await action(page, server);
        assert.deepEqual(complaints, []);
        assert.deepEqual(server.strange, [], "the page asks for nothing that the protocol does not have");
      } catch (error) {
        await page.screenshot({ path: path.join(config.pictures, `failed-panel-${step}.png`) });
        print({ step, ok: false, seconds: 0, problem: problemOf(error) });
        return 1;
      }
      print({ step, ok: true, seconds: Math.round(performance.now() - start) / 1000 });
    }
    return 0;
  } finally {
    await browser.close();
    await server.stop();
  }
}

process.exitCode = await main();
