/**
 * The first five minutes of a person who has never seen a prompt graph: from `prompts new` in a terminal to an accepted, measured rewrite. The
 * pictures, the times and the transcript are those of `docs/first-five-minutes.md`.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { takeTime } from "./example.ts";
import type { Session, Stage } from "./sessions.ts";

export const beginner: Session = { trusted: true, server: "setting", play };

async function play({ workbench, report, editor, workspace }: Stage): Promise<void> {
  const step = report.step.bind(report);
  const file = path.join(workspace.empty, "triage", "triage.prompt");
  const onDisk = () => readFileSync(file, "utf8");

  await step("makes-a-project-in-a-terminal", async () => {
    await workbench.open(editor.address, workspace.empty);
    await workbench.openTerminal();
    await workbench.type("prompts new triage\n");
    const said = await workbench.terminalSays(/prompts optimize triage\/triage\.prompt/);
    await workbench.screenshot("first-terminal");
    takeTime(path.join(workspace.empty, "triage", "world.json"));
    return said;
  });

  await step("opens-the-graph", async () => {
    await workbench.unfold("triage", "triage.prompt");
    await workbench.openFile("triage.prompt");
    await workbench.command("View: Hide Panel");
    await workbench.lenses(/^Evaluate$/).first().waitFor();
    await workbench.screenshot("first-project");
    return workbench.lensLine();
  });

  let before = 0;
  await step("measures-it", async () => {
    await workbench.lens("Evaluate");
    before = await workbench.score();
    await workbench.closeNotifications();
    await workbench.screenshot("first-score");
    return workbench.lensLine();
  });

  await step("lets-it-be-improved", async () => {
    await workbench.lens("Optimize");
    await workbench.jobStarted(/Optimize triage [1-9]\d* %/);
    await workbench.lenses(/^Stop\b.*\d+ calls/).first().waitFor();
    await workbench.screenshot("first-optimizing");
    const meanwhile = await workbench.lensLine();
    await workbench.jobEnded();
    await workbench.closeNotifications();
    await workbench.lenses(/ → /).first().waitFor();
    return `${meanwhile}\n${await workbench.lensLine()}`;
  });

  await step("reads-a-finding", async () => {
    await workbench.nextProblem();
    const said = await workbench.hoverOn("finding", /Failing rows|%/);
    await workbench.screenshot("first-finding");
    return said;
  });

  await step("accepts-what-is-proven", async () => {
    const text = onDisk();
    const [finding] = await workbench.underlines("finding");
    await workbench.page.mouse.click(finding!.x + 6, finding!.y);
    const titles = await workbench.quickFixes();
    await workbench.restMouse();
    await workbench.screenshot("first-rewrites");
    assert.ok(titles.some((title) => /%/.test(title)), titles.join(" | "));
    await workbench.takeQuickFix(/%/);
    await workbench.refactorPreview().waitFor();
    await workbench.screenshot("first-preview");
    await workbench.applyPreview();
    await workbench.save();
    assert.notEqual(onDisk(), text);
    return titles.join("\n");
  });

  await step("sees-the-score-rise", async () => {
    await workbench.lens("Evaluate");
    const after = await workbench.score();
    assert.ok(after > before, `${after} is not more than ${before}`);
    await workbench.closeNotifications();
    await workbench.screenshot("first-improved");
    return workbench.lensLine();
  });
}
