/**
 * Visual Studio Code as a web server, with our extension installed, over directories of its own.
 *
 * Nothing of the machine's own editor settings is read or written, and nothing is left running after `stop`.
 */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdirSync, openSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { LOOK_MS } from "./patience.ts";

const STOP_TIMEOUT_MS = 5_000;

/** Quiet: no welcome page, no telemetry, no assistant of the editor's own beside our quick fixes. */
const QUIET_SETTINGS = {
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "telemetry.telemetryLevel": "off",
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "update.mode": "none",
  "chat.disableAIFeatures": true,
  "chat.commandCenter.enabled": false,
  "files.autoSave": "off",
  "git.enabled": false,
  "security.workspace.trust.startupPrompt": "never",
  "security.workspace.trust.banner": "never",
  // A shell that says nothing of its own, painted so that it can be read.
  "terminal.integrated.defaultProfile.linux": "plain",
  "terminal.integrated.profiles.linux": { plain: { path: "/bin/bash", args: ["--norc", "--noprofile"], env: { PS1: "$ " } } },
  "terminal.integrated.shellIntegration.enabled": false,
  "terminal.integrated.gpuAcceleration": "off",
};

export type Settings = Readonly<Record<string, unknown>>;

export interface CodeServerOptions {
  /** The Node 24 binary and code-server's entry point. */
  readonly node: string;
  readonly codeServer: string;
  /** A new directory for settings, extensions and logs. */
  readonly home: string;
  readonly vsix: string;
  /** Other extensions to install. */
  readonly alsoInstall: readonly string[];
  readonly machineSettings: Settings;
  /** Trust every folder. Without it, a new folder opens in restricted mode. */
  readonly trusted: boolean;
  /** The environment that the editor and its extensions see. */
  readonly env: NodeJS.ProcessEnv;
}

export class CodeServer {
  readonly address: string;
  private readonly child: ChildProcess;

  private constructor(address: string, child: ChildProcess) {
    this.address = address;
    this.child = child;
  }

  static async start(options: CodeServerOptions): Promise<CodeServer> {
    const { home } = options;
    const userData = path.join(home, "user-data");
    const directories = ["--user-data-dir", userData, "--extensions-dir", path.join(home, "extensions")];
    writeSettings(path.join(userData, "User"), QUIET_SETTINGS);
    // The editor is remote to the browser: settings that belong to a machine are heeded from the remote's own file alone.
    writeSettings(path.join(userData, "Machine"), options.machineSettings);
    const env = {
      ...options.env,
      // Its own configuration file is looked up in the home directory.
      XDG_CONFIG_HOME: path.join(home, "config"),
      XDG_DATA_HOME: path.join(home, "data"),
      // As when the editor is started in a terminal: it then does not ask a login shell for another environment.
      VSCODE_CLI: "1",
    };

    const extensions = [options.vsix, ...options.alsoInstall].flatMap((vsix) => ["--install-extension", vsix]);
    const installation = spawnSync(options.node, [options.codeServer, ...directories, ...extensions], {
      env,
      encoding: "utf8",
    });
    if (installation.status !== 0) {
      throw new Error(`The extension could not be installed:\n${installation.stdout}${installation.stderr}`);
    }

    const port = await freePort();
    const logFile = path.join(home, "code-server.log");
    const log = openSync(logFile, "w");
    const quiet = ["--auth", "none", "--disable-telemetry", "--disable-update-check"];
    const trust = options.trusted ? ["--disable-workspace-trust"] : [];
    const child = spawn(options.node, [options.codeServer, ...directories, ...quiet, ...trust, "--bind-addr", `127.0.0.1:${port}`], {
      env,
      // A group of its own, so that one signal reaches the extension hosts and the language servers below.
      detached: true,
      stdio: ["ignore", log, log],
    });
    const server = new CodeServer(`http://127.0.0.1:${port}`, child);
    await server.answers(logFile);
    return server;
  }

  /** Kills the language servers that this editor has started, as a crash would. Gives their number. */
  crashLanguageServers(): number {
    return this.crash("--stdio");
  }

  /** Kills what this editor has started with an argument. Gives the number of processes. */
  crash(argument: string): number {
    const found = descendants(this.child.pid!).filter((pid) => commandLine(pid).includes(argument));
    for (const pid of found) {
      process.kill(pid, "SIGKILL");
    }
    return found.length;
  }

  /** Ends the editor and everything it started. */
  async stop(): Promise<void> {
    this.signalGroup("SIGTERM");
    const deadline = Date.now() + STOP_TIMEOUT_MS;
    while (this.signalGroup(0) && Date.now() < deadline) {
      await delay(50);
    }
    this.signalGroup("SIGKILL");
  }

  private async answers(logFile: string): Promise<void> {
    const deadline = Date.now() + LOOK_MS;
    while (Date.now() < deadline) {
      if (this.child.exitCode !== null) {
        throw new Error(`code-server ended with ${this.child.exitCode}; see ${logFile}`);
      }
      const health = await fetch(`${this.address}/healthz`).catch((error: unknown) => {
        if (error instanceof TypeError) {
          return undefined; // Not listening yet.
        }
        throw error;
      });
      if (health?.ok) {
        return;
      }
      await delay(100);
    }
    await this.stop();
    throw new Error(`code-server did not answer within ${LOOK_MS / 1000} s; see ${logFile}`);
  }

  /** Whether there was anybody to receive the signal. */
  private signalGroup(signal: NodeJS.Signals | 0): boolean {
    try {
      process.kill(-this.child.pid!, signal);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ESRCH") {
        return false;
      }
      throw error;
    }
  }
}

function writeSettings(directory: string, settings: Settings): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(path.join(directory, "settings.json"), JSON.stringify(settings, null, 2));
}

/** All processes below one, by the kernel's list. */
function descendants(pid: number): readonly number[] {
  const parents = readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map((entry) => [Number(entry), Number(/^PPid:\s*(\d+)/m.exec(readProcess(entry, "status"))?.[1])] as const);
  const below = (parent: number): readonly number[] =>
    parents.filter(([, ppid]) => ppid === parent).flatMap(([child]) => [child, ...below(child)]);
  return below(pid);
}

function commandLine(pid: number): readonly string[] {
  return readProcess(String(pid), "cmdline").split("\0");
}

/** Empty for a process that has ended meanwhile. */
function readProcess(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) {
      return "";
    }
    throw error;
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", resolve);
  });
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
