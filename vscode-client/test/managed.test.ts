import { describe, expect, it } from "vitest";
import { InstallError, install, managedEnvironment, type Machine, type Outcome } from "../src/managed";

const DIRECTORY = "/storage/server-0.1.0";

/** A machine that writes down what it is asked to do; `failing` decides which programs fail. */
function machine(failing: (line: string) => Outcome | undefined = () => undefined): Machine & { readonly done: string[] } {
  const done: string[] = [];
  return {
    windows: false,
    run: (command, args) => {
      const line = [command, ...args].join(" ");
      done.push(line);
      return Promise.resolve(failing(line) ?? { ok: true, output: "" });
    },
    remove: (directory) => {
      done.push(`remove ${directory}`);
      return Promise.resolve();
    },
    done,
  };
}

const missing: Outcome = { ok: false, output: "not found" };

describe("the managed environment", () => {
  it("has one directory for each version", () => {
    expect(managedEnvironment("/storage", "0.1.0")).toBe(DIRECTORY);
  });

  it("is made with uv, at exactly the extension's version", async () => {
    const uv = machine();
    await install(uv, DIRECTORY, "0.1.0");
    expect(uv.done).toEqual([
      `remove ${DIRECTORY}`,
      "uv --version",
      `uv venv --no-project --python >=3.11 ${DIRECTORY}`,
      `uv pip install --python ${DIRECTORY}/bin/python prompts-lang==0.1.0`,
    ]);
  });

  it("is made with Python's own tools where uv is missing", async () => {
    const python = machine((line) => (line.startsWith("uv ") || line.startsWith("python3 ") ? missing : undefined));
    await install(python, DIRECTORY, "0.1.0");
    expect(python.done.slice(-2)).toEqual([`python -m venv ${DIRECTORY}`, `${DIRECTORY}/bin/python -m pip install --quiet prompts-lang==0.1.0`]);
  });

  it("says what to install where there is no Python either", async () => {
    await expect(install(machine(() => missing), DIRECTORY, "0.1.0")).rejects.toThrow(/Python 3\.11 or newer/);
  });

  it("leaves nothing half made when the installation fails, and passes the reason on", async () => {
    const offline = machine((line) => (line.includes("pip install") ? { ok: false, output: "resolving…\nno route to the index\n" } : undefined));
    await expect(install(offline, DIRECTORY, "0.1.0")).rejects.toThrow(new InstallError('Installing the language server failed at "uv pip": no route to the index'));
    expect(offline.done.at(-1)).toBe(`remove ${DIRECTORY}`);
  });
});
