/**
 * The life of the language server: find it, start it, restart it, stop it, and say in one message what is wrong when it is not there.
 *
 * At most one server runs per window; starts and stops never overlap.
 */
import * as vscode from "vscode";
import { LanguageClient, RevealOutputChannelOn, State, TransportKind, type LanguageClientOptions } from "vscode-languageclient/node";
import { LANGUAGE_ID, type ForeignFiles } from "./detect";
import { discover, PLACES, type ServerCommand } from "./discovery";
import { mismatch, type Remedy } from "./handshake";
import type { KeyStore } from "./keys";
import { machine, surroundings } from "./machine";
import { InstallError, install, managedEnvironment } from "./managed";
import type { GraphPanel, ServerLink } from "./panel/graphPanel";
import { showInItsEditor } from "./panel/showDocument";
import {
  PROTOCOL_VERSION,
  SHOW_PANEL,
  STATUS,
  TRUST_CHANGED,
  type InitializationOptions,
  type JobStatus,
  type PanelPlace,
  type TrustChanged,
} from "./protocol";
import { forwardLog } from "./serverLog";
import type { StatusItem } from "./status";
import { allowed } from "./trust";

const SHOW_LOG = "Show Log";

/** Remembered for a workspace: the version of the extension whose own server the user has preferred to the project's. */
const MANAGED_FIRST = "promptGraphs.managedFirst";

/** What a session works with. */
export interface Parts {
  readonly log: vscode.LogOutputChannel;
  readonly status: StatusItem;
  readonly keys: KeyStore;
  readonly foreign: ForeignFiles;
  readonly panel: GraphPanel;
}

export class Session {
  private readonly jobs = new vscode.EventEmitter<JobStatus>();
  private readonly readiness = new vscode.EventEmitter<undefined>();
  /** A job has changed. */
  readonly onJob = this.jobs.event;
  /** A server is there. */
  readonly onReady = this.readiness.event;
  private client: LanguageClient | undefined;
  /** What {@link client} was started from. */
  private server: ServerCommand | undefined;
  /** The end of the queue of starts and stops. */
  private turn: Promise<void> = Promise.resolve();
  private readonly log: vscode.LogOutputChannel;
  private readonly status: StatusItem;
  private readonly keys: KeyStore;
  private readonly foreign: ForeignFiles;
  private readonly panel: GraphPanel;
  private readonly version: string;
  private readonly storage: string;
  private readonly environment: string;

  constructor(
    private readonly context: vscode.ExtensionContext,
    { log, status, keys, foreign, panel }: Parts,
  ) {
    this.log = log;
    this.status = status;
    this.keys = keys;
    this.foreign = foreign;
    this.panel = panel;
    this.version = (context.extension.packageJSON as { version: string }).version;
    this.storage = context.globalStorageUri.fsPath;
    this.environment = managedEnvironment(this.storage, this.version);
  }

  /** The `prompts` command that the running server was started with. */
  get command(): ServerCommand | undefined {
    return this.server;
  }

  /** Once what has been begun, a start or a stop, has ended. */
  settled(): Promise<void> {
    return this.turn;
  }

  /** Starts the server, after stopping the one that runs. Never rejects: what goes wrong is said to the user. */
  restart(): Promise<void> {
    return this.inTurn(async () => {
      await this.stopClient();
      await this.start();
    });
  }

  stop(): Promise<void> {
    return this.inTurn(() => this.stopClient());
  }

  /**
   * Passes the user's trust on. A server that runs only has to be told, unless trust opens something that it can get at its start alone: the
   * project's own server, or the stored keys.
   */
  async trustGranted(): Promise<void> {
    const running = this.server;
    if (this.client?.isRunning()) {
      await this.client.sendNotification(TRUST_CHANGED, { trusted: true } satisfies TrustChanged);
    }
    const wanted = await this.discover();
    const keys = await this.keys.environment(true);
    if (wanted?.command !== running?.command || Object.keys(keys).length > 0) {
      await this.restart();
    }
  }

  private inTurn(action: () => Promise<void>): Promise<void> {
    this.turn = this.turn.then(action).catch((error: unknown) => {
      this.status.showServer("failed");
      this.log.error(error instanceof Error ? error : String(error));
      this.report(`Prompt Graphs could not start its language server: ${messageOf(error)}`);
    });
    return this.turn;
  }

  private async start(): Promise<void> {
    this.status.showServer("starting");
    await vscode.workspace.fs.createDirectory(vscode.Uri.file(this.storage));
    const server = await this.discover();
    if (server === undefined) {
      this.status.showServer("missing");
      void this.offerInstallation();
      return;
    }
    this.log.info(`Starting ${[server.command, ...server.args].join(" ")} (found by: ${server.origin})`);
    const client = await this.createClient(server);
    this.client = client;
    this.server = server;
    await client.start();
    this.status.showServer("ready", PLACES[server.origin]);
    this.readiness.fire(undefined);
    const answer = client.initializeResult;
    const problem = answer && mismatch(answer, server.origin);
    if (problem !== undefined) {
      void vscode.window.showWarningMessage(problem.message, problem.button).then((choice) => {
        if (choice === problem.button) {
          void this.remedy(problem.remedy);
        }
      });
    }
  }

