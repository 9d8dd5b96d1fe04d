/** A provider of models on this machine's loopback: answers everything with one word, and only those who have the key. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export class Provider {
  private readonly server: Server;
  private readonly shown: string[];

  private constructor(server: Server, shown: string[]) {
    this.server = server;
    this.shown = shown;
  }

  static async start(key: string): Promise<Provider> {
    const shown: string[] = [];
    const server = createServer((request, response) => {
      const given = (request.headers.authorization ?? "").replace(/^Bearer /, "");
      shown.push(given);
      request.resume();
      response.writeHead(given === key ? 200 : 401, { "Content-Type": "application/json" });
      response.end(JSON.stringify(given === key ? COMPLETION : REFUSAL));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new Provider(server, shown);
  }

  get address(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The keys that the requests so far have shown. */
  keys(): readonly string[] {
    return this.shown;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

const REFUSAL = { error: { message: "Incorrect API key provided.", type: "invalid_request_error", code: "invalid_api_key" } };

const COMPLETION = {
  id: "c1",
  object: "chat.completion",
  created: 1,
  model: "some-model",
  choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: "here" } }],
  usage: { prompt_tokens: 9, completion_tokens: 1, total_tokens: 10 },
};
