/**
 * The first five minutes of a person who has never seen a prompt graph: from an empty folder to an accepted, measured rewrite, with nothing
 * but what the editor offers. The pictures are those of `docs/first-five-minutes.md`.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Session, Stage } from "./sessions.ts";

const SECONDS_PER_CALL = 0.1;

export const beginner: Session = { trusted: true, server: "setting", play };

async function play({ workbench, report, editor, workspace }: Stage): Promise<void> {
  const step = report.step.bind(report);
  const file = path.join(workspace.empty, "triage", "triage.prompt");
  const onDisk = () => readFileSync(file, "utf8");

  await step("opens-the-walkthrough", async () => {
    await workbench.open(editor.address, workspace.empty);
    await workbench.command("Prompt Graphs: Get Started");
    await workbench.page.getByText("Get started with prompt graphs").first().waitFor();
    await workbench.page.frameLocator("iframe.webview").frameLocator("iframe").getByText("simulated model").waitFor();
    await workbench.screenshot("first-walkthrough");
  });

  await step("makes-a-project", async () => {
    await workbench.page.getByRole("button", { name: "New Project…" }).first().click();
    await workbench.fillInput("triage");
    await workbench.fileIsOpen("triage.prompt");
    takeTime(path.join(workspace.empty, "triage", "world.json"));
    await workbench.lenses(/^Evaluate$/).first().waitFor();
    await workbench.screenshot("first-project");
  });

  let before = 0;
  await step("measures-it", async () => {
    await workbench.lens("Evaluate");
    before = await workbench.score();
    await workbench.closeNotifications();
    await workbench.screenshot("first-score");
  });

  await step("lets-it-be-improved", async () => {
    await workbench.lens("Optimize");
    await workbench.jobStarted(/Optimize triage [1-9]\d* %/);
    await workbench.screenshot("first-optimizing");
    await workbench.jobEnded();
    await workbench.closeNotifications();
  });

  await step("reads-a-finding", async () => {
    await workbench.nextProblem();
    await workbench.hoverOn("finding", /Failing rows|%/);
    await workbench.screenshot("first-finding");
  });

  await step("accepts-what-is-proven", async () => {
    const text = onDisk();
    const [finding] = await workbench.underlines("finding");
    await workbench.page.mouse.click(finding!.x + 6, finding!.y);
    const titles = await workbench.quickFixes();
    await workbench.screenshot("first-rewrites");
    assert.ok(titles.some((title) => /%/.test(title)), titles.join(" | "));
    await workbench.takeQuickFix(/%/);
    await workbench.refactorPreview().waitFor();
    await workbench.screenshot("first-preview");
    await workbench.applyPreview();
    await workbench.save();
    assert.notEqual(onDisk(), text);
  });

  await step("sees-the-score-rise", async () => {
    await workbench.lens("Evaluate");
    const after = await workbench.score();
    assert.ok(after > before, `${after} is not more than ${before}`);
    await workbench.closeNotifications();
    await workbench.screenshot("first-improved");
  });
}

/** Has the simulated model of a world take its time: on a fast machine a job would be over before anybody saw it. */
function takeTime(world: string): void {
  const data = JSON.parse(readFileSync(world, "utf8"));
  writeFileSync(world, JSON.stringify({ ...data, dials: { ...data.dials, service: { latency: SECONDS_PER_CALL } } }));
}
