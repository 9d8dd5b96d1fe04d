/**
 * Passes on what the panel's server says to the page, and what the page asks for to the server.
 *
 * The page in the editor reaches no network itself: its policy forbids it, and in a remote window the server's loopback is that of another
 * machine. The extension always runs where the server does.
 */
import { EventSourceParserStream } from "eventsource-parser/stream";

/** What the page understands; see `connect` in `panel/src/connection.ts`. */
export type ToPage =
  | { readonly event: string; readonly data: unknown }
  | { readonly id: number; readonly problem?: string };

const RETRY_MS = 1_000;

export class PanelRelay {
  private readonly ending = new AbortController();

  /**
   * @param address The page's own address, `http://127.0.0.1:PORT/TOKEN/?uri=URI&graph=NAME`.
   * @param post Gives the page a message.
   */
  constructor(
    private readonly address: URL,
    private readonly post: (message: ToPage) => void,
  ) {}

  /** Passes events on until {@link stop}, and tries again for as long as the server cannot be heard. */
  async listen(): Promise<void> {
    for (;;) {
      try {
        await this.passOn(this.ending.signal);
      } catch (error) {
        if (!isFailedRequest(error)) {
          throw error;
        }
      }
      if (this.ending.signal.aborted) {
        return;
      }
      this.post({ event: "connected", data: false });
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  /** Asks the server for something, and tells the page how that went. */
  async ask(id: number, what: "reveal" | "command", body: unknown): Promise<void> {
    const problem = await this.request(what, body);
    this.post(problem === undefined ? { id } : { id, problem });
  }

  stop(): void {
    this.ending.abort();
  }

  private async passOn(signal: AbortSignal): Promise<void> {
    const answer = await fetch(this.at("events"), { signal });
    if (!answer.ok || answer.body === null) {
      return;
    }
    this.post({ event: "connected", data: true });
    const events = answer.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
    for await (const { event, data } of events) {
      if (event !== undefined) {
        this.post({ event, data: JSON.parse(data) });
      }
    }
  }

  private async request(what: string, body: unknown): Promise<string | undefined> {
    try {
      const answer = await fetch(this.at(what), {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
        signal: this.ending.signal,
      });
      if (answer.ok) {
        return undefined;
      }
      const said = (await answer.json().catch(() => ({}))) as { message?: string };
      return said.message ?? `The language server answered with status ${answer.status}.`;
    } catch (error) {
      if (isFailedRequest(error)) {
        return "The language server cannot be reached.";
      }
      throw error;
    }
  }

  private at(name: string): URL {
    const address = new URL(name, this.address);
    address.search = this.address.search;
    return address;
  }
}

/** Whether a request failed on its way, or was given up: what `fetch` and its streams throw then. */
function isFailedRequest(error: unknown): boolean {
  return error instanceof TypeError || (error instanceof Error && error.name === "AbortError");
}
