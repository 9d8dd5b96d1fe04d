/** The files of the example that sessions work with; `copy_example` in conftest.py makes them. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import type { Workbench } from "./workbench.ts";

export const EXAMPLE = "multihop.prompt";
/** The same graph with one placeholder misspelt. */
export const BROKEN = "broken.prompt";
export const FOREIGN = "foreign.prompt";

const MISSPELT = "questoin";

/** Puts the cursor on the misspelt placeholder of the file in front, whose text is given. */
export async function goToMistake(workbench: Workbench, text: string): Promise<void> {
  const lines = text.split("\n");
  const line = lines.findIndex((one) => one.includes(MISSPELT));
  assert.notEqual(line, -1);
  await workbench.goTo(line + 1, lines[line]!.indexOf(MISSPELT) + 1);
}

const SECONDS_PER_CALL = 0.1;

/** Has the simulated model of a world take its time: on a fast machine a job would be over before anybody saw it. */
export function takeTime(world: string): void {
  const data = JSON.parse(readFileSync(world, "utf8"));
  writeFileSync(world, JSON.stringify({ ...data, dials: { ...data.dials, service: { latency: SECONDS_PER_CALL } } }));
}
