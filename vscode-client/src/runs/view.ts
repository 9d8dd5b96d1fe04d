/** Puts the Runs view together: its tree, its commands, and when it looks again. */
import * as vscode from "vscode";
import type { CommandLine } from "./commandLine";
import { EventDocuments, goToSource } from "./documents";
import { OPEN_EVENT, RunsTree, type EventItem, type Item } from "./tree";

const VIEW = "promptGraphs.runs";
/** Tells the view's buttons which of the two filters is on. */
const FAILING_ONLY = "promptGraphs.failingOnly";

export class RunsView implements vscode.Disposable {
  private readonly tree: RunsTree;
  private readonly parts: vscode.Disposable;

  constructor(commandLine: CommandLine, log: vscode.LogOutputChannel) {
    const tree = new RunsTree(commandLine, log);
    const documents = new EventDocuments();
    const { registerCommand } = vscode.commands;
    this.tree = tree;
    this.parts = vscode.Disposable.from(
      documents,
      vscode.window.createTreeView<Item>(VIEW, { treeDataProvider: tree, showCollapseAll: true }),
      registerCommand("promptGraphs.refreshRuns", () => {
        tree.refresh();
      }),
      registerCommand("promptGraphs.showFailingRows", () => this.filter(true)),
      registerCommand("promptGraphs.showAllRows", () => this.filter(false)),
      registerCommand(OPEN_EVENT, (item: EventItem) => documents.open(item)),
      registerCommand("promptGraphs.goToSource", goToSource),
    );
  }

  /** Something was run. */
  refresh(): void {
    this.tree.refresh();
  }

  dispose(): void {
    this.parts.dispose();
  }

  private async filter(failingOnly: boolean): Promise<void> {
    this.tree.showFailingOnly(failingOnly);
    await vscode.commands.executeCommand("setContext", FAILING_ONLY, failingOnly);
  }
}
