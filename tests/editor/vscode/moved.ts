/** Files that another program renames while they are open. */
import assert from "node:assert/strict";
import { renameSync } from "node:fs";
import path from "node:path";
import { EXAMPLE } from "./example.ts";
import { latestRun } from "./ledger.ts";
import type { Session, Stage } from "./sessions.ts";

const USED = "search.prompt";
const NEW_NAME = "renamed.prompt";

export const moved: Session = { trusted: true, server: "setting", play };

async function play({ workbench, report, editor, workspace, prompts }: Stage): Promise<void> {
  const step = report.step.bind(report);
  const file = (name: string) => path.join(workspace.folder, name);

  await step("underlines-a-use-whose-file-is-gone", async () => {
    await workbench.open(editor.address, workspace.folder);
    await workbench.openFile(EXAMPLE);
    await workbench.lenses(/^Optimize$/).first().waitFor();
    await workbench.noUnderlines("error");
    renameSync(file(USED), file("elsewhere.prompt"));
    const [mistake] = await workbench.underlines("error");
    assert.match(mistake!.words, /search/);
    await workbench.screenshot("used-file-gone");
  });

  await step("notices-that-the-file-is-back", async () => {
    renameSync(file("elsewhere.prompt"), file(USED));
    await workbench.noUnderlines("error");
  });

  await step("pays-nothing-again-under-the-new-name", async () => {
    await workbench.lens("Evaluate");
    const score = await workbench.score();
    renameSync(file(EXAMPLE), file(NEW_NAME));
    await workbench.closeEditor();
    await workbench.openFile(NEW_NAME);
    await workbench.lens("Evaluate");
    assert.equal(await workbench.score(), score);
    const run = latestRun(prompts, workspace.folder);
    assert.equal(run.file, NEW_NAME);
    assert.equal(run.calls, 0);
  });
}
