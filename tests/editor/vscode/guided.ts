/** The walkthrough: from an empty folder to a better prompt by its buttons alone, each of which means the project that it made. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Locator } from "playwright-core";
import { takeTime } from "./example.ts";
import type { Session, Stage } from "./sessions.ts";

export const guided: Session = { trusted: true, server: "setting", play };

async function play({ workbench, report, editor, workspace }: Stage): Promise<void> {
  const step = report.step.bind(report);
  const { page } = workbench;
  const file = path.join(workspace.empty, "triage", "triage.prompt");
  /** Goes back to the walkthrough, opens a step, and gives its button. */
  const button = async (title: string, label: string): Promise<Locator> => {
    await workbench.command("Prompt Graphs: Get Started");
    await page.locator(".getting-started-step", { hasText: title }).click();
    return page.locator(".getting-started-step.expanded").getByRole("button", { name: label });
  };

  await step("opens-the-walkthrough", async () => {
    await workbench.open(editor.address, workspace.empty);
    await workbench.command("Prompt Graphs: Get Started");
    await page.getByText("Get started with prompt graphs").first().waitFor();
    await page.frameLocator("iframe.webview").frameLocator("iframe").getByText("simulated model").waitFor();
    await workbench.screenshot("walkthrough");
  });

  await step("makes-a-project", async () => {
    await page.getByRole("button", { name: "New Project…" }).first().click();
    await workbench.fillInput("triage");
    await workbench.fileIsOpen("triage.prompt");
    takeTime(path.join(workspace.empty, "triage", "world.json"));
    await workbench.lenses(/^Evaluate$/).first().waitFor();
  });

  await step("measures-the-project-it-made", async () => {
    await (await button("Measure it", "Evaluate")).click();
    await workbench.fileIsOpen("triage.prompt");
    assert.ok((await workbench.score()) > 0);
    await workbench.closeNotifications();
  });

  await step("improves-the-project-it-made", async () => {
    await (await button("Let it be improved", "Optimize")).click();
    await workbench.jobStarted(/Optimize triage/);
    await workbench.jobEnded();
    await workbench.closeNotifications();
  });

  await step("applies-what-is-proven", async () => {
    const before = readFileSync(file, "utf8");
    await (await button("Accept what is proven", "Apply All Proven Rewrites")).click();
    await workbench.refactorPreview().waitFor();
    await workbench.applyPreview();
    await workbench.save();
    assert.notEqual(readFileSync(file, "utf8"), before);
  });

  await step("ticks-off-what-was-done", async () => {
    await workbench.command("Prompt Graphs: Get Started");
    for (const title of ["Make a project", "Measure it", "Let it be improved", "Accept what is proven"]) {
      await page.locator(".getting-started-step", { hasText: title }).locator(".codicon-getting-started-step-checked, .complete").first().waitFor();
    }
    await workbench.screenshot("walkthrough-done");
  });
}
