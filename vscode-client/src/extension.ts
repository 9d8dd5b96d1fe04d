/** Where the editor starts and stops this extension: makes the parts and joins them. */
import * as vscode from "vscode";
import { MENU, registerCommands } from "./commands";
import { ForeignFiles } from "./detect";
import { KeyFix } from "./keyFix";
import { KeyStore } from "./keys";
import { LastGraph } from "./lastGraph";
import { GraphPanel } from "./panel/graphPanel";
import { CommandLine } from "./runs/commandLine";
import { RunsView } from "./runs/view";
import { Session } from "./session";
import { StatusItem } from "./status";
import { TestExplorer } from "./testing/explorer";
import { onTrustGranted } from "./trust";

/** Only `deactivate` may make the editor wait until the server has stopped, and it is given no context to find it in. */
let session: Session | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel("Prompt Graphs", { log: true });
  const status = new StatusItem(MENU);
  const keys = new KeyStore(context.secrets);
  const foreign = new ForeignFiles(log);
  const graphs = new LastGraph();
  const panel = new GraphPanel(context.extensionUri, log);
  const started = new Session(context, { log, status, keys, foreign, panel });
  session = started;
  const commandLine = new CommandLine(() => started.command, context.globalStorageUri.fsPath);
  const runs = new RunsView(commandLine, log);
  context.subscriptions.push(
    log,
    status,
    foreign,
    panel,
    runs,
    new TestExplorer(started, commandLine, log),
    graphs,
    KeyFix.register(),
    registerCommands({ session: started, graphs, status, keys, log, storage: context.globalStorageUri.fsPath, extension: context.extension.id }),
    started.onReady(() => {
      runs.refresh();
    }),
    started.onJob(({ state }) => {
      if (state !== "running" && state !== "queued") {
        runs.refresh();
      }
    }),
    onTrustGranted(() => started.trustGranted()),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("promptGraphs.server")) {
        void started.restart();
      }
    }),
  );
  void vscode.commands.executeCommand("setContext", "promptGraphs.active", true);
  void started.restart();
}

export async function deactivate(): Promise<void> {
  await session?.stop();
  session = undefined;
}
