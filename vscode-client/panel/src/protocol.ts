/**
 * What the panel's server says: the values of `server/prompts_server/panel/protocol.py`, as far as the page uses them.
 *
 * Scores are from 0 to 1, money is in US dollars, times are in seconds. Texts come from models and data: they are text, never markup.
 */

export const PROTOCOL_VERSION = 1;

export type CommandName = "run" | "evaluate" | "optimize" | "stop";

export interface Slot {
  readonly id: string;
  readonly section: string;
  readonly learn: boolean;
  readonly text: string;
  readonly tokens: number;
}

export interface Port {
  readonly name: string;
  readonly type: string;
}

export interface Node {
  readonly id: string;
  readonly label: string;
  /** `llm`, `code`, `retrieve`, `call`, or `input` and `output` for the two ends of the graph. */
  readonly kind: string;
  readonly detail: string;
  readonly documentation: string;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly slots: readonly Slot[];
}

export interface Edge {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  /** The output that flows. */
  readonly label: string;
  /** It only decides whether the target runs. */
  readonly condition: boolean;
}

export interface Graph {
  readonly uri: string;
  readonly file: string;
  readonly graph: string;
  readonly graphs: readonly string[];
  readonly nodes: readonly Node[];
  readonly edges: readonly Edge[];
  readonly stale: boolean;
  readonly can_reveal: boolean;
  readonly commands: readonly CommandName[];
  readonly protocol: number;
}

export type NodeStatus = "idle" | "running" | "done" | "failed";

export type Values = Readonly<Record<string, string>>;

export interface Failure {
  readonly row: string;
  readonly score: number;
  readonly inputs: Values;
  readonly outputs: Values;
}

export interface NodeState {
  readonly status: NodeStatus;
  readonly score: number | null;
  readonly rows: number;
  /** Per call. */
  readonly usd: number | null;
  readonly seconds: number | null;
  /** Executions of the job. */
  readonly done: number;
  readonly total: number;
  readonly problem: string;
  readonly sample: Values | null;
  readonly failure: Failure | null;
}

export interface Job {
  readonly id: string;
  readonly task: string;
  readonly phase: "queued" | "running" | "stopping" | "done" | "stopped" | "failed" | "stale";
  readonly active: boolean;
  readonly doing: string;
  readonly percentage: number;
  readonly calls: number;
  readonly usd: number | null;
  readonly message: string;
}

export type Interval = readonly [low: number, high: number];

export interface Score {
  /** Seconds since 1970. */
  readonly time: number;
  readonly score: number;
  readonly interval: Interval | null;
  readonly rows: number;
  readonly before: number | null;
  readonly task: string;
  readonly run: string;
}

export interface Suggestion {
  readonly text: string;
  readonly proven: boolean;
  readonly before: number | null;
  readonly after: number | null;
  readonly rows: number;
  /** How many rewrites were measured at once. */
  readonly together: number;
}

export interface Gradient {
  readonly id: string;
  readonly node: string;
  readonly slot: string;
  readonly critique: string;
  /** The node where the failure shows; null for the graph's output. */
  readonly downstream: string | null;
  readonly verdict: string;
  readonly verified: boolean;
  readonly quote: string;
  readonly rows: readonly string[];
  readonly outdated: boolean;
  readonly suggestion: Suggestion | null;
}

export interface State {
  readonly job: Job | null;
  readonly history: readonly Score[];
  readonly nodes: Readonly<Record<string, NodeState>> | null;
  readonly samples: Values | null;
  readonly gradients: readonly Gradient[];
}

/** The node at the graph's end, where failures show that no node is named for. */
export const OUTPUT = "out";

export const NOTHING_YET: State = { job: null, history: [], nodes: null, samples: null, gradients: [] };
