/**
 * Tells the test run what happened, one JSON object a line on standard output.
 *
 * A session is a story: every step stands on the one before, so the first failure ends it, with a picture of the window as it was.
 */
import type { Workbench } from "./workbench.ts";

export interface StepReport {
  readonly step: string;
  readonly ok: boolean;
  readonly seconds: number;
  readonly problem?: string;
  /** What the editor said to the person, for a transcript. */
  readonly said?: string;
}

export class StepFailed extends Error {}

export class Report {
  private readonly workbench: Workbench;

  constructor(workbench: Workbench) {
    this.workbench = workbench;
  }

  /** Plays a step, which may give what the editor said in it. */
  async step(step: string, action: () => Promise<string | void>): Promise<void> {
    const start = performance.now();
    const seconds = () => Math.round((performance.now() - start) / 10) / 100;
    let said: string | void;
    try {
      said = await action();
    } catch (error) {
      await this.workbench.screenshot(`failed-${step}`);
      print({ step, ok: false, seconds: seconds(), problem: `${problemOf(error)}\n\n${await this.workbench.account()}` });
      throw new StepFailed(step, { cause: error });
    }
    print({ step, ok: true, seconds: seconds(), ...(said === undefined ? {} : { said }) });
  }
}

export function problemOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

export function print(report: StepReport): void {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}
