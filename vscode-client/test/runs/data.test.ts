import { describe, expect, it } from "vitest";
import { eventText, failed, placeOf, rowsOf, type NodeEvent, type RunSummary } from "../../src/runs/data";

const EVENT: NodeEvent = {
  path: "second/hits",
  iteration: [],
  replica: 0,
  row: "q1",
  graph: "search",
  node: "hits",
  kind: "llm",
  status: "done",
  inputs: { question: "Who?" },
  outputs: { names: ["a", "b"] },
  sent: [{ role: "user", content: "Who?" }],
  reply: "```\nnot the end\n````",
  cached: false,
  cost: { seconds: 0.24, usd: "0.001", tokens_in: 38, tokens_out: 5 },
};
const RUN: RunSummary = { run: "r1", kind: "eval", file: "qa.prompt", graph: "qa", state: "done", started: 0, calls: 1, usd: 0 };

describe("the rows of a run", () => {
  it("have their events and their verdict, in the order of the dataset", () => {
    const verdict = (row: string, score: number | null) => ({ row, score, feedback: "", problem: "" });
    const rows = rowsOf({
      report: { row_scores: [verdict("q2", 1), verdict("q1", 0.5), verdict("q3", null)] },
      events: [EVENT, { ...EVENT, row: "q2" }, { ...EVENT, path: "reply" }],
    });
    expect(rows.map(({ id, events }) => [id, events.length])).toEqual([["q2", 1], ["q1", 2], ["q3", 0]]);
    expect(rows.map(failed)).toEqual([false, true, true]);
  });

  it("are told from the events where there is no verdict", () => {
    const rows = rowsOf({ report: null, events: [EVENT, { ...EVENT, row: "q2", status: "failed" }] });
    expect(rows.map((row) => [row.id, failed(row)])).toEqual([["q1", false], ["q2", true]]);
  });
});

describe("an event", () => {
  it("stands at its place in loops, maps and draws", () => {
    expect(placeOf(EVENT)).toBe("second/hits");
    expect(placeOf({ ...EVENT, iteration: [2, 0], replica: 1 })).toBe("second/hits[2][0] (draw 2)");
  });

  it("is a document whose texts cannot end their own fence", () => {
    const text = eventText(EVENT, RUN);
    expect(text).toContain("## Reply\n\n`````text\n```\nnot the end\n````\n`````");
    expect(text).toContain("0.24 s, 38 + 5 tokens, $0.001");
    expect(text).toContain('### names\n\n```text\n[\n  "a",\n  "b"\n]\n```');
  });

  it("says what went wrong, and what was free", () => {
    const text = eventText({ ...EVENT, cached: true, status: "failed", problem: { message: "The reply was cut off." }, sent: [], reply: null }, RUN);
    expect(text).toContain("## Problem\n\nThe reply was cut off.");
    expect(text).toContain("from the memo");
    expect(text).not.toContain("## Reply");
  });
});
