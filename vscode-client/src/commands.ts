/**
 * The commands of the palette and of the status item's menu.
 *
 * Run, Evaluate, Optimize and Stop belong to the server, which also shows them as lenses; here they get their argument from the cursor, so
 * that a person with a keyboard alone has them too.
 */
import * as vscode from "vscode";
import { LANGUAGE_ID } from "./detect";
import { SET_KEY } from "./keyFix";
import type { KeyStore } from "./keys";
import type { LastGraph } from "./lastGraph";
import { newProject } from "./newProject";
import { SERVER_COMMANDS, type GraphArgument } from "./protocol";
import { applyProvenRewrites } from "./provenRewrites";
import type { Session } from "./session";
import type { StatusItem } from "./status";

export const MENU = "promptGraphs.menu";

const RESTART = "promptGraphs.restartServer";

/** What the commands act on. */
export interface Subjects {
  readonly session: Session;
  readonly graphs: LastGraph;
  readonly status: StatusItem;
  readonly keys: KeyStore;
  readonly log: vscode.LogOutputChannel;
  /** The directory of the extension's own storage, which has no project files. */
  readonly storage: string;
  /** The extension's id. */
  readonly extension: string;
}

export function registerCommands({ session, graphs, status, keys, log, storage, extension }: Subjects): vscode.Disposable {
  const { registerCommand } = vscode.commands;
  const atCursor = async (command: string): Promise<void> => {
    const argument = argumentAtCursor(await graphs.editor());
    if (argument === undefined) {
      await vscode.window.showInformationMessage("Open a prompt graph first: put the cursor into the graph you mean.");
    } else if (await serverIsThere(session)) {
      await vscode.commands.executeCommand(command, argument);
    }
  };
  return vscode.Disposable.from(
    registerCommand("promptGraphs.run", () => atCursor(SERVER_COMMANDS.run)),
    registerCommand("promptGraphs.evaluate", () => atCursor(SERVER_COMMANDS.evaluate)),
    registerCommand("promptGraphs.optimize", () => atCursor(SERVER_COMMANDS.optimize)),
    registerCommand("promptGraphs.stop", () => atCursor(SERVER_COMMANDS.stop)),
    registerCommand("promptGraphs.showGraph", () => atCursor(SERVER_COMMANDS.showGraph)),
    registerCommand("promptGraphs.applyRewrites", () => applyRewrites(session, graphs)),
    registerCommand("promptGraphs.newProject", async () => {
      await session.settled();
      await newProject(session.command, storage);
    }),
    registerCommand("promptGraphs.getStarted", () =>
      vscode.commands.executeCommand("workbench.action.openWalkthrough", `${extension}#getStarted`),
    ),
    registerCommand(RESTART, () => session.restart()),
    registerCommand("promptGraphs.showLog", () => {
      log.show(true);
    }),
    registerCommand(SET_KEY, (variable?: string) => setKey(session, status, keys, variable)),
    registerCommand(MENU, () => showMenu(status)),
  );
}

/** The argument for a server command: the active prompt graph and the position of its cursor. */
export function argumentAtCursor(editor: vscode.TextEditor | undefined): GraphArgument | undefined {
  if (editor?.document.languageId !== LANGUAGE_ID) {
    return undefined;
  }
  const { line, character } = editor.selection.active;
  return { uri: editor.document.uri.toString(), position: { line, character } };
}

/** Whether there is a server to ask; waits for one that is just starting, and says where to look when there is none. */
async function serverIsThere(session: Session): Promise<boolean> {
  await session.settled();
  if (!session.isRunning) {
    await vscode.window.showInformationMessage("The language server is not running. The item Prompts in the status bar says why.");
    return false;
  }
  return true;
}

async function applyRewrites(session: Session, graphs: LastGraph): Promise<void> {
  const editor = await graphs.editor();
  if (editor === undefined) {
    await vscode.window.showInformationMessage("Open a prompt graph first.");
    return;
  }
  if (await serverIsThere(session)) {
    await applyProvenRewrites(editor);
  }
}

/** A stored key reaches the server with its next start. While a job runs, the user decides when that is. */
async function setKey(session: Session, status: StatusItem, keys: KeyStore, variable: string | undefined): Promise<void> {
  if (!(await keys.ask(variable))) {
    return;
  }
  if (status.jobIsRunning) {
    const restart = "Stop and Restart";
    const choice = await vscode.window.showInformationMessage(
      "The key is stored. It is used once the server restarts, which would stop the running job.",
      restart,
    );
    if (choice !== restart) {
      return;
    }
  }
  await session.restart();
}

async function showMenu(status: StatusItem): Promise<void> {
  const picked = await vscode.window.showQuickPick(menuItems(status), { title: "Prompt Graphs" });
  if (picked !== undefined) {
    await vscode.commands.executeCommand(picked.command);
  }
}

/** What the status item's menu offers: first what the item makes one look for. */
export function menuItems({ jobIsRunning, serverIsMissing }: StatusItem): readonly { readonly label: string; readonly command: string }[] {
  return [
    ...(jobIsRunning ? [{ label: "$(debug-stop) Stop the running job", command: SERVER_COMMANDS.stop }] : []),
    // A start that finds no server offers to install it.
    ...(serverIsMissing ? [{ label: "$(cloud-download) Install the language server…", command: RESTART }] : []),
    { label: "$(output) Show log", command: "promptGraphs.showLog" },
    { label: "$(key) Set a provider key…", command: SET_KEY },
    ...(serverIsMissing ? [] : [{ label: "$(debug-restart) Restart the server", command: RESTART }]),
  ];
}
