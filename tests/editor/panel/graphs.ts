/** Graphs and states to show, in the panel's own JSON. */
import type { Graph, Node, NodeState, State } from "../../../vscode-client/panel/src/protocol.ts";

/** A prompt as hostile as it gets: none of it may become markup or run. */
export const HOSTILE = `<script>document.title = "owned"</script><img src=x onerror="document.title='owned'"> {{question}}`;

export function node(id: string, over: Partial<Node> = {}): Node {
  return { id, label: id, kind: "llm", detail: "student", documentation: "", inputs: [], outputs: [], slots: [], ...over };
}

export function nodeState(over: Partial<NodeState>): NodeState {
  return { status: "idle", score: null, rows: 0, usd: null, seconds: null, done: 0, total: 0, problem: "", sample: null, failure: null, ...over };
}

function graph(nodes: readonly Node[], wires: readonly (readonly [string, string, string])[]): Graph {
  return {
    uri: "file:///qa.prompt",
    file: "qa.prompt",
    graph: "qa",
    graphs: ["qa", "search"],
    nodes,
    edges: wires.map(([source, target, label], index) => ({ id: `e${index}`, source, target, label, condition: false })),
    stale: false,
    can_reveal: true,
    commands: ["run", "evaluate", "optimize", "stop"],
    protocol: 1,
  };
}

/** A question, a plan, a search and a reply, with a hostile prompt. */
export const SMALL: Graph = graph(
  [
    node("in", { kind: "input", label: "qa", detail: "", outputs: [{ name: "question", type: "text" }] }),
    node("plan", {
      documentation: "What to look for.",
      inputs: [{ name: "question", type: "text" }],
      outputs: [{ name: "query", type: "text" }],
      slots: [{ id: "qa/plan/system", section: "system", learn: true, text: HOSTILE, tokens: 24 }],
    }),
    node("first", { kind: "retrieve", detail: "wiki" }),
    node("reply", { label: '<img src=x onerror="document.title=1">', detail: "teacher" }),
    node("out", { kind: "output", label: "answer", detail: "", inputs: [{ name: "answer", type: "text" }] }),
  ],
  [
    ["in", "plan", "question"],
    ["plan", "first", "query"],
    ["first", "reply", "passages"],
    ["in", "reply", "question"],
    ["reply", "out", "answer"],
  ],
);

/** In the middle of an optimisation: one node runs, one has failed, one is blamed by two gradients and has a tested rewrite. */
export const BUSY: State = {
  job: { id: "j1", task: "optimize", phase: "running", active: true, doing: "round 2: 3 rewrites on trial", percentage: 41, calls: 120, usd: 0.34, message: "" },
  history: [
    { time: 1_790_000_000, score: 0.19, interval: [0.1, 0.32], rows: 60, before: null, task: "evaluate", run: "r1" },
    { time: 1_790_003_600, score: 0.62, interval: [0.5, 0.73], rows: 28, before: 0.19, task: "optimize", run: "r2" },
    { time: 1_790_007_200, score: 0.71, interval: [0.6, 0.81], rows: 60, before: null, task: "evaluate", run: "r3" },
  ],
  nodes: {
    plan: nodeState({ status: "running", score: 0.4, rows: 60, usd: 0.0012, seconds: 0.8, done: 12, total: 40, sample: { question: "Who wrote it?", query: HOSTILE } }),
    first: nodeState({ status: "done", score: 0.9, rows: 60, usd: 0, seconds: 0.01, done: 40, total: 40 }),
    reply: nodeState({
      status: "failed",
      problem: "The provider refused: quota exceeded.",
      failure: { row: "q011", score: 0, inputs: { question: "When?" }, outputs: { answer: "1901" } },
    }),
  },
  samples: { e1: "The Silver Island" },
  gradients: [
    {
      id: "g1",
      node: "plan",
      slot: "qa/plan/system",
      critique: "The query carries along the story around the question.",
      downstream: "reply",
      verdict: "causes",
      verified: true,
      quote: "{{question}}",
      rows: ["q011", "q038"],
      outdated: false,
      suggestion: { text: "Write only the title of the work as the query: {{question}}", proven: true, before: 0.19, after: 0.62, rows: 28, together: 3 },
    },
    {
      id: "g2",
      node: "plan",
      slot: "qa/plan/system",
      critique: "It never says which language to answer in.",
      downstream: null,
      verdict: "contributes",
      verified: false,
      quote: "",
      rows: ["q053"],
      outdated: true,
      suggestion: null,
    },
  ],
};

/** A wide and deep graph: layers of ten, each node fed by two of the layer before. */
export function large(size: number): Graph {
  const layers = Math.ceil(size / 10);
  const names = Array.from({ length: size }, (_, index) => `n${index}`);
  const wires = names.flatMap((name, index): (readonly [string, string, string])[] => {
    const layer = Math.floor(index / 10);
    return layer === 0
      ? [["in", name, "question"]]
      : [3, 7].map((step) => [`n${(layer - 1) * 10 + ((index + step) % 10)}`, name, "text"] as const);
  });
  const lastLayer = names.slice((layers - 1) * 10);
  return graph(
    [node("in", { kind: "input" }), ...names.map((name, index) => node(name, { kind: ["llm", "code", "retrieve", "call"][index % 4]! })), node("out", { kind: "output" })],
    [...wires, ...lastLayer.map((name) => [name, "out", "text"] as const)],
  );
}
