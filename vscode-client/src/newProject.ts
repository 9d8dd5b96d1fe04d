/** Makes a small project that runs on the simulated model, in a folder of the workspace or one that the user picks, and opens it. */
import { execFile } from "node:child_process";
import * as path from "node:path";
import * as vscode from "vscode";
import type { ServerCommand } from "./discovery";

/**
 * Asks for a place and a name, and makes the project there.
 *
 * @param command The `prompts` command in use.
 * @param neutral A directory without project files to start it in.
 */
export async function newProject(command: ServerCommand | undefined, neutral: string): Promise<void> {
  if (command === undefined) {
    await vscode.window.showInformationMessage("The language server is not there yet: it makes new projects.");
    return;
  }
  const parent = await place();
  const name = parent && (await nameIn());
  if (parent === undefined || name === undefined) {
    return;
  }
  const problem = await make(command, path.join(parent.fsPath, name), neutral);
  if (problem !== undefined) {
    await vscode.window.showErrorMessage(problem);
    return;
  }
  const folder = vscode.Uri.joinPath(parent, name);
  const file = vscode.Uri.joinPath(folder, `${name}.prompt`);
  if (vscode.workspace.getWorkspaceFolder(file) === undefined) {
    await vscode.commands.executeCommand("vscode.openFolder", folder);
  } else {
    await vscode.window.showTextDocument(file, { preview: false });
  }
}

/** Why a name does not do, or undefined when it does. */
export function problemWithName(name: string): string | undefined {
  return /^[A-Za-z][A-Za-z0-9_-]*$/.test(name) ? undefined : "Letters, digits, - and _, with a letter first.";
}

/** The one folder of the workspace, else one that the user picks. */
async function place(): Promise<vscode.Uri | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const [only] = folders;
  if (only !== undefined && folders.length === 1) {
    return only.uri;
  }
  const picked = await vscode.window.showOpenDialog({ canSelectFiles: false, canSelectFolders: true, openLabel: "Make the project here" });
  return picked?.[0];
}

function nameIn(): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title: "New Prompt Graph Project",
    prompt: "The name of its folder and of its graph file",
    value: "triage",
    validateInput: problemWithName,
  });
}

/** Why the project could not be made, or undefined when it was. */
function make({ command, args }: ServerCommand, folder: string, neutral: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(command, [...args, "new", folder], { cwd: neutral, windowsHide: true }, (error, _stdout, stderr) => {
      resolve(error === null ? undefined : (stderr.trim().split("\n")[0] ?? error.message));
    });
  });
}
