/** The graph panel in every colour theme of the editor, in a narrow column, and with a graph of two hundred nodes: readable for all. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { seriousProblems } from "../panel/accessibility.ts";
import { EXAMPLE } from "./example.ts";
import type { Session, Stage } from "./sessions.ts";
import { until } from "./waiting.ts";

export const looks: Session = { trusted: true, server: "setting", play };

/** The editor's own themes: its two defaults, those for high contrast, and the ones with the most unusual colours. */
const THEMES = {
  light: "Light Modern",
  dark: "Dark Modern",
  "contrast-light": "Light High Contrast",
  contrast: "Dark High Contrast",
  "solarized-light": "Solarized Light",
  "solarized-dark": "Solarized Dark",
  "quiet-light": "Quiet Light",
  red: "Red",
  abyss: "Abyss",
} as const;

const NARROW = 300;

async function play({ workbench, report, editor, workspace }: Stage): Promise<void> {
  const step = report.step.bind(report);
  const { page } = workbench;
  const panel = page.frameLocator("iframe.webview").frameLocator("iframe");
  const node = (name: string) => panel.locator(`.node[data-node="${name}"]`);

  await step("shows-a-graph-with-gradients", async () => {
    await workbench.open(editor.address, workspace.folder);
    await workbench.openFile(EXAMPLE);
    await workbench.lens("Optimize");
    await workbench.jobStarted(/Optimize multihop/);
    await workbench.jobEnded();
    await workbench.closeNotifications();
    await workbench.command("Prompt Graphs: Show Graph");
    await node("plan").getByRole("button").click();
    await panel.getByRole("heading", { name: /Suggested rewrite/ }).first().waitFor();
    assert.ok((await panel.locator(".gradient").count()) > 0);
  });

  for (const [name, theme] of Object.entries(THEMES)) {
    await step(`reads-well-in-${name}`, async () => {
      await workbench.colourTheme(theme);
      await workbench.screenshot(`panel-theme-${name}`);
      assert.deepEqual(await seriousProblems(await workbench.panelFrame()), []);
    });
  }

  await step("fits-a-column-of-300-pixels", async () => {
    await workbench.colourTheme(THEMES.light);
    await workbench.widthOfSecondColumn(NARROW);
    const frame = await workbench.panelFrame();
    await until(() => frame.evaluate((width) => innerWidth <= width, NARROW), `a panel of ${NARROW} pixels`);
    await panel.getByRole("button", { name: "Show the whole graph" }).click();
    assert.ok(!(await frame.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)), "it scrolls sideways");
    await workbench.screenshot("panel-300");
    assert.deepEqual(await seriousProblems(frame), []);
  });

  await step("shows-two-hundred-nodes-in-the-editor", async () => {
    await workbench.widthOfSecondColumn(700);
    writeFileSync(path.join(workspace.folder, "large.prompt"), large(200));
    await workbench.focusEditor();
    await workbench.openFile("large.prompt");
    await workbench.noUnderlines("error");
    await workbench.command("Prompt Graphs: Show Graph");
    await node("n199").waitFor();
    await workbench.screenshot("panel-200-in-editor");
    await panel.getByRole("button", { name: "Show the whole graph" }).click();
    await node("n0").getByRole("button").click();
    await page.locator("#status\\.editor\\.selection", { hasText: /^Ln 4,/ }).waitFor();
    assert.deepEqual(await seriousProblems(await workbench.panelFrame()), []);
  });
}

/** A graph of nodes in layers of ten, each fed by two of the layer above; node 0 stands in line 4. */
function large(size: number): string {
  const nodes = Array.from({ length: size }, (_, index) => {
    const above = Math.floor(index / 10) - 1;
    const sources = above < 0 ? ["text"] : [3, 7].map((next) => `x${next} = n${above * 10 + ((index + next) % 10)}.out`);
    const inputs = above < 0 ? ["text"] : ["x3", "x7"];
    return `code n${index}(${sources.join(", ")}) -> out: text\n  python: out = ${inputs.join(" + ")}\n`;
  });
  return `# Two hundred nodes.\nlanguage 1\n\n${nodes.join("\n")}`.replace("\n\n", `\ngraph large(text: text) -> out = n${size - 1}.out\n`);
}
