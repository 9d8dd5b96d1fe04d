/**
 * Asks the command line about the store. The server answers for what is being edited; what was run is read rarely, and the command line has
 * it all already.
 */
import { execFile } from "node:child_process";
import * as path from "node:path";
import type { ServerCommand } from "../discovery";
import type { RunSummary, ShownRun } from "./data";

/** A long optimisation keeps thousands of events, each with its prompt. */
const MOST_BYTES = 512 * 1024 * 1024;
const TIMEOUT_MS = 60_000;
const MOST_RUNS = 50;

export class CommandLineError extends Error {
  override readonly name = "CommandLineError";
}

export class CommandLine {
  /**
   * @param command The `prompts` command in use; undefined while there is none.
   * @param neutral A directory without project files to start it in.
   */
  constructor(
    private readonly command: () => ServerCommand | undefined,
    private readonly neutral: string,
  ) {}

  /** The runs of a folder that has a store, the newest first. */
  async runs(folder: string): Promise<readonly RunSummary[]> {
    return (await this.ask(["runs", folder, "--limit", String(MOST_RUNS), "--json"])) as readonly RunSummary[];
  }

  async show(run: string, folder: string): Promise<ShownRun> {
    return (await this.ask(["show", run, "--in", folder, "--json"])) as ShownRun;
  }

  /** @throws CommandLineError with the command's own words when it fails. */
  private ask(args: readonly string[]): Promise<unknown> {
    const command = this.command();
    if (command === undefined) {
      return Promise.reject(new CommandLineError("The language server is not there yet."));
    }
    const options = { cwd: this.neutral, maxBuffer: MOST_BYTES, timeout: TIMEOUT_MS, windowsHide: true };
    return new Promise((resolve, reject) => {
      execFile(command.command, [...command.args, ...args], options, (error, stdout, stderr) => {
        if (error === null) {
          resolve(JSON.parse(stdout));
        } else {
          reject(new CommandLineError(stderr.trim().split("\n").at(-1) ?? error.message));
        }
      });
    });
  }
}

/** The folder that a store belongs to: the one that `.prompts` stands in. */
export function folderOfStore(store: string): string {
  return path.dirname(path.dirname(store));
}
