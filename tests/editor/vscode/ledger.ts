/** What a session has left in the store, as the command line tells it. */
import { execFileSync } from "node:child_process";

/** The part of `prompts runs --json` that sessions look at. */
export interface Run {
  readonly run: string;
  readonly kind: string;
  readonly file: string;
  readonly state: string;
  /** Calls that were paid for, and answers that the memo gave. */
  readonly calls: number;
  readonly cached: number;
}

/** The runs of a folder, the newest first. */
export function runsIn(prompts: string, folder: string): readonly Run[] {
  return JSON.parse(execFileSync(prompts, ["runs", folder, "--json"], { encoding: "utf8" })) as readonly Run[];
}

export function latestRun(prompts: string, folder: string): Run {
  const [latest] = runsIn(prompts, folder);
  if (latest === undefined) {
    throw new Error(`Nothing was run in ${folder}`);
  }
  return latest;
}
