/**
 * What this extension and the language server say to each other beyond the Language Server Protocol.
 *
 * Everything else is standard, so that other editors lose nothing; the server works when none of this is ever sent.
 */

/** The version of this file's contents. The server answers with its own in `capabilities.experimental`. */
export const PROTOCOL_VERSION = 1;

/** `initializationOptions` of the `initialize` request. */
export interface InitializationOptions {
  /** Whether the user trusts this workspace. Without it the server runs nothing and spends nothing. */
  readonly trusted: boolean;
  readonly protocol: number;
  readonly clientVersion: string;
  /** This client shows the graph panel itself; for others the server opens the browser. */
  readonly panel: boolean;
  /** The editor's hovers begin with the diagnostics of the place, so the server's need not repeat them. */
  readonly diagnosticsInHover: boolean;
}

/** What the server says about itself in `capabilities.experimental` of its answer to `initialize`. */
export interface ServerVersions {
  readonly protocol?: number;
  readonly language?: number;
}

/** Client to server: the user has decided about trust while the server was running. */
export const TRUST_CHANGED = "prompts/trustChanged";

export interface TrustChanged {
  readonly trusted: boolean;
}

/** Server to client: what the status item shows. Sent on every change, at most a few times a second. */
export const STATUS = "prompts/status";

export interface JobStatus {
  readonly state: "idle" | "queued" | "running" | "failed" | "done";
  /** What the command that started the job answered. */
  readonly id?: string;
  /** Why it failed, in words for people. */
  readonly message?: string;
  /** What runs, in words: "Optimize multihop". */
  readonly job?: string;
  /** 0 to 100. */
  readonly percentage?: number;
  /** Calls to models that the job has paid for. */
  readonly calls?: number;
  /** US dollars spent by the job. */
  readonly usd?: number;
}

/** Server to client: a graph is ready to be shown, at an address on the server's loopback. */
export const SHOW_PANEL = "prompts/showPanel";

export interface PanelPlace {
  readonly url: string;
  readonly uri: string;
  readonly graph: string;
}

/** Client to server: where the cursor is now, so that the panel can show its node. */
export const SELECTION = "prompts/selection";

export interface SelectionChanged {
  readonly uri: string;
  readonly position: { readonly line: number; readonly character: number };
}

/** Commands that the server executes; the language client registers them with the editor under these names. */
export const SERVER_COMMANDS = {
  run: "prompts.run",
  evaluate: "prompts.evaluate",
  optimize: "prompts.optimize",
  stop: "prompts.stop",
  showGraph: "prompts.showGraph",
} as const;

/** The kind of the code action that applies every proven rewrite of a file. */
export const APPLY_REWRITES = "source.applyRewrites.prompts";

/** Commands that call models or execute the workspace's code. */
export const COSTLY_COMMANDS: ReadonlySet<string> = new Set([
  SERVER_COMMANDS.run,
  SERVER_COMMANDS.evaluate,
  SERVER_COMMANDS.optimize,
]);

/** The one argument of a server command: the graph by name, or the graph that stands around a position. */
export interface GraphArgument {
  readonly uri: string;
  readonly graph?: string;
  readonly position?: { readonly line: number; readonly character: number };
}
