/** Where a place that the server wants shown is shown: in the editor that has the file already, and never on top of the panel. */
import * as vscode from "vscode";
import type { ShowDocumentParams, ShowDocumentResult } from "vscode-languageclient";

/** Undefined for what is no file of the editor's own, such as a page for the browser. */
export async function showInItsEditor({ uri, external, takeFocus, selection }: ShowDocumentParams): Promise<ShowDocumentResult | undefined> {
  if (external === true) {
    return undefined;
  }
  const target = vscode.Uri.parse(uri);
  const range =
    selection && new vscode.Range(selection.start.line, selection.start.character, selection.end.line, selection.end.character);
  await vscode.window.showTextDocument(target, {
    viewColumn: columnOf(target),
    preserveFocus: takeFocus !== true,
    ...(range === undefined ? {} : { selection: range }),
  });
  return { success: true };
}

/** The column of the file's tab, else the first column. */
function columnOf(uri: vscode.Uri): vscode.ViewColumn {
  const group = vscode.window.tabGroups.all.find(({ tabs }) =>
    tabs.some(({ input }) => input instanceof vscode.TabInputText && input.uri.toString() === uri.toString()),
  );
  return group?.viewColumn ?? vscode.ViewColumn.One;
}
