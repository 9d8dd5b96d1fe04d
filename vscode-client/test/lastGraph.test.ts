import { beforeEach, describe, expect, it } from "vitest";
import { LastGraph } from "../src/lastGraph";
import * as editor from "./vscode";

beforeEach(editor.resetEditor);

describe("the graph that a command means", () => {
  const graph = { document: { languageId: "prompt-graph", isClosed: false } };
  const other = { document: { languageId: "markdown", isClosed: false } };

  it("is the one in front", async () => {
    editor.window.activeTextEditor = graph;
    expect(await new LastGraph().editor()).toBe(graph);
    expect(editor.window.showTextDocument).not.toHaveBeenCalled();
  });

  it("is the one that was in front last, which comes back to the front", async () => {
    const graphs = new LastGraph();
    editor.changedActiveEditor.fire(graph);
    editor.changedActiveEditor.fire(other);
    editor.changedActiveEditor.fire(undefined);
    editor.window.showTextDocument.mockResolvedValueOnce(graph);
    expect(await graphs.editor()).toBe(graph);
    expect(editor.window.showTextDocument).toHaveBeenCalledWith(graph.document, { preview: false });
  });

  it("is none when it was closed, or never was", async () => {
    const graphs = new LastGraph();
    expect(await graphs.editor()).toBeUndefined();
    editor.changedActiveEditor.fire({ document: { ...graph.document, isClosed: true } });
    expect(await graphs.editor()).toBeUndefined();
  });
});
