/** Numbers and states in words, the same everywhere on the page. */
import type { Gradient, Job, Node, NodeState, Score, Suggestion } from "./protocol";

export function percent(score: number): string {
  return `${Math.round(score * 100)} %`;
}

export function dollars(usd: number): string {
  if (usd === 0) {
    return "$0";
  }
  return usd < 0.01 ? `$${usd.toPrecision(2)}` : `$${usd.toFixed(2)}`;
}

export function duration(seconds: number): string {
  return seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`;
}

/** "1 call", "12 calls". */
export function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? "" : "s"}`;
}

/** What stands under a node's name: its score, its cost, its time. */
export function figures(state: NodeState | undefined): string {
  if (state === undefined) {
    return "";
  }
  return [
    state.score === null ? "" : percent(state.score),
    state.usd === null || state.usd === 0 ? "" : dollars(state.usd),
    state.seconds === null ? "" : duration(state.seconds),
  ]
    .filter((part) => part !== "")
    .join(" · ");
}

/** A node for those who hear it: "plan, llm node, student. Score 62 % on 60 rows. Running, 12 of 40. Blamed by 2 gradients." */
export function spoken(node: Node, state: NodeState | undefined, blame: number): string {
  const sentences = [
    [node.label, END_NAMES[node.kind] ?? `${node.kind} node`, node.detail].filter((part) => part !== "").join(", "),
  ];
  if (state?.score != null) {
    sentences.push(`Score ${percent(state.score)} on ${count(state.rows, "row")}`);
  }
  if (state !== undefined && state.status !== "idle") {
    sentences.push(STATUS_NAMES[state.status] + (state.status === "running" && state.total > 0 ? `, ${state.done} of ${state.total}` : ""));
  }
  if (blame > 0) {
    sentences.push(`Blamed by ${count(blame, "gradient")}`);
  }
  return `${sentences.join(". ")}.`;
}

const END_NAMES: Readonly<Record<string, string>> = { input: "input of the graph", output: "output of the graph" };
const STATUS_NAMES = { running: "Running", done: "Done", failed: "Failed" } as const;

/** What a job does or did, with what it has cost. */
export function jobLine(job: Job): string {
  const name = job.task.charAt(0).toUpperCase() + job.task.slice(1);
  const spend = [job.calls > 0 ? count(job.calls, "call") : "", job.usd === null || job.usd === 0 ? "" : dollars(job.usd)];
  const parts = job.active
    ? [`${name} ${job.phase === "running" ? `${job.percentage} %` : job.phase}`, ...spend, job.doing]
    : [`${name} ${job.phase}`, job.message, ...spend];
  return parts.filter((part) => part !== "").join(" · ");
}

/** Who blames, and how sure that is. */
export function verdict(gradient: Gradient): string {
  const sure = gradient.verified ? "confirmed by replay" : "the critic's claim";
  const rows = gradient.rows.length > 0 ? `, seen on ${count(gradient.rows.length, "failing row")}` : "";
  const age = gradient.outdated ? "; from before your edit" : "";
  return `${VERDICTS[gradient.verdict] ?? "May contribute to the failure"}: ${sure}${rows}${age}`;
}

const VERDICTS: Readonly<Record<string, string>> = { causes: "Causes the failure", contributes: "Contributes to the failure" };

/** A rewrite's measured effect, or that it has none. */
export function effect(suggestion: Suggestion): string {
  const { before, after, rows, together, proven } = suggestion;
  if (before === null || after === null) {
    return "Not measured";
  }
  const company = together > 1 ? `, together with ${together - 1} more` : "";
  return `${percent(before)} → ${percent(after)} on ${count(rows, "held-out row")}${company}${proven ? "" : "; unproven"}`;
}

/** The history for those who do not see the chart. */
export function historyLine(history: readonly Score[]): string {
  const first = history[0];
  const last = history.at(-1);
  if (first === undefined || last === undefined) {
    return "No score yet";
  }
  if (history.length === 1) {
    return `Score ${percent(last.score)} on ${count(last.rows, "row")}`;
  }
  return `${count(history.length, "score")}, from ${percent(first.score)} to ${percent(last.score)}`;
}
