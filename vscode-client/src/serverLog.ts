/**
 * Passes what the server writes to standard error on to the log, at the level that the server gave it.
 *
 * The server writes Python's usual lines, "2026-01-31 12:00:00,000 WARNING name: message"; a line without that form belongs to the one above.
 */
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type { LogOutputChannel } from "vscode";

const PATIENCE_MS = 500;
/** The line of a traceback that says what went wrong. */
const EXCEPTION = /^[\w.]*(?:Error|Exception): /;

export type Level = "debug" | "info" | "warn" | "error";

const LEVELS: Readonly<Record<string, Level>> = { DEBUG: "debug", INFO: "info", WARNING: "warn", ERROR: "error", CRITICAL: "error" };

/** The level and the text of a line; the level is undefined for a line that belongs to the one above. */
export function parseLogLine(line: string): { readonly level: Level | undefined; readonly text: string } {
  const [, name, text] = /^\S+ \S+ (DEBUG|INFO|WARNING|ERROR|CRITICAL) (.*)$/.exec(line) ?? [];
  return name === undefined || text === undefined ? { level: undefined, text: line } : { level: LEVELS[name], text };
}

export class ServerLog {
  private lastLine = "";
  private lastError = "";
  private ended: Promise<unknown> = Promise.resolve();

  constructor(private readonly log: LogOutputChannel) {}

  /** Reads lines until the server ends. What comes before the first level, such as a failed start, counts as an error. */
  forward(stderr: Readable): void {
    let current: Level = "error";
    const lines = createInterface({ input: stderr });
    lines.on("line", (line) => {
      const { level, text } = parseLogLine(line);
      current = level ?? current;
      this.log[current](text);
      this.lastLine = text.trim() || this.lastLine;
      this.lastError = EXCEPTION.test(text) ? text.trim() : this.lastError;
    });
    this.ended = once(lines, "close");
  }

  /**
   * The last exception that the server named, which is usually why it could not start; else its last line. Empty if it said nothing. Waits a moment for the rest, since the end
   * of a process is noticed before its last words have arrived.
   */
  async lastWords(): Promise<string> {
    await Promise.race([this.ended, delay(PATIENCE_MS)]);
    return this.lastError || this.lastLine;
  }
}
