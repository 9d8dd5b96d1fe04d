/** The whole way from a file to a higher score without touching the mouse, and the graph panel, too. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { EXAMPLE } from "./example.ts";
import type { Session, Stage } from "./sessions.ts";
import { until } from "./waiting.ts";

export const keyboard: Session = { trusted: true, server: "setting", play };

async function play({ workbench, report, editor, workspace }: Stage): Promise<void> {
  const step = report.step.bind(report);
  const { page } = workbench;
  const onDisk = () => readFileSync(path.join(workspace.folder, EXAMPLE), "utf8");
  const focusedInPanel = page.frameLocator("iframe.webview").frameLocator("iframe").locator(":focus");

  await step("opens-a-file-by-its-name", async () => {
    await workbench.open(editor.address, workspace.folder);
    await workbench.quickOpen(EXAMPLE);
    await workbench.lenses(/^Evaluate$/).first().waitFor();
    await workbench.goTo(onDisk().split("\n").findIndex((line) => line.startsWith("graph ")) + 1, 1);
  });

  let before = 0;
  await step("measures-and-optimises-from-the-palette", async () => {
    await workbench.commandByKeys("Prompt Graphs: Evaluate Graph");
    before = await workbench.score();
    await workbench.commandByKeys("Prompt Graphs: Optimize Graph");
    await workbench.jobStarted(/Optimize multihop/);
    await workbench.jobEnded();
  });

  await step("goes-to-a-finding-and-reads-it", async () => {
    await workbench.nextProblem();
    const said = await workbench.hoverAtCursor(/faults? in/);
    assert.match(said, /\d+ % → \d+ %/);
    await workbench.press("Escape");
  });

  await step("applies-a-rewrite-from-the-light-bulb", async () => {
    const text = onDisk();
    await workbench.quickFixes();
    await workbench.takeQuickFix(/^Apply all/);
    await workbench.refactorPreview().waitFor();
    await workbench.applyPreviewByKeys();
    await workbench.focusEditor();
    await workbench.save();
    assert.notEqual(onDisk(), text);
  });

  await step("sees-the-score-rise-by-keyboard", async () => {
    await workbench.commandByKeys("Prompt Graphs: Evaluate Graph");
    await until(async () => (await workbench.score()) > before, "a higher score");
  });

  await step("walks-through-the-graph", async () => {
    await workbench.commandByKeys("Prompt Graphs: Show Graph");
    await page.frameLocator("iframe.webview").frameLocator("iframe").locator('.node[data-node="plan"]').waitFor();
    await workbench.press("Control+2");
    // From the top of the page to the picture, which is one stop for Tab.
    await until(async () => {
      await workbench.press("Tab");
      return (await focusedInPanel.and(page.frameLocator("iframe.webview").frameLocator("iframe").locator(".press")).count()) > 0;
    }, "the focus in the picture");
    await workbench.press("Home", "ArrowDown", "ArrowDown");
    const label = await focusedInPanel.getAttribute("aria-label");
    await workbench.screenshot("panel-by-keyboard");
    await workbench.press("Enter");
    await page.locator("#status\\.editor\\.selection", { hasText: /^Ln \d+, Col \d+ \(\d+ selected\)/ }).waitFor();
    assert.match(label ?? "", /retrieve node/);
  });
}
