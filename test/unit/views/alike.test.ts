// Alike: what asks for the same stands in one row, never while somebody looks, and never with what only looks the same.
import type { Question } from "../../../src/abi/question.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { arrangeQuestions, likenessOf, type QueuePlace } from "../../../src/views/questions/approvals.ts";
import { kinds } from "../../harness/kinds.ts";
import { share } from "../../support/runs.ts";

const need = { resource: "net:/example.org", right: "connect" };
const ASK = { key: "cap1@ab", need, reason: "cap1 says ask", once: false, secret: false };

function question(id: string, more: Partial<Question> = {}): Question {
  const fixed = { kind: "approval" as const, op: "net.fetch", args: {}, digest: "d", text: "" };
  return { ...fixed, id, pid: 2, asks: [ASK], needs: [need], ...more };
}

const apart: [what: string, more: Partial<Question>][] = [
  ["another digest", { digest: "e" }],
  ["another operation", { op: "net.post" }],
  ["another case", { needs: [{ ...need, resource: "net:/Example.org" }] }],
  ["an invisible character", { needs: [{ ...need, resource: "net:/exam\u200bple.org" }] }],
  ["another right asked for", { asks: [{ ...ASK, need: { ...need, right: "call" } }] }],
  ["a rule that also asks", { asks: [ASK, { ...ASK, key: "policy:ask:connect" }] }],
  ["a class that also asks", { asks: [ASK, { ...ASK, key: "class:build" }] }],
  ["another shown target", { preview: { title: "Connect", target: "net:/examp1e.org", risk: "low" } }],
  ["another kind", { kind: "permission" }],
];
for (const [what, more] of apart)
  test(`${what} is another request`, () => {
    const key = likenessOf(kinds, question("q1"));
    assert.ok(key !== undefined);
    assert.notEqual(likenessOf(kinds, question("q2", more)), key);
  });

const single: [what: string, more: Partial<Question>][] = [
  ["a once-only request", { asks: [{ ...ASK, once: true }] }],
  ["a secret", { asks: [{ ...ASK, secret: true }] }],
  ["a delete", { needs: [{ resource: "fs:/app/a", right: "delete" }] }],
  ["a delete that is asked for", { asks: [{ ...ASK, need: { resource: "fs:/app/a", right: "delete" } }] }],
  ["a new text of a file", { preview: { title: "Edit a", target: "fs:/app/a", risk: "low", after: "x" } }],
  ["a text that goes", { preview: { title: "x", target: "fs:/app/a", risk: "low", before: "x" } }],
  ["a free question", { kind: "question" }],
  ["an unknown effect", { kind: "effect" }],
  ["a budget", { kind: "budget" }],
];
for (const [what, more] of single)
  test(`${what} always stands by itself`, () => {
    assert.equal(likenessOf(kinds, question("q1", more)), undefined);
    const places = arrangeQuestions(kinds, [], [question("q1", more), question("q2", more)], false);
    assert.deepEqual(places, [{ pid: 2 }]);
  });

test("who asks, and by which capability of theirs, makes no other request", () => {
  const mine = { pid: 3, asks: [{ ...ASK, key: "cap9@cd", reason: "cap9 says ask" }] };
  assert.equal(likenessOf(kinds, question("q2", mine)), likenessOf(kinds, question("q1")));
});

/** The questions under each place, in the order in which they stand. */
function rows(places: readonly QueuePlace[], waiting: readonly Question[]): string[][] {
  const together = new Set(places.flatMap((p) => ("alike" in p ? p.alike : [])));
  return places.flatMap((p): string[][] =>
    "alike" in p
      ? [p.alike.filter((id) => waiting.some((q) => q.id === id))]
      : waiting.filter((q) => q.pid === p.pid && !together.has(q.id)).map((q) => [q.id]),
  );
}

test("no row moves, grows or merges while the list is shown, and the same stands together when nobody looks", () => {
  const event = fc.oneof(
    { weight: 5, arbitrary: fc.record({ pid: fc.integer({ min: 2, max: 4 }), kind: fc.nat(4) }) },
    { weight: 2, arbitrary: fc.record({ close: fc.nat(9) }) },
    { weight: 2, arbitrary: fc.record({ shown: fc.boolean() }) },
  );
  const made = (id: string, pid: number, kind: number): Question =>
    kind === 4
      ? question(id, { pid, asks: [{ ...ASK, once: true }] })
      : question(id, { pid, digest: `d${kind}` });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), (events) => {
      let waiting: Question[] = [];
      let places: QueuePlace[] = [];
      let shown = false;
      let count = 0;
      for (const each of events) {
        if ("pid" in each) waiting = [...waiting, made(`q${count++}`, each.pid, each.kind)];
        else if ("close" in each) waiting = waiting.filter((_, i) => i !== each.close);
        const was = shown;
        const before = rows(places, waiting).filter((row) => row.length > 0);
        if ("shown" in each) shown = each.shown;
        // What was shown until now is merged only once it is hidden.
        places = arrangeQuestions(kinds, places, waiting, was && shown);
        const now = rows(places, waiting);
        assert.deepEqual(now.flat().sort(), waiting.map((q) => q.id).sort(), "each stands once");
        assert.ok(now.every((row) => row.length > 0));
        for (const row of now) {
          const keys = row.map((id) => likenessOf(kinds, waiting.find((q) => q.id === id) ?? question("")));
          assert.ok(row.length === 1 || (keys[0] !== undefined && keys.every((key) => key === keys[0])));
        }
        if (was && shown) {
          const old = now.filter((row) => before.some((b) => b[0] === row[0]));
          assert.deepEqual(old, before, "what was there stands as it stood");
        } else {
          const keys = now.map((row) =>
            likenessOf(kinds, waiting.find((q) => q.id === row[0]) ?? question("")),
          );
          const named = keys.filter((key) => key !== undefined);
          assert.equal(new Set(named).size, named.length, "no two rows ask for the same");
        }
      }
    }),
    { numRuns: share(2000) },
  );
});
