// Runs of one command, the questions of it, and the outcomes of its changes.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { type TestKernel } from "../../../support/kernel.ts";

export const run = (k: TestKernel, pid: number, args: object = { command: "npm test" }) =>
  k.call(pid, "shell.run", args);

/** Waits until so many questions are open. */
export async function asked(k: TestKernel, n: number): Promise<void> {
  for (let i = 0; k.open.length < n && i < 2000; i++) await sleep(1);
  assert.equal(k.open.length, n);
}
