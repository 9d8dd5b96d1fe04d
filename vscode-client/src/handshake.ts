/**
 * Decides, from the server's answer to `initialize`, whether this extension and that server understand each other.
 *
 * A mismatch is one message with one button. An unknown answer counts as agreement: the standard part of the protocol works in any case.
 */
import type { Origin } from "./discovery";
import { PROTOCOL_VERSION, type ServerVersions } from "./protocol";

/** The one way out that a mismatch offers. */
export type Remedy = "install-matching-server" | "update-extension" | "open-setting";

export interface Mismatch {
  readonly message: string;
  readonly button: string;
  readonly remedy: Remedy;
}

/** What of the server's answer is looked at. */
export interface ServerAnswer {
  readonly serverInfo?: { readonly name: string; readonly version?: string };
  readonly capabilities: { readonly experimental?: unknown };
}

/** Undefined when all is well. */
export function mismatch(answer: ServerAnswer, origin: Origin): Mismatch | undefined {
  const theirs = serverVersions(answer).protocol;
  if (theirs === undefined || theirs === PROTOCOL_VERSION) {
    return undefined;
  }
  const server = `The language server${answer.serverInfo?.version ? ` ${answer.serverInfo.version}` : ""}`;
  if (theirs > PROTOCOL_VERSION) {
    return {
      message: `${server} is newer than this extension. Update the extension to use all of it.`,
      button: "Update Extension",
      remedy: "update-extension",
    };
  }
  if (origin === "setting") {
    return {
      message: `${server} named by promptGraphs.server is older than this extension. Some features will be missing.`,
      button: "Open Setting",
      remedy: "open-setting",
    };
  }
  return {
    message: `${server} is older than this extension. Some features will be missing.`,
    button: "Install Matching Server",
    remedy: "install-matching-server",
  };
}

/** The versions in the answer; anything of an unexpected shape counts as not said. */
export function serverVersions(answer: ServerAnswer): ServerVersions {
  const said = answer.capabilities.experimental;
  if (typeof said !== "object" || said === null) {
    return {};
  }
  const { protocol, language } = said as Record<string, unknown>;
  return {
    ...(typeof protocol === "number" ? { protocol } : {}),
    ...(typeof language === "number" ? { language } : {}),
  };
}
