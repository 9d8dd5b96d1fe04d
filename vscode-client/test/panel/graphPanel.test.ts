import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { LogOutputChannel, Uri } from "vscode";
import { GraphPanel, pageFor, type ServerLink } from "../../src/panel/graphPanel";
import * as editor from "../vscode";

const PLACE = { url: "http://127.0.0.1:1/token/?graph=qa", uri: "file:///qa.prompt", graph: "qa" };

interface FakePanel {
  title: string;
  webview: { html: string };
  close: () => void;
  send: (message: unknown) => void;
}

function fakePanel(): FakePanel {
  let closed: () => void = () => undefined;
  let sent: (message: unknown) => void = () => undefined;
  const webview = {
    html: "",
    cspSource: "https://editor.example",
    asWebviewUri: (uri: { fsPath: string }) => `webview:${uri.fsPath}`,
    onDidReceiveMessage: (listener: typeof sent) => {
      sent = listener;
    },
    postMessage: vi.fn(),
  };
  const panel = {
    title: "",
    webview,
    reveal: vi.fn(),
    dispose: vi.fn(),
    onDidDispose: (listener: () => void) => {
      closed = listener;
    },
    close: () => {
      closed();
    },
    send: (message: unknown) => {
      sent(message);
    },
  };
  editor.window.createWebviewPanel.mockReturnValue(panel);
  return panel;
}

function link(): { readonly server: ServerLink; readonly said: unknown[][] } {
  const said: unknown[][] = [];
  const note = (...what: unknown[]): Promise<void> => {
    said.push(what);
    return Promise.resolve();
  };
  return { server: { notify: note, execute: note }, said };
}

describe("the graph panel", () => {
  let panel: GraphPanel;
  let shown: FakePanel;

  beforeEach(() => {
    vi.useRealTimers();
    editor.resetEditor();
    shown = fakePanel();
    editor.workspace.fs.readFile.mockResolvedValue(new TextEncoder().encode('<meta charset="utf-8"><script src="panel.js"></script>'));
    panel = new GraphPanel(editor.Uri.file("/extension") as unknown as Uri, editor.log as unknown as LogOutputChannel);
  });

  it("opens once, and shows another graph in the same place", async () => {
    await Promise.all([panel.show(PLACE), panel.show({ ...PLACE, graph: "search" })]);
    expect(editor.window.createWebviewPanel).toHaveBeenCalledTimes(1);
    expect(shown.title).toBe("Graph search");
  });

  it("asks a new server for its graph, since the old address is dead", async () => {
    const { server, said } = link();
    await panel.serverStarted(server);
    expect(said).toEqual([]);
    await panel.show(PLACE);
    await panel.serverStarted(server);
    expect(said).toEqual([["prompts.showGraph", { uri: "file:///qa.prompt", graph: "qa" }]]);
  });

  it("asks nothing any more once it is closed", async () => {
    const { server, said } = link();
    await panel.show(PLACE);
    shown.close();
    await panel.serverStarted(server);
    expect(said).toEqual([]);
  });

  it("asks for another graph of the file when the page does", async () => {
    const { server, said } = link();
    await panel.show(PLACE);
    await panel.serverStarted(server);
    shown.send({ ask: "show", body: { graph: "search" } });
    expect(said.at(-1)).toEqual(["prompts.showGraph", { uri: "file:///qa.prompt", graph: "search" }]);
  });

  it("tells the server where the cursor came to rest, while it is open", async () => {
    vi.useFakeTimers();
    const { server, said } = link();
    const moveTo = (line: number, languageId = "prompt-graph"): void => {
      const textEditor = { document: editor.document("", "/qa.prompt", languageId), selection: { active: { line, character: 2 } } };
      editor.movedCursor.fire({ textEditor });
      vi.advanceTimersByTime(50);
    };
    await panel.serverStarted(server);
    moveTo(1);
    await panel.show(PLACE);
    said.length = 0;
    moveTo(2);
    moveTo(3);
    vi.advanceTimersByTime(200);
    moveTo(4, "markdown");
    vi.advanceTimersByTime(200);
    expect(said).toEqual([["prompts/selection", { uri: "file:///qa.prompt", position: { line: 3, character: 2 } }]]);
  });
});

describe("the page in the editor", () => {
  const html = readFileSync(fileURLToPath(new URL("../../panel/index.html", import.meta.url)), "utf8");

  it("takes its files from the extension and allows nothing else", () => {
    const page = pageFor(html, "https://editor.example", (name) => `webview:${name}`);
    expect(page).toContain(`content="default-src 'none'; script-src https://editor.example; style-src https://editor.example"`);
    expect(page).toContain('href="webview:panel.css"');
    expect(page).toContain('src="webview:panel.js"');
  });
});