  private discover(): Promise<ServerCommand | undefined> {
    const managedFirst = this.context.workspaceState.get(MANAGED_FIRST) === this.version;
    return discover(surroundings(this.storage, this.environment, managedFirst, this.log));
  }

  private async createClient(server: ServerCommand): Promise<LanguageClient> {
    const trusted = vscode.workspace.isTrusted;
    const options: LanguageClientOptions = {
      documentSelector: [{ language: LANGUAGE_ID }],
      outputChannel: this.log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      // Standard output carries the protocol; only standard error is for the log.
      stdioOptions: { stdout: () => undefined, stderr: forwardLog },
      initializationOptions: (): InitializationOptions => ({
        trusted: vscode.workspace.isTrusted,
        protocol: PROTOCOL_VERSION,
        clientVersion: this.version,
        panel: true,
      }),
      middleware: {
        didOpen: async (document, next) => {
          if (!this.foreign.isForeign(document)) {
            await next(document);
          }
        },
        executeCommand: async (command, args, next): Promise<unknown> =>
          (await allowed(command)) ? next(command, args) : undefined,
        window: {
          showDocument: async (params, _token, next) => (await showInItsEditor(params)) ?? (await next(params, _token)),
        },
        // The status item shows the jobs already; the editor's own progress beside it would say everything twice.
        handleWorkDoneProgress: (token, progress, next): void => {
          if (progress.kind === "end") {
            next(token, progress);
          } else if (progress.message !== undefined) {
            this.status.showStep(progress.message);
          }
        },
      },
    };
    const env = { ...process.env, ...(await this.keys.environment(trusted)) };
    const client = new LanguageClient(
      "promptGraphs",
      "Prompt Graphs",
      {
        command: server.command,
        args: [...server.args, "lsp"],
        transport: TransportKind.stdio,
        // Not the workspace: Python would import what lies in its current directory.
        options: { cwd: this.storage, env },
      },
      options,
    );
    client.onNotification(STATUS, (job: JobStatus) => {
      this.status.showJob(job);
      this.jobs.fire(job);
    });
    client.onNotification(SHOW_PANEL, (place: PanelPlace) => void this.panel.show(place));
    client.onDidChangeState(({ newState }) => {
      if (client === this.client) {
        this.stateChanged(client, newState);
      }
    });
    return client;
  }

  /** Also called when the language client restarts a server that has crashed. */
  private stateChanged(client: LanguageClient, state: State): void {
    this.status.showServer(state === State.Running ? "ready" : state === State.Starting ? "starting" : "stopped");
    if (state === State.Running) {
      // Only after `start` does the server know the open documents.
      void client.start().then(() => this.panel.serverStarted(linkTo(client)));
    } else {
      this.panel.serverStopped();
    }
  }

  private async stopClient(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    this.server = undefined;
    if (client !== undefined) {
      await client.dispose();
      this.status.showServer("stopped");
    }
  }

  private async offerInstallation(): Promise<void> {
    const button = "Install";
    const choice = await vscode.window.showInformationMessage(
      `Prompt Graphs needs its language server, the Python package prompts-lang ${this.version}. Install it into the extension's own storage?`,
      button,
    );
    if (choice === button) {
      await this.installServer();
    }
  }

  private async installServer(): Promise<void> {
    const location = vscode.ProgressLocation.Notification;
    try {
      await vscode.window.withProgress({ location, title: "Installing the Prompt Graphs language server" }, () =>
        install(machine(this.storage, this.log), this.environment, this.version),
      );
    } catch (error) {
      if (!(error instanceof InstallError)) {
        throw error;
      }
      this.report(error.message);
      return;
    }
    await this.restart();
  }

  private async remedy(remedy: Remedy): Promise<void> {
    switch (remedy) {
      case "install-matching-server":
        await this.context.workspaceState.update(MANAGED_FIRST, this.version);
        return this.installServer();
      case "update-extension":
        await vscode.commands.executeCommand("workbench.extensions.action.checkForUpdates");
        return;
      case "open-setting":
        await vscode.commands.executeCommand("workbench.action.openSettings", "promptGraphs.server");
        return;
    }
  }

  private report(message: string): void {
    void vscode.window.showErrorMessage(message, SHOW_LOG).then((choice) => {
      if (choice === SHOW_LOG) {
        this.log.show(true);
      }
    });
  }
}

function linkTo(client: LanguageClient): ServerLink {
  return {
    notify: (method, params) => client.sendNotification(method, params),
    execute: (command, argument) => client.sendRequest("workspace/executeCommand", { command, arguments: [argument] }),
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
