/**
 * The status bar item: the state of the server, and the running job with its progress and spend. A click offers Stop, log and restart.
 */
import * as vscode from "vscode";
import type { JobStatus } from "./protocol";

export type ServerState = "starting" | "ready" | "stopped" | "missing" | "failed";

/** What the item shows. */
export interface Appearance {
  readonly text: string;
  readonly tooltip: string;
  readonly warning: boolean;
}

const SERVER: Record<ServerState, Appearance> = {
  starting: { text: "$(loading~spin) Prompts", tooltip: "The language server is starting.", warning: false },
  ready: { text: "$(type-hierarchy) Prompts", tooltip: "Prompt Graphs is ready.", warning: false },
  stopped: { text: "$(circle-slash) Prompts", tooltip: "The language server has stopped.", warning: true },
  missing: { text: "$(warning) Prompts", tooltip: "The language server is not installed. Click to install it.", warning: true },
  failed: { text: "$(error) Prompts", tooltip: "The language server could not be started. Click for the log.", warning: true },
};

/**
 * A job is only shown while the server is there to run it.
 *
 * @param step What the running job is doing just now, in the server's words.
 * @param place Where the server was found, in words.
 */
export function appearance(server: ServerState, job: JobStatus | undefined, step?: string, place?: string): Appearance {
  if (server !== "ready" || job === undefined || job.state === "idle") {
    const { tooltip, ...rest } = SERVER[server];
    return { ...rest, tooltip: server === "ready" && place !== undefined ? `${tooltip} Its server comes from ${place}.` : tooltip };
  }
  const name = job.job ?? "Job";
  const spend = spendOf(job);
  switch (job.state) {
    case "queued":
      return { text: `$(watch) ${name}`, tooltip: `${name} waits for its turn.`, warning: false };
    case "running": {
      const percentage = job.percentage === undefined ? "" : ` ${Math.round(job.percentage)} %`;
      const soFar = spend === "" ? "" : ` Spent so far: ${spend}.`;
      const now = step === undefined ? "" : `\n${step}`;
      return { text: `$(sync~spin) ${name}${percentage}`, tooltip: `${name} is running.${soFar} Click to stop it.${now}`, warning: false };
    }
    case "failed":
      return { text: `$(error) ${name}`, tooltip: `${name} failed. ${job.message ?? "Click for the log."}`, warning: true };
    case "done": {
      const total = spend === "" ? "" : ` It spent ${spend}.`;
      return { text: `$(check) ${name}`, tooltip: `${name} is done.${total}`, warning: false };
    }
  }
}

/** Calls and money in words: "12 calls, $0.03"; empty when nothing was said. */
function spendOf({ calls, usd }: JobStatus): string {
  const parts: string[] = [];
  if (calls !== undefined) {
    parts.push(calls === 1 ? "1 call" : `${calls} calls`);
  }
  if (usd !== undefined && usd > 0) {
    parts.push(usd < 0.01 ? "under $0.01" : `$${usd.toFixed(2)}`);
  }
  return parts.join(", ");
}

/** How long a finished job stays on show before the item turns quiet again. */
const DONE_MS = 20_000;

export class StatusItem implements vscode.Disposable {
  private readonly item: vscode.StatusBarItem;
  private server: ServerState = "starting";
  private place: string | undefined;
  private job: JobStatus | undefined;
  private step: string | undefined;
  private quietening: NodeJS.Timeout | undefined;

  constructor(menuCommand: string) {
    this.item = vscode.window.createStatusBarItem("promptGraphs.status", vscode.StatusBarAlignment.Left);
    this.item.name = "Prompt Graphs";
    this.item.command = menuCommand;
    this.refresh();
    this.item.show();
  }

  get serverIsMissing(): boolean {
    return this.server === "missing";
  }

  get jobIsRunning(): boolean {
    return this.server === "ready" && (this.job?.state === "running" || this.job?.state === "queued");
  }

  /** @param place Where the server was found, in words; kept until another place is given. */
  showServer(state: ServerState, place = this.place): void {
    this.server = state;
    this.place = place;
    if (state !== "ready") {
      this.job = undefined;
    }
    this.refresh();
  }

  showJob(status: JobStatus): void {
    this.job = status;
    if (status.state !== "running") {
      this.step = undefined;
    }
    this.refresh();
    clearTimeout(this.quietening);
    if (status.state === "done") {
      this.quietening = setTimeout(() => {
        this.job = undefined;
        this.refresh();
      }, DONE_MS);
    }
  }

  showStep(step: string): void {
    this.step = step;
    this.refresh();
  }

  dispose(): void {
    clearTimeout(this.quietening);
    this.item.dispose();
  }

  private refresh(): void {
    const { text, tooltip, warning } = appearance(this.server, this.job, this.step, this.place);
    this.item.text = text;
    this.item.tooltip = tooltip;
    this.item.backgroundColor = warning ? new vscode.ThemeColor("statusBarItem.warningBackground") : undefined;
  }
}
