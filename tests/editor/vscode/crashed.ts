/** Processes that die in the middle of a job: the server, its worker, and a server that cannot start at all. */
import assert from "node:assert/strict";
import { EXAMPLE } from "./example.ts";
import { latestRun, runsIn } from "./ledger.ts";
import type { Session, Stage } from "./sessions.ts";

export const crashed: Session = { trusted: true, server: "breakable", play };

async function play({ workbench, report, editor, workspace, prompts, breakServer }: Stage): Promise<void> {
  const step = report.step.bind(report);

  let paid = 0;
  await step("says-that-the-worker-crashed", async () => {
    await workbench.open(editor.address, workspace.folder);
    await workbench.openFile(EXAMPLE);
    await workbench.lens("Optimize");
    await workbench.lenses(/^Stop\b.*\d+ calls/).first().waitFor();
    assert.ok(editor.crash("prompts_lang.worker") >= 1);
    await workbench.notification(/worker/i);
    await workbench.screenshot("worker-crashed");
    assert.equal(await workbench.notifications(), 1);
    await workbench.closeNotifications();
    await workbench.jobFailed(/Optimize multihop/);
    paid = latestRun(prompts, workspace.folder).calls;
    assert.ok(paid > 0);
  });

  await step("goes-on-with-another-worker", async () => {
    await workbench.lens("Optimize");
    await workbench.jobStarted(/Optimize multihop [1-9]\d* %/);
  });

  await step("starts-a-server-again-that-crashed", async () => {
    assert.equal(editor.crashLanguageServers(), 1);
    await workbench.lenses(/^Resume optimizing/).first().waitFor();
    assert.equal(await workbench.notifications(), 0, "nobody has to be told");
  });

  await step("goes-on-with-that-very-run", async () => {
    await workbench.lens("Optimize");
    await workbench.jobStarted(/Optimize multihop/);
    await workbench.jobEnded();
    await workbench.nextProblem();
    const run = latestRun(prompts, workspace.folder);
    assert.equal(run.state, "done");
    assert.ok(run.calls > paid);
    assert.equal(runsIn(prompts, workspace.folder).length, 1, "it was one run all along");
    await workbench.closeNotifications();
  });

  await step("says-once-why-a-server-cannot-start", async () => {
    breakServer(true);
    await workbench.command("Prompt Graphs: Restart Server");
    await workbench.notification(/could not be started: ImportError: no module of that name/);
    assert.equal(await workbench.notifications(), 1);
    await workbench.screenshot("server-broken");
  });

  await step("starts-it-once-it-can", async () => {
    breakServer(false);
    await workbench.answer(/could not be started/, "Restart");
    await workbench.serverIsReady(/setting/);
    await workbench.lenses(/^Optimize$/).first().waitFor();
  });
}
