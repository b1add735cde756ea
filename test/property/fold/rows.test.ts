// State as rows: written down after any record and read back, it is the same state, and goes on as the other does.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AnyRecord } from "../../../src/abi/record.ts";
import { applyRecord, Folded } from "../../../src/kernel/state/fold.ts";
import type { State } from "../../../src/kernel/state/rows.ts";
import { fromRows, toRows } from "../../../src/kernel/state/snapshot/rows.ts";
import { nowIn } from "../../../src/views/agents/authority.ts";
import { kinds } from "../../harness/kinds.ts";
import { digests } from "../../support/journal.ts";
import { plainState } from "../../support/plain.ts";
import { LONG, share } from "../../support/runs.ts";
import { storedRecords } from "../../stored/records.ts";
import { history, recordsOf } from "./records.ts";

const sha256 = (text: string): string => digests.sha256(text);

/** The state that a snapshot of this one gives: through its text, as it lies on the disk. */
function reopened(folded: Folded): Folded {
  return fromRows(printed(folded), sha256, kinds);
}

/** The rows as they lie on the disk. */
function printed(folded: Folded): unknown {
  return JSON.parse(JSON.stringify(toRows(folded.state)));
}

/** The answers of the capability table to every question that a decision asks, and the state itself. */
function observed(state: State): unknown {
  const table = state.capabilities;
  const at = nowIn(state, Date.parse("2026-01-01T00:00:00Z"));
  const resources = ["fs:/app/a", "fs:/app/**", "object:/p2/n", "object:/p3/n", "process:/2", "human:/ask"];
  const decisions = [...state.processes.keys()].map((pid) =>
    resources.map((resource) =>
      ["read", "write", "message"].map((right) => [
        table.allows(pid, { resource, right }, at).map((held) => held.cap.id),
        table.limits([pid], "ask", { resource, right }, at).map((held) => held.key),
        table.limits([pid], "deny", { resource, right }, at).map((held) => held.cap.id),
      ]),
    ),
  );
  return [plainState(state), decisions, [...table.leading.left]];
}

function foldedTo(records: readonly AnyRecord[], count: number): Folded {
  return new Folded(sha256, kinds, records.slice(0, count));
}

test("rows after any record give the same state, and the records behind them lead to the same state", () => {
  fc.assert(
    fc.property(history(60), fc.nat(), (list, cut) => {
      const records = recordsOf(list);
      const n = cut % (records.length + 1);
      const whole = foldedTo(records, n);
      const again = reopened(whole);
      assert.deepEqual(observed(again.state), observed(whole.state));
      for (const record of records.slice(n)) {
        // Each gets a record of its own, so that none of them sees what the other does to it.
        whole.take(structuredClone(record));
        again.take(structuredClone(record));
      }
      assert.deepEqual(observed(again.state), observed(whole.state));
      assert.deepEqual(printed(again), printed(whole));
    }),
    { numRuns: share(3000) },
  );
});

test("rows of another format are refused, and so are rows that do not fit each other", () => {
  const rows = toRows(foldedTo([], 0).state);
  assert.throws(() => fromRows({ ...rows, format: 0 }, sha256, kinds), /another format/u);
  assert.throws(() => fromRows({ ...rows, questions: [3] }, sha256, kinds), /no row 3/u);
});

test("a state read back shares nothing with the one that was written down", () => {
  const [sample = []] = fc.sample(history(60), { numRuns: 1, seed: 11 });
  const whole = foldedTo(recordsOf(sample), 60);
  const before = JSON.stringify(plainState(whole.state));
  const again = reopened(whole);
  for (const record of recordsOf(sample)) applyRecord(again.state, record);
  assert.equal(JSON.stringify(plainState(whole.state)), before);
});

for (const [name, records] of await storedRecords()) {
  test(`the record of ${name} gives the same state from the rows after any of its records`, () => {
    const whole = observed(foldedTo(records, records.length).state);
    const step = LONG ? 1 : 7;
    for (let n = 0; n <= records.length; n += step) {
      const again = reopened(foldedTo(records, n));
      for (const record of records.slice(n)) again.take(record);
      assert.deepEqual(observed(again.state), whole, `from record ${n}`);
    }
  });
}
