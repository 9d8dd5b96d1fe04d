/**
 * `node served.ts CONFIG`: opens the page that `prompts graph --open` serves, changes the file on disk, and sees the page follow. CONFIG is a
 * JSON file with `chromium`, `pictures`, `address` and `file`.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { chromium, type Page } from "playwright-core";
import { LOOK_MS } from "../vscode/patience.ts";
import { print, problemOf } from "../vscode/report.ts";

interface Config {
  readonly chromium: string;
  readonly pictures: string;
  readonly address: string;
  readonly file: string;
}

const HOSTILE = `<script>document.title = "owned"</script><img src=x onerror="document.title = 'owned'">`;

type Step = (page: Page, config: Config) => Promise<void>;

const STEPS: Readonly<Record<string, Step>> = {
  "opens-in-any-browser": async (page, { address, pictures }) => {
    const answer = await page.goto(address);
    assert.match(answer?.headers()["content-security-policy"] ?? "", /default-src 'none'; script-src 'self'/);
    for (const name of ["in", "plan", "first", "bridge", "second", "reply", "out"]) {
      await page.locator(`.node[data-node="${name}"]`).waitFor();
    }
    assert.equal(await page.title(), "multihop · multihop.prompt");
    await page.screenshot({ path: path.join(pictures, "panel-in-browser.png") });
  },

  "follows-the-file": async (page, { file }) => {
    const before = readFileSync(file, "utf8");
    writeFileSync(file, before.replace("    Turn the question", `    ${HOSTILE}\n    Turn the question`));
    await page.locator('.node[data-node="plan"]').getByRole("button").click();
    await page.locator("#details pre", { hasText: HOSTILE }).waitFor();
    assert.equal(await page.locator("main script, main img").count(), 0);
    assert.notEqual(await page.title(), "owned");
    writeFileSync(file, before);
    await page.locator("#details pre", { hasText: HOSTILE }).waitFor({ state: "detached" });
  },

  "tells-nobody-else": async (page, { address }) => {
    const wrong = new URL(address);
    wrong.pathname = "/guessed/";
    assert.equal((await fetch(wrong)).status, 404);
    assert.equal((await fetch(new URL("../../pyproject.toml", address))).status, 404);
    assert.equal((await fetch(address, { headers: { Origin: "http://elsewhere.example" } })).status, 404);
    assert.equal(await page.evaluate((url) => fetch(url).then(() => "reached", () => "refused"), "http://127.0.0.1:9/"), "refused");
  },
};

async function main(): Promise<number> {
  const config = JSON.parse(readFileSync(process.argv[2]!, "utf8")) as Config;
  const browser = await chromium.launch({ executablePath: config.chromium, args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
  try {
    const page = await browser.newPage({ viewport: { width: 1100, height: 760 } });
    page.setDefaultTimeout(LOOK_MS);
    for (const [step, action] of Object.entries(STEPS)) {
      const start = performance.now();
      try {
        await action(page, config);
      } catch (error) {
        await page.screenshot({ path: path.join(config.pictures, `failed-${step}.png`) });
        print({ step, ok: false, seconds: 0, problem: problemOf(error) });
        return 1;
      }
      print({ step, ok: true, seconds: Math.round(performance.now() - start) / 1000 });
    }
    return 0;
  } finally {
    await browser.close();
  }
}

process.exitCode = await main();
