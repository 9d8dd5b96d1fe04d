/** A prompt of three hundred lines: it can be folded, hovered over, corrected, optimised and rewritten like a short one. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { EXAMPLE } from "./example.ts";
import type { Session, Stage } from "./sessions.ts";

export const lengthy: Session = { trusted: true, server: "setting", play };

const FILE = "lengthy.prompt";
const LINES = 300;
const START = "    Question: {{question}}";

async function play({ workbench, report, editor, workspace }: Stage): Promise<void> {
  const step = report.step.bind(report);
  const { page } = workbench;
  const file = path.join(workspace.folder, FILE);
  const onDisk = () => readFileSync(file, "utf8");
  const short = readFileSync(path.join(workspace.folder, EXAMPLE), "utf8");
  writeFileSync(file, short.replace(START, `${guidelines()}\n${START}`));
  const lineOf = (start: string, from = 0) => onDisk().split("\n").findIndex((line, index) => index >= from && line.startsWith(start)) + 1;
  const section = lineOf("  user:", lineOf("llm plan("));
  const mistaken = lineOf("    250.");

  await step("opens-a-long-prompt", async () => {
    await workbench.open(editor.address, workspace.folder);
    await workbench.openFile(FILE);
    await workbench.lenses(/^Evaluate$/).first().waitFor();
    await workbench.goTo(mistaken, 1);
    await workbench.screenshot("long");
  });

  await step("marks-a-mistake-far-down", async () => {
    await workbench.goTo(mistaken, onDisk().split("\n")[mistaken - 1]!.indexOf("question") + 1);
    await workbench.type("x");
    const [mistake] = await workbench.underlines("error");
    assert.match(mistake!.words, /xquestion/);
    await workbench.quickFixes();
    await workbench.takeQuickFix(/question/);
    await workbench.noUnderlines("error");
    await workbench.save();
  });

  await step("explains-a-placeholder-far-down", async () => {
    await workbench.goTo(mistaken, onDisk().split("\n")[mistaken - 1]!.indexOf("question") + 2);
    await workbench.hoverAtCursor(/question/);
    await workbench.press("Escape");
  });

  await step("folds-to-one-line", async () => {
    await workbench.goTo(section, 3);
    await workbench.command("Fold");
    await page.locator(".editor-instance .view-line", { hasText: "retrieve first(" }).first().waitFor();
    assert.equal(await page.locator(".editor-instance .view-line", { hasText: "250." }).count(), 0);
    await workbench.screenshot("long-folded");
    await workbench.command("Unfold");
    await page.locator(".editor-instance .view-line", { hasText: "  1. " }).first().waitFor();
  });

  await step("finds-the-words-at-fault", async () => {
    await workbench.goTo(lineOf("graph multihop("), 1);
    await workbench.lens("Optimize");
    await workbench.jobStarted(/Optimize multihop/);
    await workbench.jobEnded();
    await workbench.closeNotifications();
    await workbench.nextProblem();
    await workbench.hoverOn("finding", /%/);
    await workbench.screenshot("long-finding");
  });

  await step("previews-and-accepts-a-rewrite", async () => {
    const before = onDisk();
    const [finding] = await workbench.underlines("finding");
    await workbench.page.mouse.click(finding!.x + 6, finding!.y);
    await workbench.quickFixes();
    await workbench.takeQuickFix(/%/);
    await workbench.refactorPreview().waitFor();
    await workbench.screenshot("long-preview");
    await workbench.applyPreview();
    await workbench.save();
    assert.notEqual(onDisk(), before);
    assert.ok(onDisk().includes("    250."), "the long text is kept");
  });
}

function guidelines(): string {
  return Array.from({ length: LINES }, (_, index) => `    ${index + 1}. Guideline ${index + 1} on how to treat {{question}} where the day's news bears on it.`).join("\n");
}
