/**
 * Serves the built page as `prompts_server.panel.protocol` promises, with states that a test sets: some, such as a node that fails while
 * another runs, are hard to catch in a real run.
 */
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";

const TYPES: Readonly<Record<string, string>> = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript" };

/** What the real server sends with every file. */
export const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export interface Asked {
  readonly address: string;
  readonly body: unknown;
}

export class PageServer {
  /** What the page has posted. */
  readonly asked: Asked[] = [];
  /** Requests for anything that the protocol does not have. */
  readonly strange: string[] = [];
  private readonly listeners = new Set<ServerResponse>();
  private readonly latest = new Map<string, unknown>();

  private readonly server: Server;
  private readonly files: string;

  private constructor(server: Server, files: string) {
    this.server = server;
    this.files = files;
    server.on("request", (request, response) => {
      this.answer(request, response);
    });
  }

  static async start(files: string): Promise<PageServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new PageServer(server, files);
  }

  get address(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/token/?uri=file%3A%2F%2F%2Fqa.prompt&graph=qa`;
  }

  /** Sends an event to every open page, and to those that open later. */
  send(event: "graph" | "state" | "selection" | "gone", data: unknown): void {
    this.latest.set(event, data);
    for (const listener of this.listeners) {
      write(listener, event, data);
    }
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname } = new URL(request.url ?? "/", "http://127.0.0.1");
    const name = pathname === "/token/" ? "index.html" : pathname.replace("/token/", "");
    response.setHeader("Content-Security-Policy", POLICY);
    if (name === "events") {
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      this.listeners.add(response);
      request.on("close", () => this.listeners.delete(response));
      for (const event of ["graph", "state", "selection"]) {
        if (this.latest.has(event)) {
          write(response, event, this.latest.get(event));
        }
      }
    } else if (request.method === "POST" && ["reveal", "command"].includes(name)) {
      this.take(name, request, response);
    } else if (["index.html", "panel.css", "panel.js"].includes(name)) {
      response.writeHead(200, { "Content-Type": TYPES[path.extname(name)] });
      response.end(readFileSync(path.join(this.files, name)));
    } else {
      this.strange.push(pathname);
      response.writeHead(404).end();
    }
  }

  private take(address: string, request: IncomingMessage, response: ServerResponse): void {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      this.asked.push({ address, body: JSON.parse(body) });
      response.writeHead(200, { "Content-Type": "application/json" }).end("{}");
    });
  }
}

function write(response: ServerResponse, event: string, data: unknown): void {
  response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}
