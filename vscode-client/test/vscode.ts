/**
 * What the tests put in the place of the editor's API: as much of it as the extension uses, recording what is asked of it.
 *
 * Tests set answers with `vi.mocked(...)` and reset everything with {@link resetEditor}.
 */
import { vi } from "vitest";

type Listener<T> = (event: T) => void;

/** An event that tests can fire. */
export class EventEmitter<T> {
  private readonly listeners = new Set<Listener<T>>();

  readonly event = (listener: Listener<T>): { dispose(): void } => {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  };

  fire(event: T): void {
    for (const listener of this.listeners) {
      listener(event);
    }
  }
}

export class ThemeColor {
  constructor(readonly id: string) {}
}

export class ThemeIcon {
  constructor(
    readonly id: string,
    readonly color?: ThemeColor,
  ) {}
}

export const TreeItemCollapsibleState = { None: 0, Collapsed: 1 };

export class TreeItem {
  constructor(
    readonly label: string,
    readonly collapsibleState: number,
  ) {}
}

export class Disposable {
  static from(...parts: readonly { dispose(): void }[]): Disposable {
    return new Disposable(() => {
      for (const part of parts) {
        part.dispose();
      }
    });
  }

  constructor(private readonly end: () => void) {}

  dispose(): void {
    this.end();
  }
}

export const Uri = {
  file: (path: string) => ({ fsPath: path, scheme: "file", toString: () => `file://${path}` }),
  joinPath: ({ fsPath }: { fsPath: string }, ...parts: readonly string[]) => Uri.file([fsPath, ...parts].join("/")),
};

/** Edits by file, in the order in which they came. */
export class WorkspaceEdit {
  readonly edits: { readonly uri: { toString(): string }; readonly range: unknown; readonly newText: string; readonly metadata?: unknown }[] = [];

  replace(uri: { toString(): string }, range: unknown, newText: string, metadata?: unknown): void {
    this.edits.push({ uri, range, newText, metadata });
  }

  entries(): (readonly [{ toString(): string }, readonly { readonly range: unknown; readonly newText: string }[]])[] {
    const files = new Map(this.edits.map(({ uri }) => [uri.toString(), uri]));
    return [...files].map(([name, uri]) => [uri, this.edits.filter((edit) => edit.uri.toString() === name)]);
  }
}

export const ViewColumn = { Beside: -2, One: 1 };

export const StatusBarAlignment = { Left: 1, Right: 2 };

export const ProgressLocation = { Notification: 15 };

export const changedActiveEditor = new EventEmitter<unknown>();
export const movedCursor = new EventEmitter<{ readonly textEditor: unknown }>();
export const openedDocuments = new EventEmitter<TextDocument>();
export const grantedTrust = new EventEmitter<void>();

/** The part of a document that the extension looks at. */
export interface TextDocument {
  languageId: string;
  isDirty: boolean;
  readonly uri: { readonly fsPath: string; toString(): string };
  getText(): string;
}

export function document(text: string, path = "/work/graph.prompt", languageId = "prompt-graph"): TextDocument {
  return { languageId, isDirty: false, uri: Uri.file(path), getText: () => text };
}

export const workspace = {
  isTrusted: true,
  textDocuments: [] as TextDocument[],
  workspaceFolders: undefined as readonly { readonly uri: ReturnType<typeof Uri.file> }[] | undefined,
  onDidOpenTextDocument: openedDocuments.event,
  onDidGrantWorkspaceTrust: grantedTrust.event,
  applyEdit: vi.fn(),
  findFiles: vi.fn(),
  openTextDocument: vi.fn(),
  getWorkspaceFolder: vi.fn(),
  getConfiguration: vi.fn(() => ({ get: (_name: string, fallback: unknown) => fallback })),
  fs: { createDirectory: vi.fn(), readFile: vi.fn() },
};

export const languages = {
  getLanguages: vi.fn(),
  setTextDocumentLanguage: vi.fn(),
};

export const statusBarItem = {
  name: "",
  command: "",
  text: "",
  tooltip: "",
  backgroundColor: undefined as ThemeColor | undefined,
  show: vi.fn(),
  dispose: vi.fn(),
};

export const window = {
  activeTextEditor: undefined as unknown,
  createStatusBarItem: vi.fn(() => statusBarItem),
  createWebviewPanel: vi.fn(),
  onDidChangeActiveTextEditor: changedActiveEditor.event,
  onDidChangeTextEditorSelection: movedCursor.event,
  showErrorMessage: vi.fn(),
  showInformationMessage: vi.fn(),
  showInputBox: vi.fn(),
  showOpenDialog: vi.fn(),
  showTextDocument: vi.fn(),
  showQuickPick: vi.fn(),
  showWarningMessage: vi.fn(),
  withProgress: vi.fn((_options: unknown, task: () => unknown) => task()),
};

export const commands = { executeCommand: vi.fn(), registerCommand: vi.fn() };

export const extensions = { getExtension: vi.fn() };

export const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn(), show: vi.fn() };

/** Puts the stand-in back to its first state. */
export function resetEditor(): void {
  vi.resetAllMocks();
  window.activeTextEditor = undefined;
  workspace.isTrusted = true;
  workspace.textDocuments = [];
  workspace.workspaceFolders = undefined;
  workspace.getConfiguration.mockImplementation(() => ({ get: (_name, fallback) => fallback }));
  window.createStatusBarItem.mockImplementation(() => statusBarItem);
  window.withProgress.mockImplementation((_options, task) => task());
  languages.getLanguages.mockResolvedValue(["plaintext", "markdown", "xml"]);
  for (const ask of [window.showErrorMessage, window.showInformationMessage, window.showWarningMessage]) {
    ask.mockResolvedValue(undefined);
  }
}
