import { beforeEach, describe, expect, it, vi } from "vitest";
import type { LogOutputChannel } from "vscode";
import { CommandLineError, type CommandLine } from "../../src/runs/commandLine";
import type { NodeEvent, RunSummary, ShownRun } from "../../src/runs/data";
import { briefly, RunsTree, type Item } from "../../src/runs/tree";
import * as editor from "../vscode";

const RUN: RunSummary = { run: "r1", kind: "eval", file: "qa.prompt", graph: "qa", state: "done", started: 10, calls: 1, usd: 0.5 };
const EVENT = { path: "plan", row: "q1", kind: "llm", status: "done", replica: 0, cost: { seconds: 1 } } as unknown as NodeEvent;
const SHOWN: ShownRun = {
  report: {
    row_scores: [
      { row: "q1", score: 1, feedback: "", problem: "" },
      { row: "q2", score: 0, feedback: "Expected '1815', got '1901'.", problem: "" },
    ],
  },
  events: [EVENT],
};

describe("the tree of runs", () => {
  const runs = vi.fn<(folder: string) => Promise<readonly RunSummary[]>>();
  const show = vi.fn<(run: string, folder: string) => Promise<ShownRun>>();
  let tree: RunsTree;

  const children = (item?: Item): Promise<Item[]> => tree.getChildren(item);
  const labels = (items: readonly Item[]): unknown[] => items.map((item) => tree.getTreeItem(item).label);

  beforeEach(() => {
    editor.resetEditor();
    editor.workspace.findFiles.mockResolvedValue([
      editor.Uri.file("/a/.prompts/store.sqlite"),
      editor.Uri.file("/a/.prompts/store.sqlite-wal"),
      editor.Uri.file("/b/.prompts/store.sqlite"),
    ]);
    runs.mockImplementation((folder) => Promise.resolve(folder === "/a" ? [RUN] : [{ ...RUN, run: "r2", kind: "run", started: 20 }]));
    show.mockResolvedValue(SHOWN);
    tree = new RunsTree({ runs, show } as unknown as CommandLine, editor.log as unknown as LogOutputChannel);
  });

  it("lists the runs of every store once, the newest first", async () => {
    expect(labels(await children())).toEqual(["Run qa", "Evaluate qa"]);
    expect(runs.mock.calls).toEqual([["/a"], ["/b"]]);
  });

  it("unfolds a run to its rows, with the metric's words, and a row to its nodes", async () => {
    const [, evaluation] = await children();
    const rows = await children(evaluation);
    expect(labels(rows)).toEqual(["q1", "q2"]);
    expect(rows.map((row) => tree.getTreeItem(row).description)).toEqual(["100 %", "0 % · Expected '1815', got '1901'."]);
    expect(labels(await children(rows[0]))).toEqual(["plan"]);
  });

  it("is brief about when and how long, for a narrow column", async () => {
    const now = new Date(2026, 10, 26, 16, 15);
    expect(briefly(new Date(2026, 10, 26, 9, 5), now)).toMatch(/^0?9:05/);
    expect(briefly(new Date(2026, 10, 25, 9, 5), now)).toMatch(/25.*9:05/);
    show.mockResolvedValue({ report: null, events: [EVENT, { ...EVENT, path: "second", kind: "call", cost: { ...EVENT.cost, seconds: 0 } }] });
    const [single] = await children();
    expect((await children(single)).map((item) => tree.getTreeItem(item).description)).toEqual(["llm · 1.00 s", "call"]);
  });

  it("shows the nodes of a single run at once", async () => {
    show.mockResolvedValue({ report: null, events: [EVENT] });
    const [single] = await children();
    expect(labels(await children(single))).toEqual(["plan"]);
  });

  it("leaves the failing rows without asking again", async () => {
    const [, evaluation] = await children();
    await children(evaluation);
    tree.showFailingOnly(true);
    expect(labels(await children(evaluation))).toEqual(["q2"]);
    await children();
    expect([runs.mock.calls.length, show.mock.calls.length]).toEqual([2, 1]);
  });

  it("asks again after a refresh, and after a failure", async () => {
    runs.mockRejectedValueOnce(new CommandLineError("The store is locked."));
    expect(await children()).toEqual([]);
    expect(editor.log.warn).toHaveBeenCalledWith(expect.stringContaining("The store is locked."));
    expect(await children()).toHaveLength(2);
    tree.refresh();
    await children();
    expect(runs).toHaveBeenCalledTimes(6);
  });
});
