/** A workspace that is not trusted: everything static works, nothing runs until the user says so. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { BROKEN, EXAMPLE, goToMistake } from "./example.ts";
import type { Session, Stage } from "./sessions.ts";

export const restricted: Session = { trusted: false, server: "setting", play };

async function play({ workbench, report, editor, workspace }: Stage): Promise<void> {
  const step = report.step.bind(report);

  await step("checks-without-trust", async () => {
    await workbench.open(editor.address, workspace.folder);
    await workbench.openFile(BROKEN);
    const [mistake] = await workbench.underlines("error");
    assert.match(mistake!.words, /questoin/);
  });

  await step("runs-nothing-without-trust", async () => {
    await workbench.openFile(EXAMPLE);
    await workbench.lens("Evaluate");
    await workbench.notification(/needs a trusted workspace/);
    await workbench.screenshot("restricted");
  });

  await step("runs-once-trusted", async () => {
    await workbench.answer(/needs a trusted workspace/, "Manage Trust");
    await workbench.trust();
    await workbench.lens("Evaluate");
    assert.ok((await workbench.score()) > 0);
  });

  await step("comes-back-after-a-crash", async () => {
    assert.equal(editor.crashLanguageServers(), 1);
    await workbench.openFile(BROKEN);
    await goToMistake(workbench, readFileSync(path.join(workspace.folder, BROKEN), "utf8"));
    await workbench.quickFixes();
    await workbench.takeQuickFix(/question/);
    await workbench.noUnderlines("error");
  });
}
