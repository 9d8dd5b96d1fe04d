import { beforeEach, describe, expect, it, vi } from "vitest";
import type { SecretStorage } from "vscode";
import { KeyStore, parseKeys, problemWithVariable } from "../src/keys";
import * as editor from "./vscode";

function storage(stored?: string) {
  const secrets = new Map(stored === undefined ? [] : [["promptGraphs.keys", stored]]);
  return {
    get: (name: string) => Promise.resolve(secrets.get(name)),
    store: (name: string, value: string) => {
      secrets.set(name, value);
      return Promise.resolve();
    },
  } as unknown as SecretStorage;
}

/** Answers the pick, then the input boxes in their order. */
function answers(pick: string, ...inputs: (string | undefined)[]): void {
  editor.window.showQuickPick.mockResolvedValueOnce({ label: pick });
  for (const input of inputs) {
    editor.window.showInputBox.mockResolvedValueOnce(input);
  }
}

beforeEach(editor.resetEditor);

describe("stored keys", () => {
  it("reach the environment of a trusted workspace only", async () => {
    const keys = new KeyStore(storage('{"OPENAI_API_KEY": "secret"}'));
    expect(await keys.environment(true)).toEqual({ OPENAI_API_KEY: "secret" });
    expect(await keys.environment(false)).toEqual({});
  });

  it.each(["", "not json", "null", "[1]", '{"OPENAI_API_KEY": 5}'])("that cannot be read (%j) count as none", (stored) => {
    expect(parseKeys(stored)).toEqual({});
  });

  it("never replace a variable that steers the process", () => {
    expect(parseKeys('{"PATH": "/tmp", "LD_PRELOAD": "x.so", "PYTHONPATH": ".", "A_KEY": "k"}')).toEqual({ A_KEY: "k" });
    expect(problemWithVariable("PATH")).toBeDefined();
    expect(problemWithVariable("MY KEY")).toBeDefined();
    expect(problemWithVariable("HF_TOKEN")).toBeUndefined();
  });
});

describe("asking for a key", () => {
  it("stores it beside the others, without the blanks that pasting brings", async () => {
    const keys = new KeyStore(storage('{"OPENAI_API_KEY": "old"}'));
    answers("ANTHROPIC_API_KEY", " new \n");
    expect(await keys.ask()).toBe(true);
    expect(await keys.environment(true)).toEqual({ OPENAI_API_KEY: "old", ANTHROPIC_API_KEY: "new" });
  });

  it("asks for the key alone where the variable is known, and for no variable that is none of a key", async () => {
    const keys = new KeyStore(storage());
    editor.window.showInputBox.mockResolvedValueOnce("secret");
    expect(await keys.ask("TEAM_KEY")).toBe(true);
    expect(editor.window.showQuickPick).not.toHaveBeenCalled();
    expect(await keys.environment(true)).toEqual({ TEAM_KEY: "secret" });
    expect(await keys.ask("LD_PRELOAD")).toBe(false);
  });

  it("forgets a key that is left empty", async () => {
    const keys = new KeyStore(storage('{"OPENAI_API_KEY": "old"}'));
    answers("OPENAI_API_KEY", "");
    expect(await keys.ask()).toBe(true);
    expect(await keys.environment(true)).toEqual({});
  });

  it("takes a variable of the user's own", async () => {
    const keys = new KeyStore(storage());
    answers("Another variable…", "ACME_TOKEN", "t");
    expect(await keys.ask()).toBe(true);
    expect(await keys.environment(true)).toEqual({ ACME_TOKEN: "t" });
  });

  it("hides what is typed", async () => {
    answers("OPENAI_API_KEY", "k");
    await new KeyStore(storage()).ask();
    expect(vi.mocked(editor.window.showInputBox).mock.lastCall).toMatchObject([{ password: true }]);
  });

  it("changes nothing when it is given up", async () => {
    const keys = new KeyStore(storage('{"OPENAI_API_KEY": "old"}'));
    expect(await keys.ask()).toBe(false);
    answers("OPENAI_API_KEY", undefined);
    expect(await keys.ask()).toBe(false);
    answers("GROQ_API_KEY", "");
    expect(await keys.ask()).toBe(false);
    expect(await keys.environment(true)).toEqual({ OPENAI_API_KEY: "old" });
  });
});
