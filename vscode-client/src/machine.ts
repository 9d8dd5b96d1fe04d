/**
 * The real machine behind {@link Machine} and {@link Surroundings}: runs programs, asks executables for their version.
 */
import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import * as vscode from "vscode";
import { parseVersion, type Surroundings } from "./discovery";
import type { Machine, Outcome } from "./managed";
import { selectedInterpreter } from "./pythonExtension";

const VERSION_TIMEOUT_MS = 10_000;
/** Downloads a few hundred megabytes on a slow line. */
const INSTALL_TIMEOUT_MS = 15 * 60_000;

const WINDOWS = process.platform === "win32";

/**
 * @param neutral A directory without project files, where programs are started: neither Python nor uv then picks up what a workspace has
 *   put beside them.
 */
export function machine(neutral: string, log: vscode.LogOutputChannel): Machine {
  return {
    windows: WINDOWS,
    run: (command, args) => run(command, args, neutral, INSTALL_TIMEOUT_MS, log),
    remove: (directory) => rm(directory, { recursive: true, force: true }),
  };
}

export function surroundings(
  neutral: string,
  managedEnvironment: string,
  managedFirst: boolean,
  log: vscode.LogOutputChannel,
): Surroundings {
  return {
    windows: WINDOWS,
    trusted: vscode.workspace.isTrusted,
    setting: vscode.workspace.getConfiguration("promptGraphs").get<string[]>("server", []),
    folders: (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === "file").map(({ uri }) => uri.fsPath),
    managedFirst,
    managedEnvironment,
    interpreter: () => selectedInterpreter(log),
    version: async (executable) => {
      const { ok, output } = await run(executable, ["--version"], neutral, VERSION_TIMEOUT_MS, log);
      return ok ? parseVersion(output) : undefined;
    },
  };
}

function run(command: string, args: readonly string[], cwd: string, timeout: number, log: vscode.LogOutputChannel): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd, timeout, windowsHide: true }, (error, stdout, stderr) => {
      if (error !== null && error.code !== "ENOENT") {
        log.warn(`${command} ${args.join(" ")}: ${error.message}`);
      }
      resolve({ ok: error === null, output: error === null ? stdout : `${stdout}${stderr}` || error.message });
    });
  });
}
