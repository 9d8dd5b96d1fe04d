/**
 * Recognises `.prompt` files of other tools and hands them back.
 *
 * The file ending is shared with dotprompt, Prompty, POML and plain notes. A file that is not a prompt graph is never diagnosed: it does not
 * reach the server, and its language becomes that of its own extension where one is installed, else plain text.
 */
import * as vscode from "vscode";

export const LANGUAGE_ID = "prompt-graph";

const DECLARATION = /^(?:language|use|model|corpus|dataset|graph|llm|code|retrieve|call|metric|optimize)(?:[ \t]|$)/m;

/** Whose a `.prompt` file is, as far as its text tells. Empty files and files of comments alone are ours: someone is about to write one. */
export type Owner = "ours" | "front-matter" | "markup" | "other";

export function ownerOf(text: string): Owner {
  const content = text.replace(/^\uFEFF/, "");
  const start = content.trimStart();
  if (/^---[ \t]*(?:\r?\n|$)/.test(start)) {
    return "front-matter";
  }
  if (start.startsWith("<")) {
    return "markup";
  }
  const meaningful = content.split(/\r?\n/).some((line) => line.trim() !== "" && !/^ {0,3}#/.test(line));
  return !meaningful || DECLARATION.test(content) ? "ours" : "other";
}

/** The language to hand a foreign file to, out of those that the editor knows. */
export function languageFor(owner: Exclude<Owner, "ours">, known: readonly string[]): string {
  const wanted: Record<typeof owner, readonly string[]> = {
    "front-matter": ["dotprompt", "prompty", "markdown"],
    markup: ["poml", "xml"],
    other: [],
  };
  return wanted[owner].find((language) => known.includes(language)) ?? "plaintext";
}

/**
 * Watches documents as they open. Each is handed back at most once: when a person then chooses our language by hand, that is their word.
 */
export class ForeignFiles implements vscode.Disposable {
  private readonly handedBack = new Set<string>();
  private readonly subscription: vscode.Disposable;

  constructor(private readonly log: vscode.LogOutputChannel) {
    this.subscription = vscode.workspace.onDidOpenTextDocument((document) => void this.inspect(document));
    for (const document of vscode.workspace.textDocuments) {
      void this.inspect(document);
    }
  }

  /** Whether the server must not see the document. */
  isForeign(document: vscode.TextDocument): boolean {
    return this.foreignOwner(document) !== undefined;
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private async inspect(document: vscode.TextDocument): Promise<void> {
    const owner = this.foreignOwner(document);
    if (owner === undefined) {
      return;
    }
    const language = languageFor(owner, await vscode.languages.getLanguages());
    this.log.info(`${document.uri.fsPath} is not a prompt graph; it is shown as ${language}.`);
    await vscode.languages.setTextDocumentLanguage(document, language);
    this.handedBack.add(document.uri.toString());
  }

  /** Unsaved text is not judged: someone is just writing it, and its first word is no declaration yet. */
  private foreignOwner(document: vscode.TextDocument): Exclude<Owner, "ours"> | undefined {
    if (document.languageId !== LANGUAGE_ID || document.isDirty || this.handedBack.has(document.uri.toString())) {
      return undefined;
    }
    const owner = ownerOf(document.getText());
    return owner === "ours" ? undefined : owner;
  }
}
