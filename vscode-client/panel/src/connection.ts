/**
 * How the page hears from its server and asks it for things: over HTTP in a browser; through the editor's own messages inside an editor,
 * where the page may reach no network at all, not even the machine that it is shown on.
 */
import type { CommandName, Graph, State } from "./protocol";

export interface Listener {
  graph(graph: Graph): void;
  state(state: State): void;
  selection(node: string | null): void;
  /** The graph is not there any more; it may come back. */
  gone(message: string): void;
  /** Whether the server can be heard. */
  connected(connected: boolean): void;
}

export interface Connection {
  listen(listener: Listener): void;
  /** Shows a node, or one of its sections, in the editor. Rejects with words for people. */
  reveal(node: string, section?: string): Promise<void>;
  /** Does what the code lens of that name does. Rejects with words for people. */
  command(command: CommandName): Promise<void>;
  /** Shows another graph of the file. */
  show(graph: string): void;
}

/** The connection that fits the place where the page is shown. */
export function connect(): Connection {
  return "acquireVsCodeApi" in globalThis ? new EditorConnection() : new HttpConnection();
}

/** One event of the server's stream, by its name; unknown ones are for newer pages. */
function dispatch(listener: Listener, event: string, data: unknown): void {
  switch (event) {
    case "graph":
      listener.graph(data as Graph);
      break;
    case "state":
      listener.state(data as State);
      break;
    case "selection":
      listener.selection((data as { node: string | null }).node);
      break;
    case "gone":
      listener.gone((data as { message: string }).message);
      break;
  }
}

class HttpConnection implements Connection {
  listen(listener: Listener): void {
    const stream = new EventSource(`events${location.search}`);
    for (const event of ["graph", "state", "selection", "gone"]) {
      stream.addEventListener(event, (message: MessageEvent<string>) => {
        dispatch(listener, event, JSON.parse(message.data));
      });
    }
    stream.addEventListener("open", () => {
      listener.connected(true);
    });
    stream.addEventListener("error", () => {
      listener.connected(false);
    });
  }

  reveal(node: string, section?: string): Promise<void> {
    return this.post("reveal", { node, section: section ?? null });
  }

  command(command: CommandName): Promise<void> {
    return this.post("command", { command });
  }

  show(graph: string): void {
    const query = new URLSearchParams(location.search);
    query.set("graph", graph);
    location.search = query.toString();
  }

  private async post(address: string, body: unknown): Promise<void> {
    const answer = await fetch(`${address}${location.search}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!answer.ok) {
      const said = (await answer.json().catch(() => ({}))) as { message?: string };
      throw new Error(said.message ?? `The server answered with status ${answer.status}.`);
    }
  }
}

/** The editor's side of a webview. */
interface EditorApi {
  postMessage(message: unknown): void;
}

declare function acquireVsCodeApi(): EditorApi;

/** Messages are `{event, data}` towards the page, and `{id, ask, body}` with `{id, problem?}` as the answer. */
class EditorConnection implements Connection {
  private readonly api = acquireVsCodeApi();
  private readonly waiting = new Map<number, (problem: string | undefined) => void>();
  private asked = 0;

  listen(listener: Listener): void {
    addEventListener("message", ({ data }: MessageEvent<{ event?: string; data?: unknown; id?: number; problem?: string }>) => {
      if (data.id !== undefined) {
        this.waiting.get(data.id)?.(data.problem);
        this.waiting.delete(data.id);
      } else if (data.event === "connected") {
        listener.connected(data.data === true);
      } else if (data.event !== undefined) {
        dispatch(listener, data.event, data.data);
      }
    });
    this.api.postMessage({ ask: "listen" });
  }

  reveal(node: string, section?: string): Promise<void> {
    return this.ask("reveal", { node, section: section ?? null });
  }

  command(command: CommandName): Promise<void> {
    return this.ask("command", { command });
  }

  show(graph: string): void {
    this.api.postMessage({ ask: "show", body: { graph } });
  }

  private ask(ask: string, body: unknown): Promise<void> {
    const id = ++this.asked;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, (problem) => {
        if (problem === undefined) {
          resolve();
        } else {
          reject(new Error(problem));
        }
      });
      this.api.postMessage({ id, ask, body });
    });
  }
}
