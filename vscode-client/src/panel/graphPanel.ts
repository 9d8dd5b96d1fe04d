/**
 * The graph panel beside the editor: one for the window, showing one graph at a time. Its page is that of the language server, which any
 * browser can show too; here its files come from the extension and its data through the {@link PanelRelay}.
 */
import * as vscode from "vscode";
import { LANGUAGE_ID } from "../detect";
import { SELECTION, SERVER_COMMANDS, type PanelPlace, type SelectionChanged } from "../protocol";
import { PanelRelay } from "./relay";

/** What the panel needs of a running server. */
export interface ServerLink {
  notify(method: string, params: object): Promise<void>;
  execute(command: string, argument: object): Promise<unknown>;
}

/** What the page sends. */
type FromPage =
  | { readonly ask: "listen" }
  | { readonly ask: "show"; readonly body: { readonly graph: string } }
  | { readonly ask: "reveal" | "command"; readonly id: number; readonly body: unknown };

/** Moving by holding an arrow key down need not tell the server every line. */
const SELECTION_MS = 100;

export class GraphPanel implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private relay: PanelRelay | undefined;
  private place: PanelPlace | undefined;
  private server: ServerLink | undefined;
  private telling: NodeJS.Timeout | undefined;
  private readonly subscription: vscode.Disposable;
  private readonly files: vscode.Uri;

  /** @param extension The folder of the extension. */
  constructor(
    private readonly extension: vscode.Uri,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.files = vscode.Uri.joinPath(extension, "out", "panel");
    this.subscription = vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => {
      this.cursorMoved(textEditor);
    });
  }

  /** Shows a graph that a server serves, in the panel that is there or in a new one. */
  async show(place: PanelPlace): Promise<void> {
    this.place = place;
    if (this.panel === undefined) {
      this.panel = this.create(place);
      await this.load(this.panel.webview);
    } else {
      this.panel.reveal(undefined, true);
      this.panel.title = titleOf(place);
      this.listen();
    }
  }

  /** A server runs: a panel that is open asks it for its graph, since the address that it had died with the server before. */
  async serverStarted(server: ServerLink): Promise<void> {
    this.server = server;
    if (this.panel !== undefined && this.place !== undefined) {
      await this.askFor(this.place.uri, this.place.graph);
    }
  }

  serverStopped(): void {
    this.server = undefined;
  }

  dispose(): void {
    this.subscription.dispose();
    this.panel?.dispose();
  }

  private create(place: PanelPlace): vscode.WebviewPanel {
    const panel = vscode.window.createWebviewPanel(
      "promptGraphs.graph",
      titleOf(place),
      { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
      { enableScripts: true, localResourceRoots: [this.files] },
    );
    panel.iconPath = {
      light: vscode.Uri.joinPath(this.extension, "images", "file-light.svg"),
      dark: vscode.Uri.joinPath(this.extension, "images", "file-dark.svg"),
    };
    panel.onDidDispose(() => {
      clearTimeout(this.telling);
      this.relay?.stop();
      this.relay = undefined;
      this.panel = undefined;
      this.place = undefined;
    });
    panel.webview.onDidReceiveMessage((message: FromPage) => {
      void this.answer(message);
    });
    return panel;
  }

  /** Once loaded, the page asks to listen. */
  private async load(webview: vscode.Webview): Promise<void> {
    const html = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(this.files, "index.html"));
    webview.html = pageFor(new TextDecoder().decode(html), webview.cspSource, (name) =>
      webview.asWebviewUri(vscode.Uri.joinPath(this.files, name)).toString(),
    );
  }

  private async answer(message: FromPage): Promise<void> {
    switch (message.ask) {
      case "listen":
        this.listen();
        return;
      case "show":
        if (this.place !== undefined) {
          await this.askFor(this.place.uri, message.body.graph);
        }
        return;
      case "reveal":
      case "command":
        await this.relay?.ask(message.id, message.ask, message.body);
    }
  }

  private listen(): void {
    const { panel, place } = this;
    this.relay?.stop();
    if (panel === undefined || place === undefined) {
      return;
    }
    this.relay = new PanelRelay(new URL(place.url), (message) => void panel.webview.postMessage(message));
    this.relay.listen().catch((error: unknown) => {
      this.log.error(error instanceof Error ? error : String(error));
    });
  }

  /** The server answers with the notification that leads to {@link show}. */
  private async askFor(uri: string, graph: string): Promise<void> {
    try {
      await this.server?.execute(SERVER_COMMANDS.showGraph, { uri, graph });
    } catch (error) {
      this.log.warn(`The graph ${graph} cannot be shown: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private cursorMoved({ document, selection }: vscode.TextEditor): void {
    if (this.panel === undefined || document.languageId !== LANGUAGE_ID) {
      return;
    }
    clearTimeout(this.telling);
    const { line, character } = selection.active;
    const params: SelectionChanged = { uri: document.uri.toString(), position: { line, character } };
    this.telling = setTimeout(() => void this.server?.notify(SELECTION, params), SELECTION_MS);
  }
}

function titleOf({ graph }: PanelPlace): string {
  return `Graph ${graph}`;
}

/**
 * The page for a webview: its files from the extension, and a policy that allows nothing else.
 *
 * @param source What the editor calls its own files in a policy.
 * @param uriOf The address of one of the page's files.
 */
export function pageFor(html: string, source: string, uriOf: (name: string) => string): string {
  const policy = `default-src 'none'; script-src ${source}; style-src ${source}`;
  return html
    .replace('<meta charset="utf-8">', `<meta charset="utf-8">\n    <meta http-equiv="Content-Security-Policy" content="${policy}">`)
    .replace('href="panel.css"', `href="${uriOf("panel.css")}"`)
    .replace('src="panel.js"', `src="${uriOf("panel.js")}"`);
}
