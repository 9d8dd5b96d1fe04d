/** Evaluates a graph as its lens does, and waits for the end. */
import * as vscode from "vscode";
import { SERVER_COMMANDS, type JobStatus } from "../protocol";

/** Jobs of the server, as far as an evaluation needs them. */
export interface Jobs {
  /** Once the server is there, or has turned out not to be. */
  settled(): Promise<void>;
  readonly onJob: vscode.Event<JobStatus>;
}

/**
 * The status with which the evaluation ended. Cancelling stops the job, which then ends as stopped.
 *
 * @throws Error with words for people when the evaluation cannot be started.
 */
export async function evaluate(jobs: Jobs, uri: vscode.Uri, graph: string, token: vscode.CancellationToken): Promise<JobStatus> {
  await jobs.settled();
  // The server evaluates what is open.
  await vscode.workspace.openTextDocument(uri);
  const argument = { uri: uri.toString(), graph };
  const early: JobStatus[] = [];
  let look = (status: JobStatus): void => {
    early.push(status);
  };
  const subscriptions = vscode.Disposable.from(
    jobs.onJob((status) => {
      look(status);
    }),
    token.onCancellationRequested(() => void vscode.commands.executeCommand(SERVER_COMMANDS.stop, argument)),
  );
  try {
    const { job } = await vscode.commands.executeCommand<{ readonly job: string }>(SERVER_COMMANDS.evaluate, argument);
    return await new Promise((resolve) => {
      look = (status) => {
        if (status.id === job && status.state !== "running" && status.state !== "queued") {
          resolve(status);
        }
      };
      // It may have ended before its name was known here.
      early.forEach(look);
    });
  } finally {
    subscriptions.dispose();
  }
}
