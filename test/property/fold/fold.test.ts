// The fold of any records: it never throws and never makes a circle, and what a person does afterwards is in force.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AnyRecord } from "../../../src/abi/record.ts";
import { whyNoRecord } from "../../../src/kernel/record/line.ts";
import { applyRecord } from "../../../src/kernel/state/fold.ts";
import { emptyState, type State } from "../../../src/kernel/state/rows.ts";
import { payers } from "../../../src/kernel/state/account.ts";
import { authorityText, nowIn } from "../../../src/views/agents/authority.ts";
import { psText } from "../../../src/views/agents/ps.ts";
import { auditText } from "../../../src/views/record/audit.ts";
import { callsOf } from "../../../src/views/record/calls.ts";
import { transcriptText } from "../../../src/views/record/transcript.ts";
import { english } from "../../../src/views/words/translate.ts";
import { TestKernel } from "../../support/kernel.ts";
import { digests } from "../../support/journal.ts";
import { DATA, history, recordsOf } from "./records.ts";
import { share } from "../../support/runs.ts";
import { kinds } from "../../harness/kinds.ts";

/** Walks everything that is linked, and fails when a walk does not end. */
function walk(state: State): void {
  for (const process of state.processes.values()) {
    let steps = 0;
    for (const payer of payers(state, process.pid))
      assert.ok(payer.pid !== 1 && ++steps <= state.processes.size);
    assert.ok(process.children.length <= state.processes.size * 2);
    const living = [...state.processes.values()].filter(
      (child) => child.pid !== 1 && child.parent === process.pid && child.life.ended === undefined,
    );
    assert.equal(process.living, living.length, `living children of ${process.pid}`);
  }
  for (const { cap } of state.capabilities.all()) {
    let steps = 0;
    for (let at = cap.parent; at !== undefined; at = state.capabilities.get(at)?.cap.parent)
      assert.ok(++steps <= state.capabilities.size);
  }
}

/** Builds every text that shows a state. */
function showAll(state: State, records: readonly AnyRecord[]): void {
  psText(state);
  auditText(english, callsOf(records), state);
  for (const process of state.processes.keys()) {
    authorityText(english, state, process, nowIn(state, 0));
    transcriptText(english, state, records, process);
  }
}

test("each kind of record is tried as one that a journal could hold", () => {
  for (const [kind, data] of Object.entries(DATA)) {
    const [sample] = fc.sample(data, { numRuns: 1, seed: 7 });
    const record = { v: 1, seq: 1, kind, time: "2026-01-01T00:00:00.000Z", pid: 2, data: sample, prev: "" };
    assert.equal(whyNoRecord(JSON.parse(JSON.stringify(record))), undefined, kind);
  }
});

test("no records make the fold throw, a walk endless, or a view fail", () => {
  fc.assert(
    fc.property(history(60), (list) => {
      const records = recordsOf(list);
      const state = emptyState((text) => digests.sha256(text), kinds);
      for (const record of records) applyRecord(state, record);
      walk(state);
      showAll(state, records);
    }),
    { numRuns: share(1500) },
  );
});

test("whatever stands on the record, a person's revoke, pause and kill are recorded and in force", async () => {
  await fc.assert(
    fc.asyncProperty(history(40), async (list) => {
      const records = recordsOf(list).map((record, i) => ({ ...record, seq: i + 1 }));
      const k = await TestKernel.open({ records, paused: true });
      const { state } = k.kernel;
      for (const { cap } of [...state.capabilities.all()]) {
        assert.ok(k.kernel.revoke(k.person, cap.id, "enough").ok);
        assert.equal(state.capabilities.get(cap.id)?.revoked, true);
      }
      const living = [...state.processes.values()].filter((p) => p.pid !== 1 && p.life.ended === undefined);
      for (const { pid: each } of living)
        assert.equal(k.kernel.signal(k.person, each, "pause", "enough"), undefined);
      assert.ok(living.every((p) => p.life.paused));
      for (const { pid: each, life } of living)
        if (life.ended === undefined)
          assert.ok([undefined, "ENOENT"].includes(k.kernel.signal(k.person, each, "kill", "enough")?.code));
      assert.ok(living.every((p) => p.life.ended !== undefined));
      assert.ok(k.kernel.writable);
      assert.deepEqual(k.of("capability.revoke").length >= state.capabilities.size, true);
      await k.kernel.stop();
    }),
    { numRuns: share(250, 5) },
  );
});
