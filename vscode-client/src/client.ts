/** The language client: how the server is started, what it is told at first, and where its messages go. */
import * as vscode from "vscode";
import { LanguageClient, RevealOutputChannelOn, TransportKind, type Middleware } from "vscode-languageclient/node";
import { LANGUAGE_ID, type ForeignFiles } from "./detect";
import type { ServerCommand } from "./discovery";
import type { Keys } from "./keys";
import type { ServerLink } from "./panel/graphPanel";
import { showInItsEditor } from "./panel/showDocument";
import { PROTOCOL_VERSION, SHOW_PANEL, STATUS, type InitializationOptions, type JobStatus, type PanelPlace } from "./protocol";
import { forwardLog } from "./serverLog";
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
}

/** A client that has not been started. */
export function createClient(options: ClientOptions): LanguageClient {
  const { server, keys, directory, version, log } = options;
  const client = new LanguageClient(
    "promptGraphs",
    "Prompt Graphs",
    {
      command: server.command,
      args: [...server.args, "lsp"],
      transport: TransportKind.stdio,
      options: { cwd: directory, env: { ...process.env, ...keys } },
    },
    {
      documentSelector: [{ language: LANGUAGE_ID }],
      outputChannel: log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      // Standard output carries the protocol; only standard error is for the log.
      stdioOptions: { stdout: () => undefined, stderr: forwardLog },
      initializationOptions: (): InitializationOptions => ({
        trusted: vscode.workspace.isTrusted,
        protocol: PROTOCOL_VERSION,
        clientVersion: version,
        panel: true,
        diagnosticsInHover: true,
      }),
      middleware: middleware(options),
    },
  );
  client.onNotification(STATUS, options.onJob);
  client.onNotification(SHOW_PANEL, options.onPanel);
  return client;
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
