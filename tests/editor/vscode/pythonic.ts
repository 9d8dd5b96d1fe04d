/** The server is where only the Python extension knows: in the environment of the interpreter that it has selected. */
import assert from "node:assert/strict";
import { EXAMPLE } from "./example.ts";
import type { Session, Stage } from "./sessions.ts";

export const pythonic: Session = { trusted: true, server: "python-extension", play };

async function play({ workbench, report, editor, workspace }: Stage): Promise<void> {
  await report.step("finds-the-server-of-the-selected-interpreter", async () => {
    await workbench.open(editor.address, workspace.folder);
    await workbench.openFile(EXAMPLE);
    await workbench.serverIsReady(/the Python extension's interpreter/);
    await workbench.lens("Evaluate");
    assert.ok((await workbench.score()) > 0);
  });
}
