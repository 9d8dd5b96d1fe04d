/** The Runs view: runs, their rows, and what each node did on a row. Read when it is looked at, and again when a job has ended. */
import * as path from "node:path";
import * as vscode from "vscode";
import type { CommandLine } from "./commandLine";
import { folderOfStore } from "./commandLine";
import { failed, placeOf, rowsOf, type NodeEvent, type Row, type RunSummary } from "./data";

export interface RunItem {
  readonly level: "run";
  readonly folder: string;
  readonly run: RunSummary;
}

export interface RowItem {
  readonly level: "row";
  readonly parent: RunItem;
  readonly row: Row;
}

export interface EventItem {
  readonly level: "event";
  readonly parent: RowItem;
  readonly event: NodeEvent;
}

export type Item = RunItem | RowItem | EventItem;

export const OPEN_EVENT = "promptGraphs.openEvent";

/** Seconds that are not worth a figure. */
const INSTANT = 0.005;
const STORES = "**/.prompts/store.*";
const KINDS: Readonly<Record<RunSummary["kind"], string>> = { run: "Run", eval: "Evaluate", optimize: "Optimize" };

export class RunsTree implements vscode.TreeDataProvider<Item> {
  private readonly changes = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changes.event;
  private failingOnly = false;
  /** What the command line said, until the next refresh. */
  private listed: Promise<RunItem[]> | undefined;
  private readonly shown = new WeakMap<RunItem, Promise<readonly Row[]>>();

  constructor(
    private readonly commandLine: CommandLine,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  refresh(): void {
    this.listed = undefined;
    this.changes.fire(undefined);
  }

  showFailingOnly(only: boolean): void {
    this.failingOnly = only;
    this.changes.fire(undefined);
  }

  getTreeItem(item: Item): vscode.TreeItem {
    switch (item.level) {
      case "run":
        return runItem(item);
      case "row":
        return rowItem(item);
      case "event":
        return eventItem(item);
    }
  }

  async getChildren(item?: Item): Promise<Item[]> {
    try {
      if (item === undefined) {
        this.listed ??= this.runs();
        return await this.listed;
      }
      switch (item.level) {
        case "run":
          return await this.rows(item);
        case "row":
          return item.row.events.map((event) => ({ level: "event", parent: item, event }));
        case "event":
          return [];
      }
    } catch (error) {
      this.listed = undefined;
      this.log.warn(`The runs cannot be shown: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  }

  private async runs(): Promise<RunItem[]> {
    const stores = await vscode.workspace.findFiles(STORES);
    const folders = new Set(stores.map(({ fsPath }) => folderOfStore(fsPath)));
    const found = await Promise.all(
      [...folders].map(async (folder) => (await this.commandLine.runs(folder)).map((run): RunItem => ({ level: "run", folder, run }))),
    );
    return found.flat().sort((a, b) => b.run.started - a.run.started);
  }

  private async rows(parent: RunItem): Promise<Item[]> {
    const { run, folder } = parent;
    const asked = this.shown.get(parent) ?? this.commandLine.show(run.run, folder).then(rowsOf);
    this.shown.set(parent, asked);
    const rows = await asked;
    const items = (this.failingOnly ? rows.filter(failed) : rows).map((row): RowItem => ({ level: "row", parent, row }));
    const [only] = items;
    // A single run has one row: its nodes are what people want to see.
    return run.kind === "run" && only !== undefined ? this.getChildren(only) : items;
  }
}

function runItem({ run, folder }: RunItem): vscode.TreeItem {
  const item = new vscode.TreeItem(`${KINDS[run.kind]} ${run.graph}`, vscode.TreeItemCollapsibleState.Collapsed);
  const spend = [`${run.calls} call${run.calls === 1 ? "" : "s"}`, run.usd === null || run.usd === 0 ? "" : `$${run.usd.toFixed(4)}`];
  const started = new Date(run.started * 1000);
  item.description = [run.state === "done" ? "" : run.state, briefly(started), ...spend].filter((part) => part !== "").join(" · ");
  item.tooltip = `${path.join(folder, run.file)}\nRun ${run.run}, ${started.toLocaleString()}`;
  item.iconPath = new vscode.ThemeIcon(RUN_ICONS[run.state] ?? "question");
  item.contextValue = "run";
  return item;
}

/** The time, with the date of another day: the column is narrow, and its tooltip has all of it. */
export function briefly(time: Date, now = new Date()): string {
  const clock: Intl.DateTimeFormatOptions = { hour: "numeric", minute: "2-digit" };
  const isToday = time.toDateString() === now.toDateString();
  return isToday ? time.toLocaleTimeString(undefined, clock) : time.toLocaleString(undefined, { month: "short", day: "numeric", ...clock });
}

const RUN_ICONS: Readonly<Record<string, string>> = { done: "check", running: "sync", stopped: "debug-pause", failed: "error" };

function rowItem({ row }: RowItem): vscode.TreeItem {
  const item = new vscode.TreeItem(row.id, vscode.TreeItemCollapsibleState.Collapsed);
  const { verdict } = row;
  const score = verdict === undefined ? "" : verdict.score === null ? "no score" : `${Math.round(verdict.score * 100)} %`;
  const why = verdict === undefined ? "" : verdict.problem || verdict.feedback;
  item.description = [score, why].filter((part) => part !== "").join(" · ");
  item.tooltip = [row.id, score, why].filter((part) => part !== "").join("\n");
  item.iconPath = failed(row)
    ? new vscode.ThemeIcon("error", new vscode.ThemeColor("testing.iconFailed"))
    : new vscode.ThemeIcon("pass", new vscode.ThemeColor("testing.iconPassed"));
  item.contextValue = "row";
  return item;
}

function eventItem(item: EventItem): vscode.TreeItem {
  const { event } = item;
  const made = new vscode.TreeItem(placeOf(event), vscode.TreeItemCollapsibleState.None);
  const { seconds } = event.cost;
  const how = event.cached ? "from the memo" : seconds < INSTANT ? "" : `${seconds.toFixed(2)} s`;
  made.description = [event.kind, event.status === "done" ? how : event.status].filter((part) => part !== "").join(" · ");
  made.tooltip = event.problem?.message ?? "";
  made.iconPath = new vscode.ThemeIcon(event.status === "done" ? "circle-outline" : event.status === "failed" ? "error" : "circle-slash");
  made.contextValue = "event";
  made.command = { command: OPEN_EVENT, title: "Open", arguments: [item] };
  return made;
}
