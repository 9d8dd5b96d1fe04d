import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PanelRelay, type ToPage } from "../../src/panel/relay";

let server: Server;
let relay: PanelRelay;
let received: ToPage[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeEach(async () => {
  server = createServer((request, response) => {
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  received = [];
  const { port } = server.address() as AddressInfo;
  relay = new PanelRelay(new URL(`http://127.0.0.1:${port}/secret/?uri=file%3A%2F%2F%2Fqa.prompt&graph=qa`), (message) => received.push(message));
});

afterEach(() => {
  relay.stop();
  server.closeAllConnections();
  server.close();
});

describe("events of the server", () => {
  it("reach the page whole, whatever the pieces they come in", async () => {
    answer = ({ url }, response) => {
      expect(url).toBe("/secret/events?uri=file%3A%2F%2F%2Fqa.prompt&graph=qa");
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      response.write('event: graph\ndata: {"graph":');
      setTimeout(() => response.write(' "qä"}\n\nevent: selection\ndata: {"node": null}\n\n'), 20);
    };
    void relay.listen();
    await vi.waitFor(() => {
      expect(received).toEqual([
        { event: "connected", data: true },
        { event: "graph", data: { graph: "qä" } },
        { event: "selection", data: { node: null } },
      ]);
    });
  });

  it("are asked for again when the server goes away, which the page is told", async () => {
    let asked = 0;
    answer = (_request, response) => {
      asked += 1;
      response.writeHead(200, { "Content-Type": "text/event-stream" }).end(`event: state\ndata: ${asked}\n\n`);
    };
    void relay.listen();
    await vi.waitFor(() => {
      expect(received.slice(0, 3)).toEqual([{ event: "connected", data: true }, { event: "state", data: 1 }, { event: "connected", data: false }]);
      expect(received).toContainEqual({ event: "state", data: 2 });
    }, 5_000);
  });

  it("end with the relay", async () => {
    answer = (_request, response) => {
      response.writeHead(200, { "Content-Type": "text/event-stream" }).flushHeaders();
    };
    const listening = relay.listen();
    await vi.waitFor(() => {
      expect(received).toHaveLength(1);
    });
    relay.stop();
    await expect(listening).resolves.toBeUndefined();
  });
});

describe("requests of the page", () => {
  it("are posted as they are, and answered by their number", async () => {
    let body = "";
    answer = (request, response) => {
      expect(request.url).toMatch(/^\/secret\/reveal\?uri=/);
      request.on("data", (chunk: Buffer) => {
        body += chunk.toString();
      });
      request.on("end", () => response.end("{}"));
    };
    await relay.ask(7, "reveal", { node: "plan", section: null });
    expect(JSON.parse(body)).toEqual({ node: "plan", section: null });
    expect(received).toEqual([{ id: 7 }]);
  });

  it("come back with the server's words when they cannot be done", async () => {
    answer = (_request, response) => {
      response.writeHead(409, { "Content-Type": "application/json" }).end('{"message": "The workspace is not trusted."}');
    };
    await relay.ask(1, "command", { command: "run" });
    expect(received).toEqual([{ id: 1, problem: "The workspace is not trusted." }]);
  });

  it("come back when there is no server", async () => {
    server.close();
    await relay.ask(1, "command", { command: "run" });
    expect(received).toEqual([{ id: 1, problem: "The language server cannot be reached." }]);
  });
});
