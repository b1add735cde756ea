// The plan of a restore: every way in which a file goes back, stays, or cannot.
import assert from "node:assert/strict";
import { test } from "node:test";
import { planRestore, type Wish } from "../../../src/kernel/checkpoints/plan.ts";
import { joinChange, type FileSince } from "../../../src/kernel/checkpoints/rows.ts";
import type { FilesNow, FoundFile } from "../../../src/kernel/ports.ts";

const [ONE, TWO, THREE] = ["1", "2", "3"].map((digit) => digit.repeat(64)) as [string, string, string];
const AT = "fs:/app/a";
const found = (mark: string, more: Partial<FoundFile> = {}): FoundFile => ({
  ...{ mark, runs: false, large: false },
  ...more,
});
const changed = (pre: string, post: string, more: Partial<FileSince> = {}): FileSince => ({
  ...{ resource: AT, pre, post, first: 1, last: 1, by: [2] },
  ...more,
});

/** What the plan says of one file, when this stands there now and these contents are kept. */
async function told(change: FileSince, now: FoundFile, wish: Partial<Wish> = {}, kept = [ONE, TWO, THREE]) {
  const files: FilesNow = {
    at: () => Promise.resolve(now),
    copied: (sha256) => Promise.resolve(kept.includes(sha256)),
    files: () => Promise.resolve(undefined),
  };
  const [step] = await planRestore([change], { family: 2, only: [], ...wish }, files);
  return step === undefined ? "left out" : [step.outcome, step.why ?? ""].join(" ").trim();
}

/** Each case: its name, the change, what stands there, and the outcome without and with the file named. */
const CASES: readonly (readonly [string, FileSince, FoundFile, string, string])[] = [
  ["as the agent left it", changed(ONE, TWO), found(TWO), "restored", "restored"],
  ["made by the agent", changed("absent", TWO), found(TWO), "removed", "removed"],
  ["as it was", changed(ONE, TWO), found(ONE), "equal", "equal"],
  ["changed since", changed(ONE, TWO), found(THREE), "conflict changed", "restored"],
  ["deleted since", changed(ONE, TWO), found("absent"), "conflict changed", "restored"],
  ["changed in between", changed(ONE, TWO, { mixed: true }), found(TWO), "conflict between", "restored"],
  ["another family", changed(ONE, TWO, { by: [2, 5] }), found(TWO), "conflict others", "restored"],
  ["a folder in its place", changed(ONE, TWO), found("folder"), "conflict kind", "conflict kind"],
  [
    "too large to be kept",
    changed("absent", TWO),
    found(TWO, { large: true }),
    "conflict large",
    "conflict large",
  ],
  ["a link before", changed("link 1:2", "absent"), found("absent"), "gone kind", "gone kind"],
  ["made a program", changed(ONE, ONE, { runs: true }), found(ONE, { runs: true }), "restored", "restored"],
];

for (const [name, change, now, plain, named] of CASES)
  test(`a file that is ${name}: ${plain}; named: ${named}`, async () => {
    assert.equal(await told(change, now), plain);
    assert.equal(await told(change, now, { only: [AT] }), named);
    assert.equal(await told(change, now, { only: ["fs:/app"] }), plain, "a folder overrides nothing");
    assert.equal(await told(change, now, { only: ["fs:/app/b"] }), "left out");
  });

test("without a copy it is gone, and a person's checkpoint takes the work of all families back", async () => {
  assert.equal(await told(changed(ONE, TWO), found(TWO), {}, [TWO]), "gone");
  assert.equal(await told(changed(ONE, TWO, { by: [2, 5] }), found(TWO), { family: undefined }), "restored");
});

test("changes join to what was before the first and after the last, and a gap between them is somebody else's work", () => {
  const joined = new Map<string, FileSince>();
  joinChange(joined, changed(ONE, TWO, { ran: true, runs: true }));
  joinChange(joined, changed(TWO, THREE, { first: 4, last: 4, by: [5] }));
  assert.deepEqual(joined.get(AT), { ...changed(ONE, THREE, { last: 4, by: [2, 5], ran: true }) });
  joinChange(joined, changed(ONE, "absent", { first: 6, last: 6 }));
  assert.equal(joined.get(AT)?.mixed, true);
});
