/** The window is reloaded in the middle of a run: nothing keeps running unseen, and pressing the lens again goes on with that very run. */
import assert from "node:assert/strict";
import { EXAMPLE } from "./example.ts";
import { latestRun, runsIn } from "./ledger.ts";
import type { Session, Stage } from "./sessions.ts";
import { until } from "./waiting.ts";

export const interrupted: Session = { trusted: true, server: "setting", play };

async function play({ workbench, report, editor, workspace, prompts }: Stage): Promise<void> {
  const step = report.step.bind(report);
  const runs = () => runsIn(prompts, workspace.folder);

  await step("reloads-during-a-run", async () => {
    await workbench.open(editor.address, workspace.folder);
    await workbench.openFile(EXAMPLE);
    await workbench.lens("Optimize");
    await workbench.lenses(/^Stop\b.*\d+ calls/).first().waitFor();
    await workbench.reload();
    await workbench.lenses(/^Resume optimizing · \d+ calls/).first().waitFor();
    await workbench.screenshot("reloaded");
  });

  let paid = 0;
  await step("leaves-nothing-running", async () => {
    await until(() => Promise.resolve(runs().every((run) => run.state !== "running")), "the run to be closed");
    paid = latestRun(prompts, workspace.folder).calls;
    assert.ok(paid > 0);
  });

  await step("goes-on-with-that-run", async () => {
    await workbench.lens("Resume");
    await workbench.jobStarted(/Optimize multihop/);
    await workbench.jobEnded();
    await workbench.nextProblem();
    assert.equal(runs().length, 1);
    const run = latestRun(prompts, workspace.folder);
    assert.equal(run.state, "done");
    assert.ok(run.calls > paid);
  });
}
