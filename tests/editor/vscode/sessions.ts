/** The sessions that can be played, by name. */
import { bare } from "./bare.ts";
import { beginner } from "./beginner.ts";
import type { CodeServer } from "./codeServer.ts";
import { crashed } from "./crashed.ts";
import { graph } from "./graph.ts";
import { guided } from "./guided.ts";
import { improve } from "./improve.ts";
import { interrupted } from "./interrupted.ts";
import { keyboard } from "./keyboard.ts";
import { keys } from "./keys.ts";
import { lengthy } from "./lengthy.ts";
import { looks } from "./looks.ts";
import { moved } from "./moved.ts";
import { outdated } from "./outdated.ts";
import { pythonic } from "./pythonic.ts";
import type { Report } from "./report.ts";
import { restricted } from "./restricted.ts";
import { results } from "./results.ts";
import { roots } from "./roots.ts";
import type { Workbench } from "./workbench.ts";
import { write } from "./write.ts";

/** The files that a session works with: copies that it may change. */
export interface Workspace {
  /** The multi-hop example. */
  readonly folder: string;
  /** Another example, in a folder of its own. */
  readonly second: string;
  /** A workspace file over both folders. */
  readonly both: string;
  /** A folder with nothing in it. */
  readonly empty: string;
}

export interface Stage {
  readonly workbench: Workbench;
  readonly report: Report;
  readonly editor: CodeServer;
  readonly workspace: Workspace;
  /** The `prompts` command, to look at what a session has left in the store. */
  readonly prompts: string;
  /** The folder with everything that belongs to the session: the editor's profile and logs, and the files worked with. */
  readonly home: string;
  /** Makes a "breakable" server fail at its next start, or work again. */
  breakServer(broken: boolean): void;
}

/**
 * Where the extension finds its server: the setting names it, the environment of the first folder has it (or one that speaks an older
 * protocol), that of the second folder has it, or it is nowhere. A "breakable" one is named by the setting and can be broken. "python-extension" is
 * an environment that nothing but the Python extension knows, whose part is played by a stand-in.
 */
export type ServerPlace = "setting" | "python-extension" | "breakable" | "project" | "outdated-project" | "second-folder" | "nowhere";

export interface Session {
  /** Whether the editor trusts the workspace from the start. */
  readonly trusted: boolean;
  readonly server: ServerPlace;
  /** Whether the machine has Python and uv on its path; it does unless told otherwise. */
  readonly python?: false;
  play(stage: Stage): Promise<void>;
}

export const SESSIONS: Readonly<Record<string, Session>> = {
  bare,
  beginner,
  crashed,
  graph,
  guided,
  improve,
  interrupted,
  keyboard,
  keys,
  lengthy,
  looks,
  moved,
  outdated,
  pythonic,
  restricted,
  results,
  roots,
  write,
};
