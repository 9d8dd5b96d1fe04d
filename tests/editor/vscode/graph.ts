/** The graph panel beside the editor: it shows what is in the file and what runs, and each leads to the other. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { FrameLocator } from "playwright-core";
import { EXAMPLE } from "./example.ts";
import { JOB_MS } from "./patience.ts";
import type { Session, Stage } from "./sessions.ts";
import { until } from "./waiting.ts";

export const graph: Session = { trusted: true, server: "setting", play };

async function play({ workbench, report, editor, workspace }: Stage): Promise<void> {
  const step = report.step.bind(report);
  const { page } = workbench;
  const panel = page.frameLocator("iframe.webview").frameLocator("iframe");
  const node = (name: string) => panel.locator(`.node[data-node="${name}"]`);
  const lineOf = (start: string) =>
    readFileSync(path.join(workspace.folder, EXAMPLE), "utf8").split("\n").findIndex((line) => line.startsWith(start)) + 1;

  await step("shows-the-graph-beside-its-file", async () => {
    await workbench.open(editor.address, workspace.folder);
    await workbench.openFile(EXAMPLE);
    await workbench.lenses(/^Evaluate$/).first().waitFor();
    await workbench.command("Prompt Graphs: Show Graph");
    for (const name of ["plan", "first", "bridge", "second", "reply"]) {
      await node(name).waitFor();
    }
    await workbench.screenshot("panel-in-editor");
  });

  await step("leads-from-a-node-to-its-source", async () => {
    await node("bridge").getByRole("button").click();
    await page.locator("#status\\.editor\\.selection", { hasText: new RegExp(`^Ln ${lineOf("llm bridge(")}\\b`) }).waitFor();
    assert.equal(await page.locator(`.tab[data-resource-name="${EXAMPLE}"]`).count(), 1, "the file is not opened a second time");
    await panel.getByRole("heading", { name: "bridge" }).waitFor();
  });

  await step("marks-the-node-of-the-cursor", async () => {
    await workbench.goTo(lineOf("llm reply("), 5);
    await panel.locator('.node[data-node="reply"] [aria-pressed="true"]').waitFor();
  });

  await step("follows-a-run", async () => {
    await panel.getByRole("button", { name: "Evaluate" }).click();
    await panel.getByRole("button", { name: "Stop" }).waitFor();
    await panel.locator('.node[data-status="running"]').first().waitFor({ timeout: JOB_MS });
    await panel.locator("#job", { hasText: /Evaluate done/ }).waitFor({ timeout: JOB_MS });
    await node("reply").and(panel.locator('[data-status="done"]')).waitFor();
    await panel.getByRole("img", { name: /Score \d+ % on \d+ rows/ }).waitFor();
    await workbench.closeNotifications();
  });

  await step("draws-the-gradients-of-an-optimisation", async () => {
    await panel.getByRole("button", { name: "Optimize" }).click();
    await panel.locator("#job", { hasText: /Optimize [1-9]\d %/ }).waitFor({ timeout: JOB_MS });
    await workbench.screenshot("panel-running");
    await panel.locator("#job", { hasText: /Optimize done/ }).waitFor({ timeout: JOB_MS });
    await workbench.closeNotifications();
    await until(async () => (await panel.locator(".gradient").count()) > 0, "a gradient");
    await node("plan").getByRole("button").click();
    const rewrite = panel.getByRole("heading", { name: /Suggested rewrite: \d+ % → \d+ %/ }).first();
    await rewrite.waitFor();
    await rewrite.locator("xpath=following-sibling::*[1]").scrollIntoViewIfNeeded();
    await workbench.screenshot("panel-gradients");
  });

  await step("wears-the-colours-of-the-editor", async () => {
    for (const [look, theme] of [["dark", "Dark Modern"], ["contrast", "Dark High Contrast"]] as const) {
      const before = await background(panel);
      await workbench.command("Preferences: Color Theme");
      await workbench.fillInput(theme);
      await until(async () => (await background(panel)) !== before, `the panel in ${theme}`);
      await workbench.screenshot(`panel-in-editor-${look}`);
    }
  });

  await step("shows-a-hostile-prompt-as-text", async () => {
    await workbench.goTo(lineOf("llm plan(") + 3, 5);
    await workbench.type("<script>document.title = 1</script> ");
    await panel.getByText("<script>document.title = 1</script>").first().waitFor();
    assert.equal(await panel.locator("main script").count(), 0);
    await workbench.press("Control+z");
  });

  await step("comes-back-with-a-new-server", async () => {
    await workbench.command("Prompt Graphs: Restart Server");
    await panel.locator("#notice", { hasText: /cannot be heard/ }).waitFor();
    await panel.locator("#notice").waitFor({ state: "hidden" });
    await node("plan").waitFor();
  });
}

function background(panel: FrameLocator): Promise<string> {
  return panel.locator("body").evaluate((body) => getComputedStyle(body).backgroundColor);
}
