import { describe, expect, it } from "vitest";
import { discover, parseVersion, type Surroundings } from "../src/discovery";

/** A machine on which `working` are the executables that answer as ours. */
function machine(working: readonly string[], more: Partial<Surroundings> = {}): Surroundings & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    windows: false,
    trusted: true,
    setting: [],
    folders: ["/work/app", "/work/library"],
    managedFirst: false,
    managedEnvironment: "/storage/server-0.1.0",
    interpreter: () => Promise.resolve(undefined),
    version: (executable) => {
      asked.push(executable);
      return Promise.resolve(working.includes(executable) ? "0.1.0" : undefined);
    },
    ...more,
    asked,
  };
}

describe("discovery", () => {
  it("takes the setting as it is, before anything else", async () => {
    const around = machine(["/work/app/.venv/bin/prompts"], { setting: ["uv", "run", "prompts"] });
    expect(await discover(around)).toEqual({ command: "uv", args: ["run", "prompts"], origin: "setting" });
    expect(around.asked).toEqual([]);
  });

  it("prefers the project's own environment, in any folder of the workspace", async () => {
    const around = machine(["/work/library/venv/bin/prompts", "/usr/bin/prompts"], { interpreter: () => Promise.resolve("/usr/bin/python3") });
    expect(await discover(around)).toEqual({ command: "/work/library/venv/bin/prompts", args: [], origin: "project" });
  });

  it("then looks beside the interpreter of the Python extension", async () => {
    const around = machine(["/envs/ml/bin/prompts", "/storage/server-0.1.0/bin/prompts"], {
      interpreter: () => Promise.resolve("/envs/ml/bin/python"),
    });
    expect(await discover(around)).toEqual({ command: "/envs/ml/bin/prompts", args: [], origin: "python-extension" });
  });

  it("then takes the managed environment", async () => {
    const around = machine(["/storage/server-0.1.0/bin/prompts"]);
    expect(await discover(around)).toEqual({ command: "/storage/server-0.1.0/bin/prompts", args: [], origin: "managed" });
  });

  it("prefers the managed environment where the user has said so", async () => {
    const around = machine(["/work/app/.venv/bin/prompts", "/storage/server-0.1.0/bin/prompts"], { managedFirst: true });
    expect((await discover(around))?.origin).toBe("managed");
  });

  it("falls back to the project's own when the preferred one is gone", async () => {
    const around = machine(["/work/app/.venv/bin/prompts"], { managedFirst: true });
    expect((await discover(around))?.origin).toBe("project");
  });

  it("finds nothing where nothing works", async () => {
    expect(await discover(machine([]))).toBeUndefined();
  });

  it("executes nothing that an untrusted workspace could have chosen", async () => {
    const around = machine(["/work/app/.venv/bin/prompts", "/work/app/bin/prompts"], {
      trusted: false,
      interpreter: () => Promise.reject(new Error("must not be asked")),
    });
    expect(await discover(around)).toBeUndefined();
    expect(around.asked).toEqual(["/storage/server-0.1.0/bin/prompts"]);
  });
});

describe("the version of an executable", () => {
  it.each([
    ["prompts, version 0.1.0\n", "0.1.0"],
    ["prompts 1.12.3rc1", "1.12.3rc1"],
    ["prompts-lang 0.2.0", "0.2.0"],
  ])("is read from %j", (output, version) => {
    expect(parseVersion(output)).toBe(version);
  });

  it.each(["", "Usage: prompts [OPTIONS]", "prompts", "promptsmith 2.0.0", "other-prompts 1.0.0"])("is not seen in %j", (output) => {
    expect(parseVersion(output)).toBeUndefined();
  });
});
