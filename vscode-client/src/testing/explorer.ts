/**
 * Prompt graphs in the Test Explorer: each `optimize GRAPH on DATASET` is a test, the rows that it was measured on are its children. To run
 * one is to evaluate the graph, as its lens does.
 */
import * as path from "node:path";
import * as vscode from "vscode";
import { LANGUAGE_ID, ownerOf } from "../detect";
import { SERVER_COMMANDS } from "../protocol";
import { rowsOf, type Row } from "../runs/data";
import type { CommandLine } from "../runs/commandLine";
import { allowed } from "../trust";
import { evaluate, type Jobs } from "./evaluation";
import { pairsIn, type Pair } from "./pairs";

const FILES = "**/*.prompt";
const IGNORED = "**/{node_modules,.venv,venv}/**";

export class TestExplorer implements vscode.Disposable {
  private readonly controller = vscode.tests.createTestController("promptGraphs", "Prompt Graphs");
  private readonly pairs = new WeakMap<vscode.TestItem, Pair>();
  private readonly parts: vscode.Disposable;

  constructor(
    private readonly jobs: Jobs,
    private readonly commandLine: CommandLine,
    private readonly log: vscode.LogOutputChannel,
  ) {
    const watcher = vscode.workspace.createFileSystemWatcher(FILES);
    this.controller.resolveHandler = async (item) => {
      if (item === undefined) {
        await this.findFiles();
      }
    };
    this.controller.refreshHandler = () => this.findFiles();
    this.controller.createRunProfile("Evaluate", vscode.TestRunProfileKind.Run, (request, token) => this.run(request, token), true);
    this.parts = vscode.Disposable.from(
      this.controller,
      watcher,
      watcher.onDidCreate((uri) => void this.readFile(uri)),
      watcher.onDidChange((uri) => void this.readFile(uri)),
      watcher.onDidDelete((uri) => {
        this.controller.items.delete(uri.toString());
      }),
      vscode.workspace.onDidOpenTextDocument((document) => {
        if (document.languageId === LANGUAGE_ID) {
          this.show(document.uri, document.getText());
        }
      }),
    );
  }

  dispose(): void {
    this.parts.dispose();
  }

  private async findFiles(): Promise<void> {
    for (const uri of await vscode.workspace.findFiles(FILES, IGNORED)) {
      await this.readFile(uri);
    }
  }

  private async readFile(uri: vscode.Uri): Promise<void> {
    try {
      this.show(uri, new TextDecoder().decode(await vscode.workspace.fs.readFile(uri)));
    } catch (error) {
      this.log.debug(`${uri.fsPath} cannot be read: ${String(error)}`);
    }
  }

  /** Puts the file's pairs into the tree; what is known of their rows stays. */
  private show(uri: vscode.Uri, text: string): void {
    const pairs = ownerOf(text) === "ours" ? pairsIn(text) : [];
    if (uri.scheme !== "file" || pairs.length === 0) {
      this.controller.items.delete(uri.toString());
      return;
    }
    const file = this.controller.items.get(uri.toString()) ?? this.controller.createTestItem(uri.toString(), path.basename(uri.fsPath), uri);
    file.children.replace(
      pairs.map((pair) => {
        const item = file.children.get(pair.graph) ?? this.controller.createTestItem(pair.graph, `${pair.graph} on ${pair.dataset}`, uri);
        item.range = new vscode.Range(pair.line, 0, pair.line, 0);
        this.pairs.set(item, pair);
        return item;
      }),
    );
    this.controller.items.add(file);
  }

  private async run(request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> {
    const run = this.controller.createTestRun(request);
    try {
      for (const item of this.chosen(request)) {
        if (token.isCancellationRequested) {
          run.skipped(item);
        } else {
          await this.evaluate(item, run, token);
        }
      }
    } finally {
      run.end();
    }
  }

  /** The pairs that are asked for; a row stands for the pair that it belongs to, which is evaluated whole. */
  private chosen({ include, exclude }: vscode.TestRunRequest): ReadonlySet<vscode.TestItem> {
    const found = new Set<vscode.TestItem>();
    const add = (item: vscode.TestItem): void => {
      if (exclude?.includes(item)) {
        return;
      }
      if (this.pairs.has(item)) {
        found.add(item);
      } else if (item.parent !== undefined && this.pairs.has(item.parent)) {
        found.add(item.parent);
      } else {
        item.children.forEach(add);
      }
    };
    if (include === undefined) {
      this.controller.items.forEach(add);
    } else {
      include.forEach(add);
    }
    return found;
  }

  private async evaluate(item: vscode.TestItem, run: vscode.TestRun, token: vscode.CancellationToken): Promise<void> {
    const pair = this.pairs.get(item);
    const { uri } = item;
    if (pair === undefined || uri === undefined || !(await allowed(SERVER_COMMANDS.evaluate))) {
      run.skipped(item);
      return;
    }
    run.started(item);
    try {
      const started = Date.now() / 1000;
      const { state, message } = await evaluate(this.jobs, uri, pair.graph, token);
      const rows = state === "done" ? await this.rows(uri.fsPath, pair.graph, started) : [];
      if (rows.length === 0) {
        run.errored(item, new vscode.TestMessage(message ?? "The evaluation was stopped."));
        return;
      }
      this.report(item, rows, run);
    } catch (error) {
      run.errored(item, new vscode.TestMessage(error instanceof Error ? error.message : String(error)));
    }
  }

  private async rows(file: string, graph: string, since: number): Promise<readonly Row[]> {
    const folder = path.dirname(file);
    const runs = await this.commandLine.runs(folder);
    const latest = runs.find((run) => run.kind === "eval" && run.graph === graph && run.file === path.basename(file) && run.started >= since - 1);
    return latest === undefined ? [] : rowsOf(await this.commandLine.show(latest.run, folder));
  }

  private report(item: vscode.TestItem, rows: readonly Row[], run: vscode.TestRun): void {
    const scores = rows.flatMap(({ verdict }) => (verdict?.score == null ? [] : [verdict.score]));
    const mean = scores.reduce((sum, score) => sum + score, 0) / Math.max(scores.length, 1);
    item.description = `${Math.round(mean * 100)} % on ${scores.length} rows`;
    item.children.replace(rows.map(({ id }) => this.controller.createTestItem(id, id, item.uri)));
    for (const { id, verdict } of rows) {
      const child = item.children.get(id);
      if (child === undefined || verdict === undefined) {
        continue;
      }
      child.description = verdict.score === null ? "no score" : `${Math.round(verdict.score * 100)} %`;
      if (verdict.score === null) {
        run.errored(child, new vscode.TestMessage(verdict.problem || "The row could not be scored."));
      } else if (verdict.score < 1) {
        run.failed(child, new vscode.TestMessage(verdict.feedback || `Scored ${child.description}.`));
      } else {
        run.passed(child);
      }
      say(run, child, [id, child.description, verdict.problem || verdict.feedback].filter(Boolean).join(" · "));
    }
    say(run, item, `${item.label}: ${item.description}`);
  }
}

/** Adds a line to the output of the test run; its terminal knows no other end of a line than this. */
function say(run: vscode.TestRun, item: vscode.TestItem, text: string): void {
  run.appendOutput(`${text.replaceAll(/\r?\n/g, "\r\n  ")}\r\n`, undefined, item);
}
