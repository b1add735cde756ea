// A process that writes one file, for the tests of crashes.
import { TestKernel, type Setup } from "../../../support/kernel.ts";
import { turns, type Turn } from "../../../support/kernel/turns.ts";

export const FILE = "fs:/app/a.txt";

/** A root agent that takes these turns, until it rests. */
export async function run(script: readonly Turn[], grants: string[], setup: Setup = {}) {
  const k = await TestKernel.open({ model: turns({ 2: script }), ...setup });
  k.world.files.set(FILE, "old");
  k.launch(grants);
  await k.settle();
  return k;
}

export const WRITE: Turn[] = [
  [["write_box", { at: FILE, content: "new" }]],
  [["finish", { result: "done" }]],
];
