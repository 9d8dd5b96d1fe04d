/** Looking at what was run: the Runs view with its events, and the Test Explorer. */
import assert from "node:assert/strict";
import type { Locator } from "playwright-core";
import { EXAMPLE } from "./example.ts";
import { JOB_MS } from "./patience.ts";
import type { Session, Stage } from "./sessions.ts";
import { until } from "./waiting.ts";

export const results: Session = { trusted: true, server: "setting", play };

async function play({ workbench, report, editor, workspace }: Stage): Promise<void> {
  const step = report.step.bind(report);
  const { page } = workbench;
  const runs = page.locator(".pane-body .monaco-list[aria-label*='Runs']");
  const tests = page.locator(".test-explorer");

  await step("says-how-to-begin", async () => {
    await workbench.open(editor.address, workspace.folder);
    await workbench.openFile(EXAMPLE);
    await workbench.showSide("Prompt Graphs");
    await page.getByText("Nothing was run here yet").waitFor();
  });

  await step("tests-a-graph-and-shows-its-rows", async () => {
    await workbench.showSide("Testing");
    const pair = tests.locator(".monaco-list-row", { hasText: "multihop on questions" });
    const file = tests.locator(".monaco-list-row", { hasText: EXAMPLE }).first();
    await file.hover();
    await file.getByRole("button", { name: "Run Test", exact: true }).click();
    await unfold(file);
    await pair.filter({ hasText: / % on \d+ rows/ }).waitFor({ timeout: JOB_MS });
    await unfold(pair);
    await tests.locator(".monaco-list-row", { hasText: /q\d+/ }).first().waitFor();
    await page.locator(".xterm-rows", { hasText: /multihop on questions: \d+ % on \d+ rows/ }).first().waitFor();
    await workbench.closeNotifications();
    await workbench.screenshot("tests");
    await workbench.command("View: Hide Panel");
  });

  await step("lists-the-run-with-its-rows", async () => {
    await workbench.showSide("Prompt Graphs");
    const run = runs.locator(".monaco-list-row", { hasText: "Evaluate multihop" }).first();
    await unfold(run);
    await runs.locator(".monaco-list-row", { hasText: /^q\d+/ }).first().waitFor();
  });

  await step("shows-failing-rows-only", async () => {
    const rows = runs.locator('.monaco-list-row[aria-level="2"]');
    const count = async () => Number(await rows.first().getAttribute("aria-setsize"));
    const all = await count();
    await page.getByRole("button", { name: "Show Failing Rows Only" }).click();
    await page.getByRole("button", { name: "Show All Rows" }).waitFor();
    await until(async () => (await count()) < all, `fewer than ${all} rows`);
    assert.ok((await count()) > 0);
  });

  await step("opens-a-prompt-and-its-reply", async () => {
    await unfold(runs.locator('.monaco-list-row[aria-level="2"]').first());
    await runs.locator(".monaco-list-row", { hasText: /^plan/ }).first().click();
    await page.locator(".tab.active", { hasText: "plan on q" }).waitFor();
    await page.locator(".editor-instance .view-line", { hasText: "Sent: system" }).first().waitFor();
    await workbench.screenshot("runs");
  });

  await step("goes-from-an-event-to-its-node", async () => {
    const event = runs.locator(".monaco-list-row", { hasText: /^bridge/ }).first();
    await event.hover();
    await event.getByRole("button", { name: "Go to Source" }).click();
    await workbench.fileIsOpen(EXAMPLE);
    await page.locator("#status\\.editor\\.selection", { hasText: /^Ln 39/ }).waitFor();
  });

  await step("shows-the-nodes-of-a-single-run", async () => {
    await workbench.lens("Run");
    await workbench.notification(/^Run multihop: answer = ./);
    await workbench.closeNotifications();
    await page.getByRole("button", { name: "Show All Rows" }).click();
    await unfold(runs.locator(".monaco-list-row", { hasText: "Run multihop" }).first());
    await runs.locator('.monaco-list-row[aria-level="2"]', { hasText: /^reply/ }).first().click();
    await page.locator(".tab.active", { hasText: "reply on" }).waitFor();
    await page.locator(".editor-instance .view-line", { hasText: "## Reply" }).first().waitFor();
    await workbench.screenshot("single-run");
  });
}

/** Rows come as results do, and move: unfolds as soon as there is something below. */
async function unfold(row: Locator): Promise<void> {
  await until(async () => {
    if ((await row.getAttribute("aria-expanded")) === "false") {
      await row.locator(".monaco-tl-twistie").click();
    }
    return (await row.getAttribute("aria-expanded")) === "true";
  }, "the row to unfold");
}
