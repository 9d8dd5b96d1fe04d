/**
 * A machine without the language server, without Python and without uv: the extension says so once and offers the way out, says what that
 * needs, and colours and snippets work in the meantime.
 */
import assert from "node:assert/strict";
import { EXAMPLE } from "./example.ts";
import type { Session, Stage } from "./sessions.ts";

export const bare: Session = { trusted: true, server: "nowhere", python: false, play };

async function play({ workbench, report, editor, workspace }: Stage): Promise<void> {
  const step = report.step.bind(report);

  await step("offers-to-install-the-server", async () => {
    await workbench.open(editor.address, workspace.folder);
    await workbench.openFile(EXAMPLE);
    await workbench.notification(/needs its language server/);
    assert.equal(await workbench.notifications(), 1);
    await workbench.screenshot("without-server");
  });

  await step("colours-without-the-server", async () => {
    const colours = await workbench.colours("llm plan(");
    assert.ok(colours.has("llm") && colours.get("llm") !== colours.get("plan"));
  });

  await step("says-that-python-is-missing", async () => {
    await workbench.answer(/needs its language server/, "Install");
    await workbench.notification(/needs Python 3\.11 or newer/);
    await workbench.screenshot("without-python");
  });
}
