/** Accepting all proven rewrites at once, which the light bulb does not show: the server says what is proven, a preview asks first. */
import * as vscode from "vscode";
import { APPLY_REWRITES } from "./protocol";

/**
 * Takes the server's source action where the cursor is.
 *
 * The editor's own command for it is lost now and then, in an editor that has only just come to the front: looking for light bulbs there takes
 * its place.
 */
export async function applyProvenRewrites({ document, selection }: Pick<vscode.TextEditor, "document" | "selection">): Promise<void> {
  const [action] = await vscode.commands.executeCommand<readonly vscode.CodeAction[]>(
    "vscode.executeCodeActionProvider",
    document.uri,
    selection,
    APPLY_REWRITES,
    1,
  );
  if (action?.edit === undefined) {
    await vscode.window.showInformationMessage("Nothing is proven here yet: Optimize finds rewrites and tests them.");
    return;
  }
  await vscode.workspace.applyEdit(toBeConfirmed(action.edit, action.title), { isRefactoring: true });
}

/** The same edit, shown before it is applied. What has gone through the editor's command has lost that wish of the server's. */
function toBeConfirmed(edit: vscode.WorkspaceEdit, label: string): vscode.WorkspaceEdit {
  const confirmed = new vscode.WorkspaceEdit();
  for (const [uri, edits] of edit.entries()) {
    for (const { range, newText } of edits) {
      confirmed.replace(uri, range, newText, { label, needsConfirmation: true });
    }
  }
  return confirmed;
}
