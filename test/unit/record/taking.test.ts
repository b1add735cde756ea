// Taking records while they are read: only what a good head covers, and anew when a head turns out not to be good.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { AnyRecord } from "../../../src/abi/record.ts";
import { nodeDigests } from "../../../src/host/node/digests.ts";
import { openJournal } from "../../../src/host/node/journal/open.ts";
import { DiskPlace, scan } from "../../harness/journal.ts";

/** Writes the history of a file anew from its second head on, with a whole chain but without the key. */
function rewrite(path: string): number {
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  const from = lines.findIndex((line) => line.includes('"kind":"head"')) + 1;
  let prev = nodeDigests.sha256(lines[from - 1] ?? "");
  for (let i = from; i < lines.length; i++) {
    const text = (lines[i] ?? "")
      .replace("short", "shirt")
      .replace(/"prev":"[0-9a-f]{64}"/u, `"prev":"${prev}"`);
    lines[i] = text;
    prev = nodeDigests.sha256(text);
  }
  writeFileSync(path, lines.join("\n") + "\n");
  return from;
}

test("what is taken is what a good head covers, whatever stands behind it", async (t) => {
  const p = new DiskPlace();
  t.after(() => {
    p.remove();
  });
  const applied = await p.filled(30);
  let taken: AnyRecord[] = [];
  let begun = 0;
  const anew = (): ((record: AnyRecord) => void) => {
    taken = [];
    begun += 1;
    return (record) => void taken.push(record);
  };
  const open = () =>
    openJournal({
      root: p.root,
      home: p.home,
      roots: [{ name: "w", path: p.root }],
      scan,
      mode: "view",
      anew,
    });
  const whole = await open();
  assert.deepEqual(taken, applied);
  assert.deepEqual(
    [whole.records.length, begun],
    [0, 1],
    "no list is made beside, and nothing is read twice",
  );
  const path = join(p.folder, "journal/00000001.jsonl");
  const good = readFileSync(path);
  const last = good.toString().trimEnd().split("\n").at(-1) ?? "";
  writeFileSync(path, good.subarray(0, good.length - last.length - 1));
  await open();
  assert.equal(taken.at(-1)?.kind, "head", "what no head covers any more is not taken");
  assert.ok(taken.length < applied.length - 1);
  writeFileSync(path, good);
  const from = rewrite(path);
  const opened = await open();
  assert.equal(opened.standing.kind, "damaged");
  assert.deepEqual(taken, applied.slice(0, from));
  assert.equal(opened.last.seq, from);
});
