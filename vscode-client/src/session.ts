/**
 * The life of the language server: find it, start it, restart it, stop it.
 *
 * At most one server runs per window; starts and stops never overlap.
 */
import * as vscode from "vscode";
import { State } from "vscode-languageclient/node";
import { linkTo, ServerClient } from "./client";
import type { ForeignFiles } from "./detect";
import { discover, PLACES, type ServerCommand } from "./discovery";
import { mismatch } from "./handshake";
import { Installation } from "./installation";
import type { KeyStore } from "./keys";
import { surroundings } from "./machine";
import type { GraphPanel } from "./panel/graphPanel";
import { TRUST_CHANGED, type JobStatus, type TrustChanged } from "./protocol";
import type { StatusItem } from "./status";

const SHOW_LOG = "Show Log";

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
  private readonly endings = new vscode.EventEmitter<undefined>();
  /** A job has changed. */
  readonly onJob = this.jobs.event;
  /** A server is there. */
  readonly onReady = this.readiness.event;
  /** A server that was there has ended, and with it all that it was doing. */
  readonly onEnded = this.endings.event;
  private client: ServerClient | undefined;
  /** What {@link client} was started from. */
  private server: ServerCommand | undefined;
  /** The end of the queue of starts and stops. */
  private turn: Promise<void> = Promise.resolve();
  private readonly version: string;
  private readonly storage: string;
  private readonly installation: Installation;

  constructor(
    context: vscode.ExtensionContext,
    private readonly parts: Parts,
  ) {
    this.version = (context.extension.packageJSON as { version: string }).version;
    this.storage = context.globalStorageUri.fsPath;
    this.installation = new Installation(context.workspaceState, this.storage, this.version, parts.log, (message, button) =>
      this.report(message, button),
    );
  }

  /** Whether there is a server to ask. */
  get isRunning(): boolean {
    return this.client?.isRunning() === true;
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
    const keys = await this.parts.keys.environment(true);
    if (wanted?.command !== running?.command || Object.keys(keys).length > 0) {
      await this.restart();
    }
  }

  private inTurn(action: () => Promise<void>): Promise<void> {
    this.turn = this.turn.then(action).catch((error: unknown) => {
      this.parts.status.showServer("failed");
      this.parts.log.error(error instanceof Error ? error : String(error));
      void this.offerRestart(`The language server could not be started: ${error instanceof Error ? error.message : String(error)}`);
    });
    return this.turn;
  }

  private async start(): Promise<void> {
    const { status, log } = this.parts;
    status.showServer("starting");
    await vscode.workspace.fs.createDirectory(vscode.Uri.file(this.storage));
    const server = await this.discover();
    if (server === undefined) {
      status.showServer("missing");
      this.restartIf(this.installation.offer());
      return;
    }
    log.info(`Starting ${[server.command, ...server.args].join(" ")} (found by: ${server.origin})`);
    const client = await this.clientFor(server);
    this.client = client;
    this.server = server;
    await this.startClient(client);
    status.showServer("ready", PLACES[server.origin]);
    this.readiness.fire(undefined);
    const problem = client.initializeResult && mismatch(client.initializeResult, server.origin);
    if (problem !== undefined) {
      this.restartIf(this.installation.offerRemedy(problem));
    }
  }

  /** @throws Error with the server's last words, which tell more than that the connection was lost. */
  private async startClient(client: ServerClient): Promise<void> {
    try {
      await client.start();
    } catch (error) {
      const lastWords = await client.lastWords();
      throw lastWords === "" ? error : new Error(lastWords, { cause: error });
    }
  }

  private async offerRestart(message: string): Promise<void> {
    if (await this.report(message, "Restart")) {
      await this.restart();
    }
  }

  /** Nobody waits for what the user answers; a server that was installed then is started. */
  private restartIf(installed: Promise<boolean>): void {
    void installed.then((there) => (there ? this.restart() : undefined));
  }

  private discover(): Promise<ServerCommand | undefined> {
    const { environment, preferred } = this.installation;
    return discover(surroundings(this.storage, environment, preferred, this.parts.log));
  }

  private async clientFor(server: ServerCommand): Promise<ServerClient> {
    const { status, log, foreign, panel, keys } = this.parts;
    const client = new ServerClient({
      server,
      keys: await keys.environment(vscode.workspace.isTrusted),
      directory: this.storage,
      version: this.version,
      log,
      foreign,
      onJob: (job) => {
        status.showJob(job);
        this.jobs.fire(job);
      },
      onStep: (step) => {
        status.showStep(step);
      },
      onPanel: (place) => void panel.show(place),
      onGivenUp: (why) => void client.lastWords().then((lastWords) => this.offerRestart([why, lastWords].filter(Boolean).join(" "))),
    });
    client.onDidChangeState(({ newState }) => {
      if (client === this.client) {
        this.stateChanged(client, newState);
      }
    });
    return client;
  }

  /** Also called when the language client restarts a server that has crashed. */
  private stateChanged(client: ServerClient, state: State): void {
    const { status, panel } = this.parts;
    status.showServer(state === State.Running ? "ready" : state === State.Starting ? "starting" : "stopped");
    if (state === State.Running) {
      // Only after `start` does the server know the open documents.
      void client.start().then(() => panel.serverStarted(linkTo(client)));
    } else {
      panel.serverStopped();
      this.endings.fire(undefined);
    }
  }

  private async stopClient(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    this.server = undefined;
    if (client !== undefined) {
      await client.end();
      this.parts.panel.serverStopped();
      this.endings.fire(undefined);
      this.parts.status.showServer("stopped");
    }
  }

  /** Says what went wrong, with a way to the log. Resolves to whether another button, if there is one, was pressed. */
  private async report(message: string, button?: string): Promise<boolean> {
    const buttons = button === undefined ? [SHOW_LOG] : [button, SHOW_LOG];
    const choice = await vscode.window.showErrorMessage(message, ...buttons);
    if (choice === SHOW_LOG) {
      this.parts.log.show(true);
    }
    return choice !== undefined && choice === button;
  }
}
