/** Opens what a node was sent and what it replied as a read-only document, and goes to the node's declaration. */
import * as path from "node:path";
import * as vscode from "vscode";
import { eventText, placeOf } from "./data";
import type { EventItem, Item } from "./tree";

const SCHEME = "prompts-event";

export class EventDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  /** The texts of the documents that were opened, by their address. */
  private readonly texts = new Map<string, string>();
  private readonly registration: vscode.Disposable;

  constructor() {
    this.registration = vscode.Disposable.from(
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.texts.delete(uri.toString())),
    );
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.toString()) ?? "This event is not there any more. Open it again from the Runs view.\n";
  }

  async open({ event, parent }: EventItem): Promise<void> {
    const { run } = parent.parent;
    const name = `${placeOf(event).replaceAll("/", " ")} on ${event.row}.md`;
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${run.run}/${name}` });
    this.texts.set(uri.toString(), eventText(event, run));
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
  }

  dispose(): void {
    this.registration.dispose();
  }
}

/** Shows the declaration that an item of the Runs view belongs to, as the file stands now. */
export async function goToSource(item: Item): Promise<void> {
  const run = item.level === "run" ? item : item.level === "row" ? item.parent : item.parent.parent;
  const file = vscode.Uri.file(path.join(run.folder, run.run.file));
  const names = item.level === "event" ? [item.event.node, item.event.graph] : [run.run.graph];
  const symbols = await vscode.commands.executeCommand<vscode.DocumentSymbol[] | undefined>("vscode.executeDocumentSymbolProvider", file);
  const selection = names.map((name) => find(symbols ?? [], name)).find((symbol) => symbol !== undefined)?.selectionRange;
  await vscode.window.showTextDocument(file, selection === undefined ? {} : { selection });
}

function find(symbols: readonly vscode.DocumentSymbol[], name: string): vscode.DocumentSymbol | undefined {
  return symbols.find((symbol) => symbol.name === name) ?? symbols.map(({ children }) => find(children, name)).find((found) => found !== undefined);
}
