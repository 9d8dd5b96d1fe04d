/** A workspace with two folders: one server for both, found in either, and every result beside the file that it belongs to. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { BROKEN } from "./example.ts";
import type { Session, Stage } from "./sessions.ts";

const SECOND_EXAMPLE = "support.prompt";

export const roots: Session = { trusted: true, server: "second-folder", play };

async function play({ workbench, report, editor, workspace }: Stage): Promise<void> {
  const step = report.step.bind(report);

  await step("checks-files-of-both-folders", async () => {
    await workbench.openWorkspace(editor.address, workspace.both);
    await workbench.unfold(path.basename(workspace.folder), BROKEN);
    await workbench.openFile(BROKEN);
    const [mistake] = await workbench.underlines("error");
    assert.match(mistake!.words, /questoin/);
    await workbench.closeEditor();
    await workbench.unfold(path.basename(workspace.second), SECOND_EXAMPLE);
    await workbench.openFile(SECOND_EXAMPLE);
    await workbench.lenses(/^Optimize$/).first().waitFor();
    await workbench.noUnderlines("error");
    await workbench.screenshot("two-folders");
  });

  await step("keeps-results-beside-their-file", async () => {
    await workbench.lens("Evaluate");
    assert.ok((await workbench.score()) > 0);
    assert.ok(existsSync(path.join(workspace.second, ".prompts")));
    assert.ok(!existsSync(path.join(workspace.folder, ".prompts")));
  });
}
