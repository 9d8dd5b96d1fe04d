import { beforeEach, describe, expect, it, vi } from "vitest";
import type { CancellationToken, Uri } from "vscode";
import type { JobStatus } from "../../src/protocol";
import { evaluate } from "../../src/testing/evaluation";
import * as editor from "../vscode";

const URI = editor.Uri.file("/qa.prompt") as unknown as Uri;

describe("an evaluation from the Test Explorer", () => {
  let statuses: editor.EventEmitter<JobStatus>;
  let cancelling: editor.EventEmitter<undefined>;
  let endings: editor.EventEmitter<undefined>;
  let start: () => unknown;

  beforeEach(() => {
    editor.resetEditor();
    statuses = new editor.EventEmitter();
    cancelling = new editor.EventEmitter();
    endings = new editor.EventEmitter();
    start = () => ({ job: "job-2" });
    editor.commands.executeCommand.mockImplementation((command: string) => Promise.resolve(command === "prompts.evaluate" ? start() : undefined));
  });

  const begin = (isRunning = true): Promise<JobStatus> =>
    evaluate(
      { settled: () => Promise.resolve(), isRunning, onJob: statuses.event as never, onEnded: endings.event as never },
      URI,
      "qa",
      { onCancellationRequested: cancelling.event } as unknown as CancellationToken,
    );

  it("ends with its own job, whatever else ends", async () => {
    const ended = begin();
    await vi.waitFor(() => {
      expect(editor.commands.executeCommand).toHaveBeenCalledWith("prompts.evaluate", { uri: "file:///qa.prompt", graph: "qa" });
    });
    statuses.fire({ state: "running", id: "job-2" });
    statuses.fire({ state: "done", id: "job-1" });
    statuses.fire({ state: "failed", id: "job-2", message: "The endpoint is dead." });
    expect(await ended).toMatchObject({ state: "failed", message: "The endpoint is dead." });
  });

  it("notices a job that has ended before its name was known", async () => {
    start = () => {
      statuses.fire({ state: "done", id: "job-2" });
      return { job: "job-2" };
    };
    expect(await begin()).toEqual({ state: "done", id: "job-2" });
  });

  it("stops the job when it is cancelled", async () => {
    const ended = begin();
    await vi.waitFor(() => {
      expect(editor.commands.executeCommand).toHaveBeenCalled();
    });
    cancelling.fire(undefined);
    expect(editor.commands.executeCommand).toHaveBeenLastCalledWith("prompts.stop", { uri: "file:///qa.prompt", graph: "qa" });
    statuses.fire({ state: "idle", id: "job-2" });
    expect(await ended).toMatchObject({ state: "idle" });
  });

  it("fails when the server ends, before or after the job has its name", async () => {
    start = () => new Promise(() => undefined);
    const unnamed = begin();
    await vi.waitFor(() => {
      expect(editor.commands.executeCommand).toHaveBeenCalled();
    });
    endings.fire(undefined);
    await expect(unnamed).rejects.toThrow("has ended");

    start = () => ({ job: "job-3" });
    const named = begin();
    await vi.waitFor(() => {
      expect(editor.commands.executeCommand).toHaveBeenCalledTimes(2);
    });
    endings.fire(undefined);
    await expect(named).rejects.toThrow("has ended");
  });

  it("says so where there is no server", async () => {
    await expect(begin(false)).rejects.toThrow("not running");
    expect(editor.commands.executeCommand).not.toHaveBeenCalled();
  });

  it("fails when it cannot be started", async () => {
    start = () => {
      throw new Error("Save the document first.");
    };
    await expect(begin()).rejects.toThrow("Save the document first.");
  });
});
