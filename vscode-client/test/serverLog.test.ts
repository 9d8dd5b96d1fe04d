import { Readable } from "node:stream";
import { beforeEach, expect, it, vi } from "vitest";
import type { LogOutputChannel } from "vscode";
import { forwardLog } from "../src/serverLog";
import * as editor from "./vscode";

beforeEach(editor.resetEditor);

it("keeps the server's levels, and what belongs together", async () => {
  const stderr = Readable.from([
    "2026-11-24 08:42:33,565 WARNING prompts_server: slow\n  because of this\n2026-11-24 08:42:33,600 INFO prompts_server: re",
    "ady\n",
  ]);
  forwardLog(stderr, editor.log as unknown as LogOutputChannel);
  await vi.waitFor(() => { expect(editor.log.info).toHaveBeenCalledWith("prompts_server: ready"); });
  expect(editor.log.warn.mock.calls).toEqual([["prompts_server: slow"], ["  because of this"]]);
});

it("takes what a server says that cannot even start for an error", async () => {
  forwardLog(Readable.from(["/usr/bin/python3: No module named prompts_server\n"]), editor.log as unknown as LogOutputChannel);
  await vi.waitFor(() => { expect(editor.log.error).toHaveBeenCalledWith("/usr/bin/python3: No module named prompts_server"); });
});
