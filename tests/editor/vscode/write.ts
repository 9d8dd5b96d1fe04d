/** Writing in the language: text blocks that type themselves, snippets, commands by keyboard, and files that are not ours. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { BROKEN, EXAMPLE, FOREIGN } from "./example.ts";
import type { Session, Stage } from "./sessions.ts";

export const write: Session = { trusted: true, server: "project", play };

async function play({ workbench, report, editor, workspace }: Stage): Promise<void> {
  const onDisk = (file: string) => readFileSync(path.join(workspace.folder, file), "utf8");
  const step = report.step.bind(report);

  await step("indents-while-typing", async () => {
    await workbench.open(editor.address, workspace.folder);
    await workbench.createFile("typed.prompt");
    await workbench.type("llm plan(question) -> query: text");
    // The server is there: the editor passes over its own rules for Enter where its colouring lags behind, and the server sees to the column.
    await workbench.underlines("error");
    // Enter after a declaration leads to column 2, after a section's colon to column 4, and stays there for text.
    await workbench.press("Enter");
    await workbench.cursorIsAt(2, 3);
    await workbench.type("model student\nlearn system:\n");
    await workbench.cursorIsAt(4, 5);
    await workbench.type("Say what is missing.\n\n- Ask for {{question");
    await workbench.type("}} only.\n");
    await workbench.cursorIsAt(7, 5);
    await workbench.press("Shift+Tab");
    await workbench.type("user: {{question}}\n");
    await workbench.cursorIsAt(8, 3);
    // A blank line in column 2 leads back to column 0.
    await workbench.press("Enter");
    await workbench.cursorIsAt(9, 1);
    await workbench.type("call second = search(query = plan.query)");
    await workbench.save();
    assert.equal(
      onDisk("typed.prompt").replaceAll(/[ ]+$/gm, ""),
      [
        "llm plan(question) -> query: text",
        "  model student",
        "  learn system:",
        "    Say what is missing.",
        "",
        "    - Ask for {{question}} only.",
        "  user: {{question}}",
        "",
        "call second = search(query = plan.query)",
      ].join("\n"),
    );
    await workbench.screenshot("typed");
  });

  await step("indents-where-the-editor-keeps-columns", async () => {
    await mkdir(path.join(workspace.folder, ".vscode"));
    await writeFile(path.join(workspace.folder, ".vscode", "settings.json"), JSON.stringify({ "editor.autoIndent": "keep" }));
    await workbench.reload();
    await workbench.createFile("kept.prompt");
    await workbench.type("llm plan(question) -> query: text");
    await workbench.underlines("error");
    await workbench.press("Enter");
    await workbench.cursorIsAt(2, 3);
    await workbench.type("learn system:");
    await workbench.press("Enter");
    await workbench.cursorIsAt(3, 5);
    await rm(path.join(workspace.folder, ".vscode"), { recursive: true });
  });

  await step("expands-a-snippet-to-a-whole-graph", async () => {
    await workbench.createFile("snippet.prompt");
    await workbench.type("prompt");
    await workbench.takeSuggestion("Prompt graph");
    await workbench.screenshot("snippet");
    await workbench.press("Escape");
    await workbench.save();
    const text = onDisk("snippet.prompt");
    assert.match(text, /^graph assistant\(question: text\) -> reply\.answer$/m);
    assert.match(text, /^ {2}budget \$1\.00$/m);
    await workbench.noUnderlines("error");
  });

  await step("leaves-foreign-files-alone", async () => {
    await workbench.openFile(FOREIGN);
    await workbench.languageIs("Markdown");
    await workbench.noUnderlines("error");
    assert.equal(await workbench.lenses(/^Run$/).count(), 0);
    await workbench.screenshot("foreign");
  });

  await step("heeds-a-language-chosen-by-hand", async () => {
    await workbench.chooseLanguage("Prompt Graph");
    await workbench.languageIs("Prompt Graph");
  });

  await step("runs-by-keyboard", async () => {
    await workbench.openFile(EXAMPLE);
    await workbench.lenses(/^Run$/).first().waitFor();
    await workbench.goTo(lineOf(onDisk(EXAMPLE), "graph "), 1);
    await workbench.command("Prompt Graphs: Evaluate Graph");
    assert.ok((await workbench.score()) > 0);
    await workbench.closeNotifications();
  });

  await step("flickers-not-while-typing", async () => {
    await workbench.openFile(BROKEN);
    await workbench.lenses(/^Evaluate$/).first().waitFor();
    await workbench.goTo(lineOf(onDisk(BROKEN), "    Turn the question"), 5);
    await workbench.underlines("error");
    const { before, during } = await workbench.stillnessWhileTyping("error", "graph multihop", "Think twice, and once more before you answer. ");
    assert.deepEqual({ ...during, frames: 0 }, { ...before, frames: 0 }, `of ${during.frames} frames`);
    assert.ok(before.lenses > 0 && before.underlines > 0 && before.hints > 0);
    assert.equal(during.jumps, 0);
  });
}

/** The first line that starts so, from 1. */
function lineOf(text: string, start: string): number {
  return text.split("\n").findIndex((line) => line.startsWith(start)) + 1;
}
