// A second program that swaps a name of the record for a link, over and over, until it is ended.
import { mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync } from "node:fs";
import { join } from "node:path";

const [, , root = "", outside = "", what = ""] = process.argv;
const record = join(root, ".agentlibos");
const aside = join(root, "aside");
let moved = 0;

function tried(step: () => void): void {
  try {
    step();
  } catch {
    // Somebody was faster; the next round tries again.
  }
}

/** Puts a link in the place of a name, for a moment, and then back what was there. */
function swap(name: string, target: string): void {
  const kept = `${aside}-${moved++}`;
  tried(() => renameSync(name, kept));
  tried(() => symlinkSync(target, name));
  tried(() => unlinkSync(name));
  tried(() => renameSync(kept, name));
}

const rounds: Readonly<Record<string, () => void>> = {
  /** The link is there first, or comes in between. */
  record: () => swap(record, outside),
  journal: () => swap(join(record, "journal"), join(outside, "journal")),
  bodies: () => swap(join(record, "bodies"), join(outside, "bodies")),
  segment: () => swap(join(record, "journal", "00000001.jsonl"), join(outside, "precious")),
  identity: () => swap(join(record, "identity.json"), join(outside, "precious")),
  ignore: () => swap(join(record, ".gitignore"), join(outside, "precious")),
  /** An empty folder that leads into another comes and goes. */
  folder: () => {
    tried(() => mkdirSync(record));
    tried(() => symlinkSync(join(outside, "journal"), join(record, "journal")));
    tried(() => rmSync(record, { recursive: true }));
    tried(() => symlinkSync(outside, record));
    tried(() => unlinkSync(record));
  },
};
const round = rounds[what];
if (round === undefined) throw new Error(`there is no way to swap ${what}`);
const clock = new Int32Array(new SharedArrayBuffer(4));
process.stdout.write("ready\n");
const end = Date.now() + 60_000;
for (let i = 0; Date.now() < end; i++) {
  round();
  // Pauses of all lengths up to 3 ms let each step of the other program happen between two rounds.
  if (i % 8 !== 0) Atomics.wait(clock, 0, 0, (i * 7) % 4);
}
