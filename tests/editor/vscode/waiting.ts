/** Waiting for what the page gives no event for. */
import { LOOK_MS } from "./patience.ts";

/** Waits until a condition holds; fails with words when it does not come to. */
export async function until(condition: () => Promise<boolean>, what: string, timeout = LOOK_MS): Promise<void> {
  const deadline = Date.now() + timeout;
  while (!(await condition())) {
    if (Date.now() > deadline) {
      throw new Error(`Waited ${timeout / 1000} s in vain for ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
