/**
 * What happens when the language server ends by itself: it is started again, quietly, unless it cannot start at all or keeps ending.
 *
 * The language client's own handler shows its inner words to people, up to three messages for one failed start (11.0, 2026-11).
 */
import { CloseAction, ErrorAction, type CloseHandlerResult, type ErrorHandler, type ErrorHandlerResult } from "vscode-languageclient/node";

/** So many starts in so much time are enough. */
const MOST_RESTARTS = 4;
const WITHIN_MS = 3 * 60_000;
/** A few messages that cannot be read are no reason to give up. */
const MOST_ERRORS = 3;

export class CrashHandler implements ErrorHandler {
  private readonly crashes: number[] = [];
  private running = false;

  /**
   * @param givenUp The server, which has run before, is not started again; why, in words for people.
   * @param now Milliseconds.
   */
  constructor(
    private readonly givenUp: (why: string) => void,
    private readonly now: () => number = Date.now,
  ) {}

  /** The server has answered and works. */
  started(): void {
    this.running = true;
  }

  error(_error: Error, _message: unknown, count: number | undefined): ErrorHandlerResult {
    return { action: (count ?? 0) <= MOST_ERRORS ? ErrorAction.Continue : ErrorAction.Shutdown, handled: true };
  }

  closed(): CloseHandlerResult {
    const wasRunning = this.running;
    this.running = false;
    if (!wasRunning) {
      // Of the very first start whoever waits for it is told; of a later one nobody else would be.
      if (this.crashes.length > 0) {
        this.givenUp("The language server could not be started again.");
      }
      return { action: CloseAction.DoNotRestart, handled: true };
    }
    const now = this.now();
    this.crashes.push(now);
    if (this.crashes.filter((crash) => now - crash < WITHIN_MS).length > MOST_RESTARTS) {
      this.givenUp("The language server keeps crashing, so it is not started again.");
      return { action: CloseAction.DoNotRestart, handled: true };
    }
    return { action: CloseAction.Restart, handled: true };
  }
}
