import { beforeEach, describe, expect, it, vi } from "vitest";
import { newProject, problemWithName } from "../src/newProject";
import * as editor from "./vscode";

const made = vi.hoisted(() => vi.fn<(command: string, args: readonly string[], options: { cwd: string }) => { error: Error | null; stderr: string }>());

vi.mock("node:child_process", () => ({
  execFile: (
    command: string,
    args: readonly string[],
    options: { cwd: string },
    done: (error: Error | null, stdout: string, stderr: string) => void,
  ) => {
    const { error, stderr } = made(command, args, options);
    done(error, "", stderr);
  },
}));

const COMMAND = { command: "/venv/bin/prompts", args: [], origin: "project" } as const;

beforeEach(() => {
  editor.resetEditor();
  made.mockReturnValue({ error: null, stderr: "" });
  editor.workspace.workspaceFolders = [{ uri: editor.Uri.file("/work") }];
  editor.window.showInputBox.mockResolvedValue("triage");
});

describe("a new project", () => {
  it("is made in the one folder of the workspace, from a neutral directory, and opened", async () => {
    editor.workspace.getWorkspaceFolder.mockReturnValue({});
    await newProject(COMMAND, "/storage");
    expect(made).toHaveBeenCalledWith("/venv/bin/prompts", ["new", "/work/triage"], expect.objectContaining({ cwd: "/storage" }));
    expect(editor.window.showTextDocument.mock.calls[0]?.[0]).toMatchObject({ fsPath: "/work/triage/triage.prompt" });
  });

  it("is made where the user says when there are several folders, and becomes the workspace", async () => {
    editor.workspace.workspaceFolders = undefined;
    editor.window.showOpenDialog.mockResolvedValue([editor.Uri.file("/home")]);
    await newProject(COMMAND, "/storage");
    expect(editor.commands.executeCommand).toHaveBeenCalledWith("vscode.openFolder", expect.objectContaining({ fsPath: "/home/triage" }));
  });

  it("is not made when the user gives up", async () => {
    editor.window.showInputBox.mockResolvedValue(undefined);
    await newProject(COMMAND, "/storage");
    expect(made).not.toHaveBeenCalled();
  });

  it("says why it could not be made", async () => {
    made.mockReturnValue({ error: new Error("exit 2"), stderr: "error: triage: There is such a folder already.\n" });
    await newProject(COMMAND, "/storage");
    expect(editor.window.showErrorMessage).toHaveBeenCalledWith("error: triage: There is such a folder already.");
  });

  it("has a name that is a folder and nothing else", () => {
    expect(problemWithName("my-graph_2")).toBeUndefined();
    for (const name of ["", "../up", "a b", "-x", "a/b", "2nd"]) {
      expect(problemWithName(name)).toBeDefined();
    }
  });
});
