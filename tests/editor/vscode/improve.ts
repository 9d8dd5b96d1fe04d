/**
 * The story of the product: open an example, mend a mistake, optimise, read the finding, accept the tested rewrite, see the score rise.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { BROKEN, EXAMPLE, goToMistake } from "./example.ts";
import { LOOK_MS } from "./patience.ts";
import type { Session, Stage } from "./sessions.ts";
import type { Underline } from "./workbench.ts";

/** What the example promises to gain on held-out rows. */
const WORTH_IT = 0.25;

export const improve: Session = { trusted: true, server: "setting", play };

async function play({ workbench, report, editor, workspace }: Stage): Promise<void> {
  const onDisk = (file: string) => readFileSync(path.join(workspace.folder, file), "utf8");
  const step = report.step.bind(report);

  await step("opens-the-example", async () => {
    await workbench.open(editor.address, workspace.folder);
    await workbench.openFile(EXAMPLE);
    await workbench.lenses(/^Optimize$/).first().waitFor();
    await workbench.screenshot("example");
  });

  await step("colours-the-language", async () => {
    const colours = await workbench.colours("llm plan(");
    const kind = colours.get("llm");
    const name = colours.get("plan");
    assert.ok(kind !== undefined && name !== undefined, `the words of the declaration are painted apart: ${[...colours.keys()].join(" | ")}`);
    assert.notEqual(kind, name);
  });

  await step("underlines-a-mistake", async () => {
    await workbench.openFile(BROKEN);
    const [mistake] = await workbench.underlines("error");
    assert.match(mistake!.words, /questoin/);
    await workbench.hoverOn("error", /question/);
    await workbench.screenshot("mistake");
  });

  await step("mends-it-by-keyboard", async () => {
    await goToMistake(workbench, onDisk(BROKEN));
    await workbench.quickFixes();
    await workbench.screenshot("quick-fix");
    await workbench.takeQuickFix(/question/);
    await workbench.noUnderlines("error");
    await workbench.save();
    assert.ok(!onDisk(BROKEN).includes("questoin"));
    assert.equal(onDisk(BROKEN), onDisk(EXAMPLE));
    await workbench.closeEditor();
  });

  await step("runs-on-one-row", async () => {
    await workbench.lens("Run");
    await workbench.notification(/^Run multihop: answer = ./);
    await workbench.screenshot("ran");
    await workbench.jobEnded();
    await workbench.closeNotifications();
    // What a call has cost and taken stands behind its head.
    await workbench.hint("llm plan(", /\$\d/);
  });

  let scoreBefore = 0;
  await step("evaluates", async () => {
    await workbench.lens("Evaluate");
    scoreBefore = await workbench.score();
    await workbench.closeNotifications();
  });

  await step("stops-a-job", async () => {
    await workbench.lens("Optimize");
    await workbench.jobStarted(/Optimize multihop/);
    await workbench.lens("Stop");
    await workbench.jobEnded(LOOK_MS);
    await workbench.closeNotifications();
  });

  await step("stops-a-job-from-the-status-bar", async () => {
    await workbench.lens("Optimize");
    await workbench.jobStarted(/Optimize multihop/);
    const offered = await workbench.statusMenu(/Stop the running job/);
    assert.match(offered.join(" | "), /Stop the running job \| Show log \| Set a provider key/);
    await workbench.jobEnded(LOOK_MS);
    await workbench.closeNotifications();
  });

  await step("optimises-with-progress", async () => {
    await workbench.lens("Optimize");
    await workbench.jobStarted(/Optimize multihop [1-9]\d* %/);
    await workbench.lenses(/^Stop\b.*\d+ calls/).first().waitFor();
    await workbench.screenshot("optimizing");
    await workbench.jobEnded();
  });

  await step("underlines-the-words-at-fault", async () => {
    await workbench.closeNotifications();
    await workbench.nextProblem();
    const [finding] = await workbench.underlines("finding");
    const learned = learnedTexts(onDisk(EXAMPLE));
    assert.ok(
      learned.some((text) => text.includes(finding!.words.trim())),
      `"${finding!.words}" is none of the learned texts: ${learned.join(" / ")}`,
    );
    await workbench.hoverOn("finding", /\d+ (?:of|\/) ?\d+|%/);
    await workbench.screenshot("finding");
  });

  await step("keeps-findings-still-while-typing", async () => {
    await workbench.goTo(onDisk(EXAMPLE).split("\n").findIndex((line) => line.startsWith("# What to look")) + 1, 3);
    await workbench.restMouse();
    const { before, during } = await workbench.stillnessWhileTyping("finding", "graph multihop", "Words that are in nobody's way ");
    assert.deepEqual({ ...during, frames: 0 }, { ...before, frames: 0 }, `of ${during.frames} frames`);
    assert.ok(before.lenses > 0 && before.underlines > 0 && before.hints > 0);
    await workbench.command("File: Revert File");
    await workbench.page.locator(".tab.active:not(.dirty)").waitFor();
  });

  await step("finds-it-again-after-a-reload", async () => {
    // What is out of sight has no underline, so both looks are from the top.
    const look = async (): Promise<readonly Underline[]> => {
      await workbench.goTo(1, 1);
      await workbench.nextProblem();
      return workbench.underlines("finding");
    };
    const before = await look();
    await workbench.reload();
    const after = await look();
    assert.ok(after.length > 0);
    assert.deepEqual(after.map((finding) => finding.words), before.map((finding) => finding.words));
  });

  await step("previews-the-rewrite", async () => {
    const [finding] = await workbench.underlines("finding");
    await workbench.page.mouse.click(finding!.x + 6, finding!.y);
    const titles = await workbench.quickFixes();
    await workbench.screenshot("rewrite");
    assert.ok(titles.some((title) => /%/.test(title)), `a rewrite with its effect is offered: ${titles.join(" | ")}`);
    await workbench.takeQuickFix(/^Rewrite /);
    await workbench.refactorPreview().waitFor();
    await workbench.screenshot("preview");
  });

  await step("accepts-the-rewrite", async () => {
    const before = onDisk(EXAMPLE);
    await workbench.applyPreview();
    await workbench.save();
    const rewritten = onDisk(EXAMPLE);
    assert.notEqual(rewritten, before);
    assert.deepEqual(skeleton(rewritten), skeleton(before), "only the text of sections changes");
    await workbench.screenshot("accepted");
  });

  await step("applies-the-other-proven-rewrites", async () => {
    const before = onDisk(EXAMPLE);
    await workbench.command("Prompt Graphs: Apply All Proven Rewrites");
    await workbench.refactorPreview().waitFor();
    await workbench.screenshot("preview-of-all");
    await workbench.applyPreview();
    await workbench.save();
    assert.notEqual(onDisk(EXAMPLE), before);
    assert.deepEqual(skeleton(onDisk(EXAMPLE)), skeleton(before), "only the text of sections changes");
  });

  await step("scores-higher", async () => {
    await workbench.lens("Evaluate");
    const score = await workbench.score();
    assert.ok(score >= scoreBefore + WORTH_IT, `${score} is not much more than ${scoreBefore}`);
    await workbench.closeNotifications();
    await workbench.screenshot("improved");
  });
}

/** The texts of the sections marked `learn`. */
function learnedTexts(file: string): readonly string[] {
  return [...file.matchAll(/^ {2}learn .*:(.*(?:\n(?: {4}.*|[ \t]*$))*)/gm)].map((match) => match[1]!);
}

/** The file without the text of its sections. */
function skeleton(file: string): readonly string[] {
  return file.split("\n").filter((line) => !/^(?: {4}|\s*$)/.test(line)).map((line) => line.replace(/^( {2}learn [^:]*:).*/, "$1"));
}
