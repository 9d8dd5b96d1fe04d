/** Evaluates a graph as its lens does, and waits for the end. */
import * as vscode from "vscode";
import { SERVER_COMMANDS, type JobStatus } from "../protocol";

/** Jobs of the server, as far as an evaluation needs them. */
export interface Jobs {
  /** Once the server is there, or has turned out not to be. */
  settled(): Promise<void>;
  readonly onJob: vscode.Event<JobStatus>;
  /** The server has ended, and its jobs with it. */
  readonly onEnded: vscode.Event<undefined>;
  /** Whether there is a server to ask. */
  readonly isRunning: boolean;
}

/**
 * The status with which the evaluation ended. Cancelling stops the job, which then ends as stopped.
 *
 * @throws Error with words for people when the evaluation cannot be started.
 */
export async function evaluate(jobs: Jobs, uri: vscode.Uri, graph: string, token: vscode.CancellationToken): Promise<JobStatus> {
  await jobs.settled();
  if (!jobs.isRunning) {
    throw new Error("The language server is not running. The item Prompts in the status bar says why.");
  }
  // The server evaluates what is open.
  await vscode.workspace.openTextDocument(uri);
  const argument = { uri: uri.toString(), graph };
  const early: JobStatus[] = [];
  let look = (status: JobStatus): void => {
    early.push(status);
  };
  let end = (): void => undefined;
  const ended = new Promise<never>((_resolve, reject) => {
    end = () => {
      reject(new Error("The language server has ended. What was paid for is kept: run the test again."));
    };
  });
  const subscriptions = vscode.Disposable.from(
    jobs.onEnded(() => {
      end();
    }),
    jobs.onJob((status) => {
      look(status);
    }),
    token.onCancellationRequested(() => void vscode.commands.executeCommand(SERVER_COMMANDS.stop, argument)),
  );
  try {
    const started = vscode.commands.executeCommand<{ readonly job: string }>(SERVER_COMMANDS.evaluate, argument);
    const { job } = await Promise.race([started, ended]);
    const over = new Promise<JobStatus>((resolve) => {
      look = (status) => {
        if (status.id === job && status.state !== "running" && status.state !== "queued") {
          resolve(status);
        }
      };
      // It may have ended before its name was known here.
      early.forEach(look);
    });
    return await Promise.race([over, ended]);
  } finally {
    subscriptions.dispose();
  }
}
