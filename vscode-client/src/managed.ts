/**
 * Makes the managed environment: a Python environment in the extension's storage that holds the server at exactly the extension's version.
 *
 * Native packages (tree-sitter, numpy) rule out shipping the server inside the extension. The environment is only ever complete or absent: a
 * half-made one is removed and made again.
 */
import * as path from "node:path";

/** A program that ended: what it printed, and whether it succeeded. */
export interface Outcome {
  readonly ok: boolean;
  readonly output: string;
}

/** What the installer may do to the machine. */
export interface Machine {
  readonly windows: boolean;
  /** Runs a program to its end in a neutral directory. A program that is not there is an outcome that is not ok. */
  run(command: string, args: readonly string[]): Promise<Outcome>;
  remove(directory: string): Promise<void>;
}

/** Why the environment could not be made, in words for the user. */
export class InstallError extends Error {
  override readonly name = "InstallError";
}

const PYTHON_VERSION_CHECK = "import sys; sys.exit(sys.version_info < (3, 11))";

/** The directory of the environment for one version of the extension. */
export function managedEnvironment(storage: string, version: string): string {
  return path.join(storage, `server-${version}`);
}

/**
 * Installs `prompts-lang` at `version` into `directory`, with uv where it is on the path and with Python's own `venv` and `pip` otherwise.
 *
 * @throws InstallError when neither is there or the installation fails; the directory is gone then.
 */
export async function install(machine: Machine, directory: string, version: string): Promise<void> {
  await machine.remove(directory);
  try {
    const requirement = `prompts-lang==${version}`;
    if ((await machine.run("uv", ["--version"])).ok) {
      await must(machine, "uv", ["venv", "--no-project", "--python", ">=3.11", directory]);
      await must(machine, "uv", ["pip", "install", "--python", pythonIn(directory, machine.windows), requirement]);
    } else {
      const python = await findPython(machine);
      await must(machine, python, ["-m", "venv", directory]);
      await must(machine, pythonIn(directory, machine.windows), ["-m", "pip", "install", "--quiet", requirement]);
    }
  } catch (error) {
    await machine.remove(directory);
    throw error;
  }
}

async function findPython(machine: Machine): Promise<string> {
  for (const python of machine.windows ? ["py", "python"] : ["python3", "python"]) {
    if ((await machine.run(python, ["-c", PYTHON_VERSION_CHECK])).ok) {
      return python;
    }
  }
  throw new InstallError("The language server needs Python 3.11 or newer, and none was found. Install Python or uv, then try again.");
}

async function must(machine: Machine, command: string, args: readonly string[]): Promise<void> {
  const { ok, output } = await machine.run(command, args);
  if (!ok) {
    const lastLine = output.trim().split("\n").at(-1) ?? "";
    throw new InstallError(`Installing the language server failed at "${path.basename(command)} ${args[0]}": ${lastLine}`);
  }
}

function pythonIn(environment: string, windows: boolean): string {
  return windows ? path.join(environment, "Scripts", "python.exe") : path.join(environment, "bin", "python");
}
