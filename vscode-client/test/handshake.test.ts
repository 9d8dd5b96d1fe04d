import { describe, expect, it } from "vitest";
import { mismatch, serverVersions } from "../src/handshake";
import { PROTOCOL_VERSION } from "../src/protocol";

function answer(experimental: unknown) {
  return { serverInfo: { name: "prompts", version: "9.9.9" }, capabilities: { experimental } };
}

describe("the handshake", () => {
  it("is content with the same protocol", () => {
    expect(mismatch(answer({ protocol: PROTOCOL_VERSION, language: 7 }), "project")).toBeUndefined();
  });

  it("asks to update the extension for a newer server", () => {
    expect(mismatch(answer({ protocol: PROTOCOL_VERSION + 1 }), "project")).toMatchObject({
      message: expect.stringContaining("9.9.9 is newer") as string,
      remedy: "update-extension",
    });
  });

  it("offers the matching server for an older one", () => {
    expect(mismatch(answer({ protocol: PROTOCOL_VERSION - 1 }), "project")?.remedy).toBe("install-matching-server");
  });

  it("points at the setting where the user chose the older server", () => {
    expect(mismatch(answer({ protocol: PROTOCOL_VERSION - 1 }), "setting")?.remedy).toBe("open-setting");
  });

  it.each([undefined, null, "1", [], {}, { protocol: "1" }])("takes %j for a server that does not say", (experimental) => {
    expect(serverVersions(answer(experimental))).toEqual({});
    expect(mismatch(answer(experimental), "managed")).toBeUndefined();
  });
});
