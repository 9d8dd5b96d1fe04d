import { beforeEach, describe, expect, it, vi } from "vitest";
import { CrashHandler } from "../src/crashes";

vi.mock("vscode-languageclient/node", () => ({ CloseAction: { DoNotRestart: 1, Restart: 2 }, ErrorAction: { Continue: 1, Shutdown: 2 } }));

const NOT_AGAIN = { action: 1, handled: true };
const AGAIN = { action: 2, handled: true };

describe("a server that ends by itself", () => {
  const givenUp = vi.fn<(why: string) => void>();
  let now = 0;
  let crashes: CrashHandler;

  beforeEach(() => {
    givenUp.mockReset();
    now = 1_000_000;
    crashes = new CrashHandler(givenUp, () => now);
  });

  function crash(): unknown {
    crashes.started();
    return crashes.closed();
  }

  it("is started again without a word", () => {
    expect(crash()).toEqual(AGAIN);
    expect(givenUp).not.toHaveBeenCalled();
  });

  it("is not started again when it could not start at all, which whoever waits for it is told", () => {
    expect(crashes.closed()).toEqual(NOT_AGAIN);
    expect(givenUp).not.toHaveBeenCalled();
  });

  it("is given up with a word when it cannot start again", () => {
    crash();
    expect(crashes.closed()).toEqual(NOT_AGAIN);
    expect(givenUp).toHaveBeenCalledOnce();
  });

  it("is given up when it keeps crashing, and not when it crashes now and then", () => {
    for (let time = 0; time < 20; time++) {
      now += 60_000;
      expect(crash()).toEqual(AGAIN);
    }
    now += 600_000;
    for (let time = 0; time < 4; time++) {
      now += 1_000;
      expect(crash()).toEqual(AGAIN);
    }
    expect(crash()).toEqual(NOT_AGAIN);
    expect(givenUp).toHaveBeenCalledWith(expect.stringContaining("keeps crashing"));
  });

  it("is ended after a few messages that cannot be read", () => {
    expect(crashes.error(new Error("bad"), undefined, 1).action).toBe(1);
    expect(crashes.error(new Error("bad"), undefined, 4)).toEqual({ action: 2, handled: true });
  });
});
