/** The sessions that can be played, by name. */
import { bare } from "./bare.ts";
import type { CodeServer } from "./codeServer.ts";
import { improve } from "./improve.ts";
import type { Report } from "./report.ts";
import { restricted } from "./restricted.ts";
import type { Workbench } from "./workbench.ts";
import { write } from "./write.ts";

/** The folder that a session works in: a copy that it may change. */
export interface Workspace {
  readonly folder: string;
}

export interface Stage {
  readonly workbench: Workbench;
  readonly report: Report;
  readonly editor: CodeServer;
  readonly workspace: Workspace;
}

export interface Session {
  /** Whether the editor trusts the workspace from the start. */
  readonly trusted: boolean;
  /** Where the extension finds its server: the setting names it, the project's environment has it, or it is nowhere. */
  readonly server: "setting" | "project" | "nowhere";
  play(stage: Stage): Promise<void>;
}

export const SESSIONS: Readonly<Record<string, Session>> = { improve, write, restricted, bare };
