/**
 * Passes what the server writes to standard error on to the log, at the level that the server gave it.
 *
 * The server writes Python's usual lines, "2026-01-31 12:00:00,000 WARNING name: message"; a line without that form belongs to the one above.
 */
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { LogOutputChannel } from "vscode";

export type Level = "debug" | "info" | "warn" | "error";

const LEVELS: Readonly<Record<string, Level>> = { DEBUG: "debug", INFO: "info", WARNING: "warn", ERROR: "error", CRITICAL: "error" };

/** The level and the text of a line; the level is undefined for a line that belongs to the one above. */
export function parseLogLine(line: string): { readonly level: Level | undefined; readonly text: string } {
  const [, name, text] = /^\S+ \S+ (DEBUG|INFO|WARNING|ERROR|CRITICAL) (.*)$/.exec(line) ?? [];
  return name === undefined || text === undefined ? { level: undefined, text: line } : { level: LEVELS[name], text };
}

/** Reads lines until the server ends. What comes before the first level, such as a failed start, counts as an error. */
export function forwardLog(stderr: Readable, log: LogOutputChannel): void {
  let current: Level = "error";
  createInterface({ input: stderr }).on("line", (line) => {
    const { level, text } = parseLogLine(line);
    current = level ?? current;
    log[current](text);
  });
}
