import { beforeEach, describe, expect, it, vi } from "vitest";
import type { ExtensionContext, LogOutputChannel, SecretStorage } from "vscode";
import { ForeignFiles } from "../src/detect";
import type { ServerCommand } from "../src/discovery";
import { KeyStore } from "../src/keys";
import { InstallError } from "../src/managed";
import { GraphPanel } from "../src/panel/graphPanel";
import { Session } from "../src/session";
import { StatusItem } from "../src/status";
import * as editor from "./vscode";

const discover = vi.hoisted(() => vi.fn<(around: unknown) => Promise<ServerCommand | undefined>>());
const install = vi.hoisted(() => vi.fn<() => Promise<void>>());
const clients = vi.hoisted(() => [] as FakeClient[]);

interface FakeClient {
  readonly server: { command: string; args: string[]; options: { cwd: string; env: Record<string, string> } };
  readonly options: { initializationOptions: () => unknown };
  readonly sent: [string, unknown][];
  running: boolean;
  initializeResult: { capabilities: { experimental?: unknown } };
}

/** What the next client does when it starts. */
const next = vi.hoisted(() => ({ failure: undefined as Error | undefined, protocol: 1 }));

vi.mock("../src/discovery", async (original) => ({ ...(await original<object>()), discover }));
vi.mock("../src/managed", async (original) => ({ ...(await original<object>()), install }));
vi.mock("vscode-languageclient/node", () => {
  class LanguageClient implements FakeClient {
    readonly sent: [string, unknown][] = [];
    running = false;
    initializeResult = { capabilities: { experimental: { protocol: next.protocol } } };
    onNotification = vi.fn();
    onDidChangeState = vi.fn();
    warn = vi.fn();
    state = 1;

    constructor(_id: string, _name: string, readonly server: FakeClient["server"], readonly options: FakeClient["options"]) {
      clients.push(this);
    }

    start(): Promise<void> {
      if (next.failure !== undefined) {
        return Promise.reject(next.failure);
      }
      this.running = true;
      return Promise.resolve();
    }

    /** As the real one: it cannot be ended when it does not run. */
    dispose(): Promise<void> {
      const wasRunning = this.running;
      this.running = false;
      return wasRunning ? Promise.resolve() : Promise.reject(new Error("Client is not running and can't be stopped."));
    }

    isRunning(): boolean {
      return this.running;
    }

    sendNotification(method: string, params: unknown): Promise<void> {
      this.sent.push([method, params]);
      return Promise.resolve();
    }
  }
  const [CloseAction, ErrorAction] = [{ DoNotRestart: 1, Restart: 2 }, { Continue: 1, Shutdown: 2 }];
  return { CloseAction, ErrorAction, LanguageClient, RevealOutputChannelOn: { Never: 4 }, State: { Stopped: 1, Running: 2, Starting: 3 }, TransportKind: { stdio: 0 } };
});

const PROJECT: ServerCommand = { command: "/work/.venv/bin/prompts", args: [], origin: "project" };
const MANAGED: ServerCommand = { command: "/storage/server-0.1.0/bin/prompts", args: [], origin: "managed" };

function session(keys = "{}"): Session {
  const log = editor.log as unknown as LogOutputChannel;
  const remembered = new Map<string, unknown>();
  const context = {
    workspaceState: {
      get: (name: string) => remembered.get(name),
      update: (name: string, value: unknown) => Promise.resolve(remembered.set(name, value)),
    },
    extension: { packageJSON: { version: "0.1.0" } },
    globalStorageUri: editor.Uri.file("/storage"),
    extensionUri: editor.Uri.file("/extension"),
  } as unknown as ExtensionContext;
  const secrets = { get: () => Promise.resolve(keys) } as unknown as SecretStorage;
  return new Session(context, {
    log,
    status: new StatusItem("menu"),
    keys: new KeyStore(secrets),
    foreign: new ForeignFiles(log),
    panel: new GraphPanel(context.extensionUri, log),
  });
}

const status = () => editor.statusBarItem.tooltip;

beforeEach(() => {
  editor.resetEditor();
  clients.length = 0;
  next.failure = undefined;
  next.protocol = 1;
  discover.mockResolvedValue(PROJECT);
});

