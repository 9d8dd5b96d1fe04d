import { beforeEach, describe, expect, it, vi } from "vitest";
import type { LogOutputChannel, TextDocument } from "vscode";
import { ForeignFiles, languageFor, ownerOf } from "../src/detect";
import * as editor from "./vscode";

describe("the owner of a .prompt file", () => {
  it.each([
    ["an empty file", ""],
    ["comments alone", "# A new graph\n\n  # to be written\n"],
    ["a graph below a comment", "# Answers questions.\ngraph qa(question: text) -> reply\n"],
    ["a byte order mark", '\uFEFFmodel m = "openai/x"\n'],
    ["carriage returns", "language 1\r\n"],
    ["a graph with Markdown in a prompt", "graph g(q: text) -> a\n\nllm a(q) -> r: text\n  user:\n    ---\n    # Title\n"],
    ["a declaration that is being typed", "llm"],
  ])("is us for %s", (_name, text) => {
    expect(ownerOf(text)).toBe("ours");
  });

  it.each([
    ["front matter", "---\nmodel: gemini\n---\nHello {{name}}", "front-matter"],
    ["front matter below blank lines", "\n\n---\r\nmodel: x\r\n---\r\n", "front-matter"],
    ["markup", "<poml>\n  <role>…</role>\n</poml>", "markup"],
    ["prose", "You are a helpful assistant.\nAnswer in English.", "other"],
    ["prose with a heading", "# Role\nYou are a graph of ideas.", "other"],
    ["prose that starts with one of our words", "models are great", "other"],
  ] as const)("is another tool for %s", (_name, text, owner) => {
    expect(ownerOf(text)).toBe(owner);
  });
});

describe("the language of a foreign file", () => {
  it("is that of its own extension where there is one", () => {
    expect(languageFor("front-matter", ["markdown", "dotprompt"])).toBe("dotprompt");
    expect(languageFor("markup", ["poml", "xml"])).toBe("poml");
  });

  it("is the nearest that the editor knows otherwise", () => {
    expect(languageFor("front-matter", ["markdown"])).toBe("markdown");
    expect(languageFor("markup", [])).toBe("plaintext");
    expect(languageFor("other", ["dotprompt", "poml"])).toBe("plaintext");
  });
});

describe("foreign files in the editor", () => {
  const log = editor.log as unknown as LogOutputChannel;
  const foreign = editor.document("You are a helpful assistant.");
  const asVscode = (document: editor.TextDocument) => document as unknown as TextDocument;

  beforeEach(editor.resetEditor);

  it("are handed back when they open", async () => {
    const files = new ForeignFiles(log);
    editor.openedDocuments.fire(foreign);
    await vi.waitFor(() => { expect(editor.languages.setTextDocumentLanguage).toHaveBeenCalledWith(foreign, "plaintext"); });
    files.dispose();
  });

  it("are handed back when they were open before", async () => {
    editor.workspace.textDocuments = [foreign];
    const files = new ForeignFiles(log);
    expect(files.isForeign(asVscode(foreign))).toBe(true);
    await vi.waitFor(() => { expect(editor.languages.setTextDocumentLanguage).toHaveBeenCalledOnce(); });
    files.dispose();
  });

  it("are kept when the user then chooses our language by hand", async () => {
    const files = new ForeignFiles(log);
    editor.openedDocuments.fire(foreign);
    await vi.waitFor(() => { expect(files.isForeign(asVscode(foreign))).toBe(false); });
    editor.openedDocuments.fire(foreign);
    expect(editor.languages.setTextDocumentLanguage).toHaveBeenCalledOnce();
    files.dispose();
  });

  it("are not judged by their first letters while someone writes them", () => {
    const files = new ForeignFiles(log);
    const begun = { ...editor.document("gra"), isDirty: true };
    editor.openedDocuments.fire(begun);
    expect(files.isForeign(asVscode(begun))).toBe(false);
    expect(editor.languages.getLanguages).not.toHaveBeenCalled();
    files.dispose();
  });

  it("of another language are none of our business", () => {
    const files = new ForeignFiles(log);
    editor.openedDocuments.fire(editor.document("prose", "/work/note.md", "markdown"));
    expect(editor.languages.getLanguages).not.toHaveBeenCalled();
    files.dispose();
  });
});
