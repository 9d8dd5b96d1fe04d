import { describe, expect, it } from "vitest";
import type { Gradient, Job, Node, NodeState, Score } from "../../panel/src/protocol";
import { dollars, effect, figures, historyLine, jobLine, spoken, verdict } from "../../panel/src/words";

const NODE: Node = { id: "plan", label: "plan", kind: "llm", detail: "student", documentation: "", inputs: [], outputs: [], slots: [] };
const STATE: NodeState = { status: "idle", score: 0.62, rows: 60, usd: 0.0012, seconds: 0.8, done: 0, total: 0, problem: "", sample: null, failure: null };
const JOB: Job = { id: "1", task: "optimize", phase: "running", active: true, doing: "round 2", percentage: 41, calls: 12, usd: 0.034, message: "" };

describe("what is said of a node", () => {
  it("is its kind, its score, its state and its blame, as sentences", () => {
    expect(spoken(NODE, { ...STATE, status: "running", done: 12, total: 40 }, 2)).toBe(
      "plan, llm node, student. Score 62 % on 60 rows. Running, 12 of 40. Blamed by 2 gradients.",
    );
    expect(spoken({ ...NODE, kind: "output", detail: "" }, undefined, 0)).toBe("plan, output of the graph.");
  });

  it("is short under its name", () => {
    expect(figures(STATE)).toBe("62 % · $0.0012 · 800 ms");
    expect(figures({ ...STATE, score: null, usd: 0, seconds: 1.25 })).toBe("1.3 s");
    expect(figures(undefined)).toBe("");
  });
});

describe("what is said of a job", () => {
  it("has its progress and its spend while it runs, and its end afterwards", () => {
    expect(jobLine(JOB)).toBe("Optimize 41 % · 12 calls · $0.03 · round 2");
    expect(jobLine({ ...JOB, phase: "queued", calls: 0, usd: null, doing: "" })).toBe("Optimize queued");
    expect(jobLine({ ...JOB, phase: "failed", active: false, message: "The endpoint is dead." })).toBe("Optimize failed · The endpoint is dead. · 12 calls · $0.03");
  });
});

describe("what is said of a gradient", () => {
  const gradient: Gradient = { id: "g", node: "plan", slot: "qa/plan/system", critique: "", downstream: null, verdict: "causes", verified: true, quote: "", rows: ["q1"], outdated: false, suggestion: null };

  it("tells proof from claim", () => {
    expect(verdict(gradient)).toBe("Causes the failure: confirmed by replay, seen on 1 failing row");
    expect(verdict({ ...gradient, verdict: "unheard of", verified: false, rows: [], outdated: true })).toBe(
      "May contribute to the failure: the critic's claim; from before your edit",
    );
  });

  it("never gives a rewrite the effect of others alone", () => {
    const suggestion = { text: "", proven: true, before: 0.19, after: 0.62, rows: 28, together: 3 };
    expect(effect(suggestion)).toBe("19 % → 62 % on 28 held-out rows, together with 2 more");
    expect(effect({ ...suggestion, together: 1, proven: false })).toBe("19 % → 62 % on 28 held-out rows; unproven");
    expect(effect({ ...suggestion, after: null })).toBe("Not measured");
  });
});

describe("the history in words", () => {
  const score = (value: number): Score => ({ time: 0, score: value, interval: null, rows: 60, before: null, task: "evaluate", run: "" });

  it("goes from the first to the last", () => {
    expect(historyLine([])).toBe("No score yet");
    expect(historyLine([score(0.2)])).toBe("Score 20 % on 60 rows");
    expect(historyLine([score(0.2), score(0.9), score(0.7)])).toBe("3 scores, from 20 % to 70 %");
  });

  it("does not round a small price down to nothing", () => {
    expect([dollars(0), dollars(0.00012), dollars(0.034), dollars(12)]).toEqual(["$0", "$0.00012", "$0.03", "$12.00"]);
  });
});
