/** A project that has pinned an older server: one message, one button, and the matching server is installed and used for this workspace. */
import assert from "node:assert/strict";
import { EXAMPLE } from "./example.ts";
import type { Session, Stage } from "./sessions.ts";

export const outdated: Session = { trusted: true, server: "outdated-project", play };

async function play({ workbench, report, editor, workspace }: Stage): Promise<void> {
  const step = report.step.bind(report);

  await step("says-that-the-server-is-older", async () => {
    await workbench.open(editor.address, workspace.folder);
    await workbench.openFile(EXAMPLE);
    await workbench.notification(/is older than this extension/);
    assert.equal(await workbench.notifications(), 1);
    await workbench.screenshot("older-server");
  });

  await step("works-with-the-older-server", async () => {
    await workbench.lenses(/^Optimize$/).first().waitFor();
  });

  await step("installs-the-matching-server", async () => {
    await workbench.answer(/is older than this extension/, "Install Matching Server");
    await workbench.notification(/Installing the Prompt Graphs language server/);
    await workbench.serverIsReady(/the extension's own environment/);
    assert.equal(await workbench.notifications(), 0);
    await workbench.lens("Evaluate");
    assert.ok((await workbench.score()) > 0);
  });

  await step("keeps-to-the-matching-server", async () => {
    await workbench.reload();
    await workbench.serverIsReady(/the extension's own environment/);
    assert.equal(await workbench.notifications(), 0);
  });
}
