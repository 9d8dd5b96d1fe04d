import { beforeEach, describe, expect, it, vi } from "vitest";
import { menuItems } from "../src/commands";
import { StatusItem, appearance } from "../src/status";
import * as editor from "./vscode";

describe("the status item's looks", () => {
  it("show progress and spend of a running job", () => {
    expect(appearance("ready", { state: "running", job: "Optimize qa", percentage: 41.6, calls: 12, usd: 0.034 })).toEqual({
      text: "$(sync~spin) Optimize qa 42 %",
      tooltip: "Optimize qa is running. Spent so far: 12 calls, $0.03. Click to stop it.",
      warning: false,
    });
  });

  it("do without what is not known", () => {
    expect(appearance("ready", { state: "running" })).toMatchObject({
      text: "$(sync~spin) Job",
      tooltip: "Job is running. Click to stop it.",
    });
  });

  it("do not round a spend down to nothing", () => {
    expect(appearance("ready", { state: "done", job: "Run qa", calls: 1, usd: 0.0004 }).tooltip).toBe("Run qa is done. It spent 1 call, under $0.01.");
  });

  it("warn of a failed job and of a missing server", () => {
    expect(appearance("ready", { state: "failed", job: "Run qa" }).warning).toBe(true);
    expect(appearance("missing", undefined).warning).toBe(true);
  });

  it("say where the server that is ready comes from", () => {
    expect(appearance("ready", undefined, undefined, "the project's environment").tooltip).toBe(
      "Prompt Graphs is ready. Its server comes from the project's environment.",
    );
    expect(appearance("stopped", undefined, undefined, "the project's environment").tooltip).toBe("The language server has stopped.");
  });

  it("show no job of a server that is gone", () => {
    expect(appearance("stopped", { state: "running", job: "Run qa" }).text).not.toContain("Run qa");
  });
});

describe("the status item", () => {
  beforeEach(() => {
    editor.resetEditor();
    vi.useFakeTimers();
    return () => vi.useRealTimers();
  });

  it("turns quiet some time after a job is done, and not before", () => {
    const item = new StatusItem("menu");
    item.showServer("ready");
    item.showJob({ state: "done", job: "Run qa" });
    vi.advanceTimersByTime(1_000);
    expect(editor.statusBarItem.text).toContain("Run qa");
    vi.advanceTimersByTime(60_000);
    expect(editor.statusBarItem.text).not.toContain("Run qa");
  });

  it("never hides a job that has started since", () => {
    const item = new StatusItem("menu");
    item.showServer("ready");
    item.showJob({ state: "done", job: "Run qa" });
    item.showJob({ state: "running", job: "Optimize qa" });
    vi.advanceTimersByTime(60_000);
    expect(editor.statusBarItem.text).toContain("Optimize qa");
    expect(item.jobIsRunning).toBe(true);
  });

  it("tells the step of the job that runs, and of no other", () => {
    const item = new StatusItem("menu");
    item.showServer("ready");
    item.showJob({ state: "running", job: "Optimize qa" });
    item.showStep("round 2: 8 failing rows");
    expect(editor.statusBarItem.tooltip).toContain("round 2");
    item.showJob({ state: "done", job: "Optimize qa" });
    item.showJob({ state: "running", job: "Evaluate qa" });
    expect(editor.statusBarItem.tooltip).not.toContain("round 2");
  });

  it("has a menu that begins with what the item makes one look for", () => {
    const item = new StatusItem("menu");
    const first = () => menuItems(item)[0]?.label;
    item.showServer("missing");
    expect(first()).toContain("Install the language server");
    item.showServer("ready");
    expect(first()).toContain("Show log");
    item.showJob({ state: "running", job: "Optimize qa" });
    expect(first()).toContain("Stop the running job");
  });

  it("forgets the job when the server stops", () => {
    const item = new StatusItem("menu");
    item.showServer("ready");
    item.showJob({ state: "running", job: "Optimize qa" });
    item.showServer("stopped");
    item.showServer("ready");
    expect(item.jobIsRunning).toBe(false);
  });
});
