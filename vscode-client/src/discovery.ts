/**
 * Finds the language server: which `prompts` command to start.
 *
 * Four places in a fixed order, the first that has a working one wins. Nothing here touches the editor or the disk itself: it asks its
 * {@link Surroundings}, so every decision is tested without either.
 */
import * as path from "node:path";

export type Origin = "setting" | "project" | "python-extension" | "managed";

/** The places in words. */
export const PLACES: Readonly<Record<Origin, string>> = {
  setting: "the setting promptGraphs.server",
  project: "the project's environment",
  "python-extension": "the Python extension's interpreter",
  managed: "the extension's own environment",
};

/** A command that starts the server once `lsp --stdio` follows it, and where it was found. */
export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly origin: Origin;
}

/** What discovery may ask. Paths are absolute. */
export interface Surroundings {
  readonly windows: boolean;
  /** Whether the workspace's own files may be executed. */
  readonly trusted: boolean;
  /** The setting `promptGraphs.server`. */
  readonly setting: readonly string[];
  /** The folders of the workspace. */
  readonly folders: readonly string[];
  /** The user has chosen the managed environment for this workspace, because the server of the project is too old. */
  readonly managedFirst: boolean;
  /** The directory of the managed environment, whether or not it exists. */
  readonly managedEnvironment: string;
  /** The interpreter that the Python extension has selected, if it is installed and has one. */
  interpreter(): Promise<string | undefined>;
  /** The version that the executable reports, or undefined when it is missing, broken, or not ours. */
  version(executable: string): Promise<string | undefined>;
}

/** The first working server in the documented order, or undefined: then the managed environment has to be made first. */
export async function discover(around: Surroundings): Promise<ServerCommand | undefined> {
  return (
    fromSetting(around) ??
    (around.managedFirst ? await fromManagedEnvironment(around) : undefined) ??
    (await fromProject(around)) ??
    (await fromPythonExtension(around)) ??
    (await fromManagedEnvironment(around))
  );
}

/**
 * 1. The setting `promptGraphs.server`. The user said so: it is taken as it is, and when it does not work that is reported, not papered
 * over. It can only be set for the machine, so a workspace cannot name a program here.
 */
function fromSetting({ setting }: Surroundings): ServerCommand | undefined {
  const [command, ...args] = setting;
  return command ? { command, args, origin: "setting" } : undefined;
}

/**
 * 2. The project's own environment, `.venv` or `venv` in a folder of the workspace, so that editor, command line and CI of a project use the
 * one version it has pinned. These files come with the workspace: only a trusted one is asked.
 */
async function fromProject(around: Surroundings): Promise<ServerCommand | undefined> {
  if (!around.trusted) {
    return undefined;
  }
  const environments = around.folders.flatMap((folder) => [path.join(folder, ".venv"), path.join(folder, "venv")]);
  return firstWorking(around, environments.map((environment) => executableIn(environment, around.windows)), "project");
}

/**
 * 3. The environment of the interpreter that the Python extension has selected. A workspace can choose it too: trusted ones only.
 */
async function fromPythonExtension(around: Surroundings): Promise<ServerCommand | undefined> {
  if (!around.trusted) {
    return undefined;
  }
  const interpreter = await around.interpreter();
  if (interpreter === undefined) {
    return undefined;
  }
  const directory = path.dirname(interpreter);
  const candidates = around.windows
    ? [path.join(directory, "prompts.exe"), path.join(directory, "Scripts", "prompts.exe")]
    : [path.join(directory, "prompts")];
  return firstWorking(around, candidates, "python-extension");
}

/**
 * 4. The managed environment in the extension's own storage, at exactly the extension's version. Nothing in it belongs to a workspace, so it
 * serves untrusted ones. It comes before the project's own once the user has said so.
 */
async function fromManagedEnvironment(around: Surroundings): Promise<ServerCommand | undefined> {
  return firstWorking(around, [executableIn(around.managedEnvironment, around.windows)], "managed");
}

/** Where a Python environment keeps the `prompts` command. */
export function executableIn(environment: string, windows: boolean): string {
  return windows ? path.join(environment, "Scripts", "prompts.exe") : path.join(environment, "bin", "prompts");
}

/** The version in the answer to `prompts --version`, or undefined when another program of that name answered. */
export function parseVersion(output: string): string | undefined {
  return /^prompts(?:-lang)?,? (?:version )?(\d+(?:\.\d+)+\S*)\s*$/.exec(output.trim())?.[1];
}

async function firstWorking(
  around: Surroundings,
  executables: readonly string[],
  origin: Origin,
): Promise<ServerCommand | undefined> {
  for (const executable of executables) {
    if ((await around.version(executable)) !== undefined) {
      return { command: executable, args: [], origin };
    }
  }
  return undefined;
}
