// Needles: the same places as the engine's own search finds, also in texts that are made against it.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Needle } from "../../../../src/primitives/fs/text/needle.ts";

/** The places by the engine's own search. */
function placesOf(text: string, part: string, overlapping: boolean): number[] {
  const found: number[] = [];
  const step = overlapping ? 1 : part.length;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + step)) found.push(at);
  return found;
}

test("a needle of any length is found where the engine finds it", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 400 });
  fc.assert(
    fc.property(text, text, fc.nat(40), fc.boolean(), (before, part, more, overlapping) => {
      fc.pre(part !== "");
      const long = part.repeat(1 + more);
      const whole = before + long + before + part + long + long;
      const needle = new Needle(long);
      assert.deepEqual([...needle.places(whole, overlapping)], placesOf(whole, long, overlapping));
      assert.equal(needle.isIn(whole), true);
      assert.equal(needle.isIn(before), before.includes(long));
    }),
  );
});

test("a text made against the engine's search is looked through once", () => {
  const text = "a".repeat(4_000_000);
  for (const part of [`${"a".repeat(1_000_000)}b${"a".repeat(1_000_000)}`, `b${"a".repeat(2_000_000)}`])
    assert.equal(new Needle(part).isIn(text), false);
  const places = new Needle("a".repeat(1_000_000)).places(text, true);
  assert.equal([...places].length, 3_000_001);
});
