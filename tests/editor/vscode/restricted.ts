/** A workspace that is not trusted: everything static works, nothing runs until the user says so. */
import assert from "node:assert/strict";
import type { Session, Stage } from "./sessions.ts";

export const restricted: Session = { trusted: false, server: "setting", play };

async function play({ workbench, report, address, workspace }: Stage): Promise<void> {
  const step = report.step.bind(report);

  await step("checks-without-trust", async () => {
    await workbench.open(address, workspace.folder);
    await workbench.openFile("broken.prompt");
    const [mistake] = await workbench.underlines("error");
    assert.match(mistake!.words, /questoin/);
  });

  await step("runs-nothing-without-trust", async () => {
    await workbench.openFile("multihop.prompt");
    await workbench.lens("Evaluate");
    await workbench.notification(/needs a trusted workspace/);
    await workbench.screenshot("restricted");
  });

  await step("runs-once-trusted", async () => {
    await workbench.answer(/needs a trusted workspace/, "Manage Trust");
    await workbench.trust();
    await workbench.lens("Evaluate");
    assert.ok((await workbench.score(60_000)) > 0);
  });
}
