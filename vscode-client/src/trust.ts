/**
 * What trust in the workspace means on this side. The server decides what trust is needed for; the editor adds its own way out, the dialog
 * in which trust is granted.
 */
import * as vscode from "vscode";
import { COSTLY_COMMANDS } from "./protocol";

/** Calls `granted` when the user trusts the workspace. (VS Code restarts its extensions when trust is withdrawn.) */
export function onTrustGranted(granted: () => Promise<void>): vscode.Disposable {
  return vscode.workspace.onDidGrantWorkspaceTrust(() => void granted());
}

/** Whether a command may go to the server now. If not, says why and offers the trust dialog. */
export async function allowed(command: string): Promise<boolean> {
  if (vscode.workspace.isTrusted || !COSTLY_COMMANDS.has(command)) {
    return true;
  }
  const manage = "Manage Trust";
  const choice = await vscode.window.showWarningMessage(
    "Running a prompt graph calls models and executes the project's code, so it needs a trusted workspace.",
    manage,
  );
  if (choice === manage) {
    await vscode.commands.executeCommand("workbench.trust.manage");
  }
  return false;
}
