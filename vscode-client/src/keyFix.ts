/** Offers to store the key that a model lacks, where the server says that its variable is not set. Only an editor can keep a secret. */
import * as vscode from "vscode";
import { LANGUAGE_ID } from "./detect";
import { problemWithVariable } from "./keys";

export const SET_KEY = "promptGraphs.setKey";

/** The check "The variable NAME, which holds the key of 'model', is not set here". */
const KEY_IS_MISSING = "P606";

/** The variable that a diagnostic misses, or undefined for any other diagnostic and for names that no key has. */
export function missingVariable({ code, message }: Pick<vscode.Diagnostic, "code" | "message">): string | undefined {
  const id = typeof code === "object" ? code.value : code;
  const name = id === KEY_IS_MISSING ? /\b[A-Z][A-Z0-9_]*_[A-Z0-9_]+\b/.exec(message)?.[0] : undefined;
  return name === undefined || problemWithVariable(name) !== undefined ? undefined : name;
}

export class KeyFix implements vscode.CodeActionProvider {
  static register(): vscode.Disposable {
    const metadata = { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] };
    return vscode.languages.registerCodeActionsProvider({ language: LANGUAGE_ID }, new KeyFix(), metadata);
  }

  provideCodeActions(_document: vscode.TextDocument, _range: vscode.Range, context: vscode.CodeActionContext): vscode.CodeAction[] {
    return context.diagnostics.flatMap((diagnostic) => {
      const variable = missingVariable(diagnostic);
      if (variable === undefined) {
        return [];
      }
      const action = new vscode.CodeAction(`Store the key for ${variable}…`, vscode.CodeActionKind.QuickFix);
      action.command = { command: SET_KEY, title: "Set a Provider Key", arguments: [variable] };
      action.diagnostics = [diagnostic];
      return [action];
    });
  }
}