describe("a session", () => {
  it("starts the server that was found, away from the workspace, with the stored keys", async () => {
    await session('{"OPENAI_API_KEY": "secret"}').restart();
    expect(clients).toHaveLength(1);
    expect(clients[0]?.server).toMatchObject({ command: PROJECT.command, args: ["lsp"], options: { cwd: "/storage" } });
    expect(clients[0]?.server.options.env["OPENAI_API_KEY"]).toBe("secret");
    expect(clients[0]?.options.initializationOptions()).toEqual({ trusted: true, protocol: 1, clientVersion: "0.1.0", panel: true, diagnosticsInHover: true });
    expect(status()).toContain("ready");
  });

  it("keeps the keys from the server of an untrusted workspace", async () => {
    editor.workspace.isTrusted = false;
    await session('{"OPENAI_API_KEY": "secret"}').restart();
    expect(clients[0]?.server.options.env).not.toHaveProperty("OPENAI_API_KEY");
    expect(clients[0]?.options.initializationOptions()).toMatchObject({ trusted: false });
  });

  it("never logs a key", async () => {
    await session('{"OPENAI_API_KEY": "secret"}').restart();
    expect(JSON.stringify(editor.log.info.mock.calls)).not.toContain("secret");
  });

  it("runs one server at a time, however often it is restarted", async () => {
    const restarted = session();
    await Promise.all([restarted.restart(), restarted.restart(), restarted.restart()]);
    expect(clients.map((client) => client.running)).toEqual([false, false, true]);
    await restarted.stop();
    expect(clients.some((client) => client.running)).toBe(false);
  });

  it("says why the server could not be started, and starts again when it can", async () => {
    next.failure = new Error("spawn ENOENT");
    const failing = session();
    await failing.restart();
    expect(editor.window.showErrorMessage).toHaveBeenCalledWith(expect.stringContaining("spawn ENOENT"), "Restart", "Show Log");
    expect(status()).toContain("could not be started");
    next.failure = undefined;
    await failing.restart();
    expect(status()).toContain("ready");
  });
});

describe("a machine without the server", () => {
  beforeEach(() => {
    discover.mockResolvedValueOnce(undefined).mockResolvedValue(MANAGED);
  });

  it("gets an offer, once, and nothing without consent", async () => {
    await session().restart();
    expect(editor.window.showInformationMessage).toHaveBeenCalledOnce();
    expect(install).not.toHaveBeenCalled();
    expect(status()).toContain("not installed");
  });

  it("gets the server at the press of the button", async () => {
    editor.window.showInformationMessage.mockResolvedValue("Install");
    await session().restart();
    await vi.waitFor(() => { expect(status()).toContain("ready"); });
    expect(install).toHaveBeenCalledWith(expect.anything(), "/storage/server-0.1.0", "0.1.0");
    expect(clients[0]?.server.command).toBe(MANAGED.command);
  });

  it("is told why the installation failed", async () => {
    editor.window.showInformationMessage.mockResolvedValue("Install");
    install.mockRejectedValueOnce(new InstallError("no route to the index"));
    await session().restart();
    await vi.waitFor(() => { expect(editor.window.showErrorMessage).toHaveBeenCalledWith("no route to the index", "Try Again", "Show Log"); });
    expect(clients).toHaveLength(0);
  });

  it("gets the server at the second try", async () => {
    editor.window.showInformationMessage.mockResolvedValue("Install");
    editor.window.showErrorMessage.mockResolvedValueOnce("Try Again");
    install.mockRejectedValueOnce(new InstallError("no route to the index"));
    await session().restart();
    await vi.waitFor(() => { expect(status()).toContain("ready"); });
  });
});

describe("a server that speaks another version of the protocol", () => {
  it("is used, with one message", async () => {
    next.protocol = 0;
    await session().restart();
    expect(editor.window.showWarningMessage).toHaveBeenCalledOnce();
    expect(status()).toContain("ready");
  });

  it("makes way for the matching one at the press of the button, for this workspace from then on", async () => {
    next.protocol = 0;
    editor.window.showWarningMessage.mockResolvedValueOnce("Install Matching Server");
    await session().restart();
    next.protocol = 1;
    await vi.waitFor(() => { expect(clients).toHaveLength(2); });
    expect(install).toHaveBeenCalledOnce();
    expect(discover.mock.lastCall).toMatchObject([{ managedFirst: true }]);
  });
});

describe("trust that comes later", () => {
  it("is passed on to the server that runs", async () => {
    const trusted = session();
    await trusted.restart();
    await trusted.trustGranted();
    expect(clients).toHaveLength(1);
    expect(clients[0]?.sent).toEqual([["prompts/trustChanged", { trusted: true }]]);
  });

  it("brings the project's own server", async () => {
    discover.mockResolvedValueOnce(MANAGED);
    const trusted = session();
    await trusted.restart();
    await trusted.trustGranted();
    expect(clients.at(-1)?.server.command).toBe(PROJECT.command);
  });

  it("brings the stored keys", async () => {
    const trusted = session('{"A_KEY": "k"}');
    await trusted.restart();
    await trusted.trustGranted();
    expect(clients).toHaveLength(2);
  });
});
