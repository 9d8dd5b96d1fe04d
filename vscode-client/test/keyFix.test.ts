import { describe, expect, it } from "vitest";
import { missingVariable } from "../src/keyFix";

const SAID = "The variable TEAM_KEY, which holds the key of 'real', is not set here; set it before a run.";

describe("the fix for a key that is missing", () => {
  it("knows which variable it is", () => {
    expect(missingVariable({ code: "P606", message: SAID })).toBe("TEAM_KEY");
    expect(missingVariable({ code: { value: "P606", target: undefined as never }, message: SAID })).toBe("TEAM_KEY");
  });

  it("is offered for nothing else", () => {
    expect(missingVariable({ code: "P501", message: SAID })).toBeUndefined();
    expect(missingVariable({ code: "P606", message: "The variable LD_PRELOAD, which holds the key of 'm', is not set here." })).toBeUndefined();
  });
});
