import { beforeEach, describe, expect, it } from "vitest";
import type { TextEditor } from "vscode";
import { applyProvenRewrites } from "../src/provenRewrites";
import * as editor from "./vscode";

beforeEach(editor.resetEditor);

const document = editor.document("graph qa(question: text) -> answer = reply.answer");
const at = { document, selection: "where the cursor is" } as unknown as TextEditor;

describe("applying all proven rewrites", () => {
  it("asks the server's source action, and shows every change of every file before it is made", async () => {
    const edit = new editor.WorkspaceEdit();
    const other = editor.Uri.file("/work/search.prompt");
    edit.replace(document.uri, "line 3", "Answer briefly.");
    edit.replace(document.uri, "line 9", "Name the source.");
    edit.replace(other, "line 1", "Search by title.");
    const title = "Apply all 3 proven rewrites in 2 files: 23 % → 100 %";
    editor.commands.executeCommand.mockResolvedValue([{ title, edit }]);

    await applyProvenRewrites(at);

    expect(editor.commands.executeCommand).toHaveBeenCalledWith(
      "vscode.executeCodeActionProvider",
      document.uri,
      at.selection,
      "source.applyRewrites.prompts",
      1,
    );
    const [applied, options] = editor.workspace.applyEdit.mock.calls[0] as [editor.WorkspaceEdit, unknown];
    const metadata = { label: title, needsConfirmation: true };
    expect(applied.edits).toEqual(edit.edits.map(({ uri, range, newText }) => ({ uri, range, newText, metadata })));
    expect(options).toEqual({ isRefactoring: true });
  });

  it.each([
    ["no action", []],
    ["an action without an edit", [{ title: "Apply all proven rewrites" }]],
  ])("says where rewrites come from when there is %s", async (_name, actions) => {
    editor.commands.executeCommand.mockResolvedValue(actions);
    await applyProvenRewrites(at);
    expect(editor.workspace.applyEdit).not.toHaveBeenCalled();
    expect(editor.window.showInformationMessage).toHaveBeenCalledWith(expect.stringContaining("Nothing is proven here yet"));
  });
});
