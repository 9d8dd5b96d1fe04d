import { beforeEach, describe, expect, it, vi } from "vitest";
import { SERVER_COMMANDS } from "../src/protocol";
import { allowed, onTrustGranted } from "../src/trust";
import * as editor from "./vscode";

beforeEach(editor.resetEditor);

describe("trust", () => {
  it("lets everything pass in a trusted workspace", async () => {
    expect(await allowed(SERVER_COMMANDS.optimize)).toBe(true);
    expect(editor.window.showWarningMessage).not.toHaveBeenCalled();
  });

  it("holds back what costs, says why, and offers the dialog", async () => {
    editor.workspace.isTrusted = false;
    editor.window.showWarningMessage.mockResolvedValue("Manage Trust");
    expect(await allowed(SERVER_COMMANDS.run)).toBe(false);
    expect(editor.commands.executeCommand).toHaveBeenCalledWith("workbench.trust.manage");
  });

  it("does not open the dialog by itself", async () => {
    editor.workspace.isTrusted = false;
    expect(await allowed(SERVER_COMMANDS.evaluate)).toBe(false);
    expect(editor.commands.executeCommand).not.toHaveBeenCalled();
  });

  it("never keeps anybody from stopping a job", async () => {
    editor.workspace.isTrusted = false;
    expect(await allowed(SERVER_COMMANDS.stop)).toBe(true);
  });

  it("is passed on when it is granted", () => {
    const granted = vi.fn(() => Promise.resolve());
    const subscription = onTrustGranted(granted);
    editor.grantedTrust.fire();
    subscription.dispose();
    editor.grantedTrust.fire();
    expect(granted).toHaveBeenCalledOnce();
  });
});
