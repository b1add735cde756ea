// Dead capabilities: those that are over are passed by once, and a use that is given back counts again.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Capability } from "../../../src/abi/capability.ts";
import { CapabilityTable } from "../../../src/kernel/authority/capabilities.ts";
import { kinds } from "../../harness/kinds.ts";
import { digests } from "../../support/journal.ts";

const NEED = { resource: "fs:/app/a", right: "read" };
const AT = { now: Date.parse("2026-01-02T00:00:00.000Z"), placeOf: () => undefined };

function table(list: readonly Partial<Capability>[]) {
  const made = new CapabilityTable((text) => digests.sha256(text), kinds);
  for (const [i, more] of list.entries())
    made.add({
      ...{
        id: `cap${i}`,
        holder: 2,
        effect: "allow",
        rights: ["read"],
        resource: "fs:/app/a",
        issuer: "person",
      },
      ...more,
    });
  const found = (spent?: readonly string[]) => {
    const at = spent === undefined ? AT : { ...AT, spent: new Set(spent) };
    return made.allows(2, NEED, at).map((held) => held.cap.id);
  };
  return { made, found };
}

const many = (more: Partial<Capability>): Partial<Capability>[] => Array.from({ length: 100 }, () => more);

/** How often the liveness of one is asked for in one decision. */
function looks(made: CapabilityTable, decide: () => unknown): number {
  let count = 0;
  const real = made.live.bind(made);
  made.live = (held, at) => (count++, real(held, at));
  decide();
  made.live = real;
  return count;
}

test("those that are revoked, spent or past their time are passed by once", () => {
  for (const over of ["revoked", "spent", "expired"] as const) {
    const { made, found } = table([
      ...many(over === "expired" ? { until: "2026-01-01T00:00:00.000Z" } : { uses: 1 }),
      {},
    ]);
    for (let i = 0; i < 100; i++) {
      if (over === "revoked") made.revoke(`cap${i}`);
      if (over === "spent") made.spend(`cap${i}`, 1);
    }
    assert.deepEqual(found(), ["cap100"]);
    assert.ok(looks(made, found) <= 17, over);
    assert.equal(made.heldBy(2).length, 101, "the history stays");
  }
});

test("a use that is given back counts again, in its place; one that this call spent counts for it", () => {
  const { made, found } = table([...many({ uses: 1 }), {}]);
  for (let i = 0; i < 100; i++) made.spend(`cap${i}`, 1);
  assert.deepEqual(found(), ["cap100"]);
  assert.deepEqual(found(["cap7"]), ["cap7", "cap100"]);
  made.spend("cap7", -1);
  made.spend("cap3", -1);
  assert.deepEqual(found(), ["cap3", "cap7", "cap100"]);
  assert.deepEqual(found(["cap7"]), ["cap3", "cap7", "cap100"], "none counts twice");
});
