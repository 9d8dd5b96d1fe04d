/**
 * The prompt graph that a command means: the one in front, else the one that was in front last. A person who presses a button of the
 * walkthrough, or of the palette while the graph panel is in front, means that.
 */
import * as vscode from "vscode";
import { LANGUAGE_ID } from "./detect";

export class LastGraph implements vscode.Disposable {
  private last: vscode.TextDocument | undefined;
  private readonly subscription: vscode.Disposable;

  constructor() {
    this.remember(vscode.window.activeTextEditor);
    this.subscription = vscode.window.onDidChangeActiveTextEditor((editor) => {
      this.remember(editor);
    });
  }

  /** The editor with the graph, brought to the front where it is not; undefined when no prompt graph is open. */
  async editor(): Promise<vscode.TextEditor | undefined> {
    const active = vscode.window.activeTextEditor;
    if (active?.document.languageId === LANGUAGE_ID) {
      return active;
    }
    if (this.last === undefined || this.last.isClosed) {
      return undefined;
    }
    return vscode.window.showTextDocument(this.last, { preview: false });
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private remember(editor: vscode.TextEditor | undefined): void {
    if (editor?.document.languageId === LANGUAGE_ID) {
      this.last = editor.document;
    }
  }
}
