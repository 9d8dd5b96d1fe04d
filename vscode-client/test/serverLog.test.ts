import { Readable } from "node:stream";
import { beforeEach, expect, it, vi } from "vitest";
import type { LogOutputChannel } from "vscode";
import { ServerLog } from "../src/serverLog";
import * as editor from "./vscode";

const LOG = editor.log as unknown as LogOutputChannel;

beforeEach(editor.resetEditor);

it("keeps the server's levels, and what belongs together", async () => {
  const stderr = Readable.from([
    "2026-11-24 08:42:33,565 WARNING prompts_server: slow\n  because of this\n2026-11-24 08:42:33,600 INFO prompts_server: re",
    "ady\n",
  ]);
  new ServerLog(LOG).forward(stderr);
  await vi.waitFor(() => { expect(editor.log.info).toHaveBeenCalledWith("prompts_server: ready"); });
  expect(editor.log.warn.mock.calls).toEqual([["prompts_server: slow"], ["  because of this"]]);
});

it("takes what a server says that cannot even start for an error", async () => {
  new ServerLog(LOG).forward(Readable.from(["/usr/bin/python3: No module named prompts_server\n"]));
  await vi.waitFor(() => { expect(editor.log.error).toHaveBeenCalledWith("/usr/bin/python3: No module named prompts_server"); });
});

it("knows the last words, which arrive after the end", async () => {
  const serverLog = new ServerLog(LOG);
  expect(await serverLog.lastWords()).toBe("");
  serverLog.forward(Readable.from(["Traceback (most recent call last):\n", "ImportError: no module named tree_sitter\n", "Please report it.\n\n"]));
  expect(await serverLog.lastWords()).toBe("ImportError: no module named tree_sitter");

  const wordy = new ServerLog(LOG);
  wordy.forward(Readable.from(["There is no command 'lsp'.\n"]));
  expect(await wordy.lastWords()).toBe("There is no command 'lsp'.");
});
