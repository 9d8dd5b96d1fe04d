/**
 * What was run: the JSON of `prompts runs --json` and `prompts show --json`, as rows and node executions. Fields that a newer command line
 * adds are ignored.
 */

export interface RunSummary {
  readonly run: string;
  readonly kind: "run" | "eval" | "optimize";
  /** Relative to the folder of the store. */
  readonly file: string;
  readonly graph: string;
  readonly state: string;
  /** Seconds since 1970. */
  readonly started: number;
  readonly calls: number;
  /** US dollars; null where a price is unknown. */
  readonly usd: number | null;
}

export interface NodeEvent {
  readonly path: string;
  readonly iteration?: readonly number[];
  readonly replica: number;
  readonly row: string;
  /** The declaration: its graph and its name. */
  readonly graph: string;
  readonly node: string;
  readonly kind: string;
  readonly status: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly sent?: readonly { readonly role: string; readonly content: string }[];
  readonly reply?: string | null;
  readonly cached: boolean;
  readonly cost: { readonly seconds: number; readonly usd: string | null; readonly tokens_in: number; readonly tokens_out: number };
  readonly problem?: { readonly message: string } | null;
}

/** The verdict on a row; `score` is null where the row could not be scored. */
export interface RowScore {
  readonly row: string;
  readonly score: number | null;
  readonly feedback: string;
  readonly problem: string;
}

/** The answer of `prompts show RUN --json`. */
export interface ShownRun {
  readonly report: { readonly row_scores?: readonly RowScore[] } | null;
  readonly events: readonly NodeEvent[];
}

export interface Row {
  readonly id: string;
  readonly verdict: RowScore | undefined;
  readonly events: readonly NodeEvent[];
}

/** The rows of a run, in the order in which they were begun. */
export function rowsOf({ report, events }: ShownRun): readonly Row[] {
  const verdicts = new Map((report?.row_scores ?? []).map((verdict) => [verdict.row, verdict]));
  const found = new Map<string, NodeEvent[]>([...verdicts.keys()].map((row) => [row, []]));
  for (const event of events) {
    const of = found.get(event.row) ?? [];
    of.push(event);
    found.set(event.row, of);
  }
  return [...found].map(([id, ofRow]) => ({ id, verdict: verdicts.get(id), events: ofRow }));
}

/** Whether a row did not get the full score, or not to its end. */
export function failed({ verdict, events }: Row): boolean {
  return verdict !== undefined ? verdict.score === null || verdict.score < 1 : events.some(({ status }) => status === "failed");
}

/** "second/hits[2]": the place of an event in its run. */
export function placeOf({ path, iteration, replica }: NodeEvent): string {
  const numbers = (iteration ?? []).map((number) => `[${number}]`).join("");
  return `${path}${numbers}${replica > 0 ? ` (draw ${replica + 1})` : ""}`;
}

/** An event as a document for people: what was sent, what came back, what went in and out. */
export function eventText(event: NodeEvent, run: RunSummary): string {
  const { seconds, usd, tokens_in: tokensIn, tokens_out: tokensOut } = event.cost;
  const how = event.cached ? "from the memo" : `${seconds.toFixed(2)} s, ${tokensIn} + ${tokensOut} tokens${usd === null ? "" : `, $${usd}`}`;
  const parts = [
    `# ${placeOf(event)} on ${event.row}`,
    `${event.kind} node of ${event.graph} in ${run.file}: ${event.status}, ${how}. Run ${run.run}.`,
    ...(event.problem ? ["## Problem", event.problem.message] : []),
    ...(event.sent ?? []).flatMap(({ role, content }) => [`## Sent: ${role}`, block(content)]),
    ...(event.reply == null ? [] : ["## Reply", block(event.reply)]),
    ...values("Inputs", event.inputs),
    ...values("Outputs", event.outputs),
  ];
  return `${parts.join("\n\n")}\n`;
}

function values(title: string, found: Readonly<Record<string, unknown>>): readonly string[] {
  const named = Object.entries(found);
  return named.length === 0
    ? []
    : [`## ${title}`, ...named.flatMap(([name, value]) => [`### ${name}`, block(typeof value === "string" ? value : JSON.stringify(value, null, 2))])];
}

/** A fence that the text itself cannot end. */
function block(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/^`+/gm)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}
