/** The language client: how the server is started, what it is told at first, and where its messages go. */
import * as vscode from "vscode";
import {
  LanguageClient,
  RevealOutputChannelOn,
  State,
  TransportKind,
  type LanguageClientOptions,
  type Middleware,
  type ServerOptions,
} from "vscode-languageclient/node";
import { CrashHandler } from "./crashes";
import { LANGUAGE_ID, type ForeignFiles } from "./detect";
import type { ServerCommand } from "./discovery";
import type { Keys } from "./keys";
import type { ServerLink } from "./panel/graphPanel";
import { showInItsEditor } from "./panel/showDocument";
import { PROTOCOL_VERSION, SHOW_PANEL, STATUS, type InitializationOptions, type JobStatus, type PanelPlace } from "./protocol";
import { ServerLog } from "./serverLog";
import { allowed } from "./trust";

export interface ClientOptions {
  readonly server: ServerCommand;
  readonly keys: Keys;
  /** A directory without project files: Python would import what lies in its current directory. */
  readonly directory: string;
  /** The version of the extension. */
  readonly version: string;
  readonly log: vscode.LogOutputChannel;
  readonly foreign: ForeignFiles;
  readonly onJob: (job: JobStatus) => void;
  /** What the running job does just now, in the server's words. */
  readonly onStep: (step: string) => void;
  readonly onPanel: (place: PanelPlace) => void;
  /** The server has ended and is not started again; why, in words for people. */
  readonly onGivenUp: (why: string) => void;
}

/** A client that has not been started. What goes wrong with the connection it only writes to the log: see {@link ClientOptions.onGivenUp}. */
export class ServerClient extends LanguageClient {
  private readonly serverLog: ServerLog;

  constructor(options: ClientOptions) {
    const serverLog = new ServerLog(options.log);
    const crashes = new CrashHandler(options.onGivenUp);
    super("promptGraphs", "Prompt Graphs", serverOptions(options), clientOptions(options, serverLog, crashes));
    this.serverLog = serverLog;
    this.onNotification(STATUS, options.onJob);
    this.onNotification(SHOW_PANEL, options.onPanel);
    this.onDidChangeState(({ newState }) => {
      if (newState === State.Running) {
        crashes.started();
      }
    });
  }

  /** What the server said last on its standard error. */
  lastWords(): Promise<string> {
    return this.serverLog.lastWords();
  }

  /** Ends the server, whatever its state. Never rejects: there is nothing that a person could do about it. */
  async end(): Promise<void> {
    try {
      if (this.state === State.Starting) {
        await this.start();
      }
      // One that could not start, or has been given up, has nothing to end.
      if (this.isRunning()) {
        await this.dispose();
      }
    } catch (error) {
      this.warn("The language server did not end properly.", error, false);
    }
  }

  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

function serverOptions({ server, keys, directory }: ClientOptions): ServerOptions {
  return {
    command: server.command,
    args: [...server.args, "lsp"],
    transport: TransportKind.stdio,
    options: { cwd: directory, env: { ...process.env, ...keys } },
  };
}

function clientOptions(options: ClientOptions, serverLog: ServerLog, crashes: CrashHandler): LanguageClientOptions {
  return {
    documentSelector: [{ language: LANGUAGE_ID }],
    outputChannel: options.log,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    errorHandler: crashes,
    // Whoever waits for the start is told; a second try would end the same way.
    initializationFailedHandler: () => false,
    stdioOptions: {
      // Standard output carries the protocol; only standard error is for the log.
      stdout: () => undefined,
      stderr: (stream) => {
        serverLog.forward(stream);
      },
    },
    initializationOptions: (): InitializationOptions => ({
      trusted: vscode.workspace.isTrusted,
      protocol: PROTOCOL_VERSION,
      clientVersion: options.version,
      panel: true,
      diagnosticsInHover: true,
    }),
    middleware: middleware(options),
  };
}

function middleware({ foreign, onStep }: ClientOptions): Middleware {
  return {
    didOpen: async (document, next) => {
      if (!foreign.isForeign(document)) {
        await next(document);
      }
    },
    executeCommand: async (command, args, next): Promise<unknown> => ((await allowed(command)) ? next(command, args) : undefined),
    window: {
      showDocument: async (params, token, next) => (await showInItsEditor(params)) ?? (await next(params, token)),
    },
    // The status item shows the jobs already; the editor's own progress beside it would say everything twice.
    handleWorkDoneProgress: (token, progress, next): void => {
      if (progress.kind === "end") {
        next(token, progress);
      } else if (progress.message !== undefined) {
        onStep(progress.message);
      }
    },
  };
}

/** What the panel needs of a client's server. */
export function linkTo(client: LanguageClient): ServerLink {
  return {
    notify: (method, params) => client.sendNotification(method, params),
    execute: (command, argument) => client.sendRequest("workspace/executeCommand", { command, arguments: [argument] }),
  };
}
