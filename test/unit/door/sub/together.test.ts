// Changes that one call makes: they wait for a person together, count as one request, and are shown as one set.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_WAITING } from "../../../../src/kernel/questions/questions.ts";
import type { Question } from "../../../../src/abi/question.ts";
import { foldersOfSet, inSetOrder, setPlaceOf, setTitle } from "../../../../src/views/questions/sets.ts";
import { english } from "../../../../src/views/words/translate.ts";
import { kinds } from "../../../harness/kinds.ts";
import { TestKernel } from "../../../support/kernel.ts";
import { turns } from "../../../support/kernel/turns.ts";
import { atOnce, NESTS, Nest, nestPrimitive, type Part } from "../../../support/nest.ts";

const ASKS = "ask:write:fs:/app/**";
const writes = (n: number, folder = "a"): Part[] =>
  Array.from({ length: n }, (_, i) => ({
    op: "box.write",
    args: { at: `fs:/app/${folder}${i}.txt`, content: "new" },
  }));

/** A kernel in which a model makes calls that each make their own calls, all at once. */
async function runAll(calls: readonly (readonly Part[])[]): Promise<TestKernel> {
  const nest = new Nest();
  nest.body = atOnce;
  const k = await TestKernel.open({
    model: turns({ 2: [calls.map((parts) => ["run_nest", { calls: parts }] as const), "done"] }),
    more: () => [nestPrimitive(nest)],
    images: new Map([["nests", NESTS]]),
  });
  k.launch([ASKS], { image: NESTS });
  await k.settle();
  return k;
}

test("a thousand changes of one call wait at once, and each call of a turn may have as many", async () => {
  const k = await runAll([writes(1000), writes(40, "b")]);
  assert.equal(k.open.length, 1040);
  const places = new Set(k.open.map(({ question }) => setPlaceOf(kinds, question)));
  assert.deepEqual([...places].sort(), ["2.0.0", "2.0.1"]);
  for (const { question } of k.open) k.answer({}, question.id);
  await k.kernel.rest();
  const ends = k.of("call.end").filter((e) => e.data.op === "box.write");
  assert.deepEqual([ends.length, new Set(ends.map((e) => e.data.outcome))], [1040, new Set(["ok"])]);
});

test("what is asked in more places than may wait is refused", async () => {
  const k = await runAll(Array.from({ length: MAX_WAITING + 3 }, () => writes(2)));
  assert.equal(k.open.length, MAX_WAITING * 2);
  const busy = k.of("call.end").filter((e) => e.data.error?.code === "EBUSY");
  assert.equal(busy.length, 6);
});

test("a grant to another agent makes no waiting change look again, a deny does", async () => {
  const k = await runAll([writes(3)]);
  const deny = { effect: "deny" as const, rights: ["write"], resource: "fs:/app/a1.txt" };
  assert.ok(k.kernel.give(k.person, 2, deny).ok);
  await k.kernel.rest();
  assert.equal(k.open.length, 2);
  const ends = k.of("call.end").filter((e) => e.data.op === "box.write");
  assert.deepEqual(
    ends.map((e) => [e.call, e.data.decision]),
    [["2.0.0.2", "deny"]],
  );
});

const need = { resource: "fs:/app/src/a.ts", right: "write" };
const gone = { resource: "fs:/app/src/b.ts", right: "delete" };
const ask = { key: "cap1@ab", need, reason: "cap1 says ask", once: false, secret: false };
const askGone = { ...ask, need: gone, once: true };
const preview = { verb: "edit", target: "app/src/a.ts", risk: "low" as const, before: "a", after: "b" };

function question(call: string, more: Partial<Question> = {}): Question {
  const fixed = {
    kind: "approval",
    op: "fs.put",
    args: {},
    digest: "d",
    text: "",
    asks: [ask],
    needs: [need],
  };
  return { ...fixed, id: `q${call}`, pid: 2, call, preview, ...more };
}

const placed: readonly [what: string, question: Question, place: string | undefined][] = [
  ["an edit of a turn", question("2.0.1"), "2.0"],
  ["a removal of a turn", question("2.0.1", { asks: [askGone], needs: [gone] }), undefined],
  ["a call of a turn without a text", question("2.0.1", { preview: undefined }), undefined],
  ["an edit of a call", question("2.0.1.3"), "2.0.1"],
  ["an edit of a call of a call", question("2.0.1.3.1"), "2.0.1.3"],
  ["an edit of a call outside of all turns", question("2.x4.1"), "2.x4"],
  ["a change of a call without a text", question("2.0.1.3", { preview: undefined }), "2.0.1"],
  ["a removal of a call", question("2.0.1.3", { asks: [askGone], needs: [gone] }), "2.0.1"],
  ["a secret of a call", question("2.0.1.3", { asks: [{ ...ask, secret: true }] }), undefined],
  [
    "a change that runs later",
    question("2.0.1.3", { asks: [ask, { ...ask, key: "class:later", once: true }] }),
    undefined,
  ],
  [
    "a removal of what runs later",
    question("2.0.1.3", { asks: [askGone, { ...askGone, key: "class:later" }], needs: [gone] }),
    undefined,
  ],
  [
    "an ask of the very call",
    question("2.0.1.3", { asks: [{ ...ask, key: "call:runs", once: true }] }),
    undefined,
  ],
  [
    "no file of a call",
    question("2.0.1.3", { needs: [{ resource: "net:/a.org", right: "connect" }] }),
    undefined,
  ],
  ["a free question of a call", question("2.0.1.3", { kind: "question" }), undefined],
];
for (const [what, asked, place] of placed)
  test(`${what} ${place === undefined ? "stands alone" : `is in the set of ${place}`}`, () => {
    assert.equal(setPlaceOf(kinds, asked), place);
  });

test("removals come first in a set, then what changes in the order of the calls, by folders", () => {
  const removal = question("2.0.0.3", { asks: [askGone], needs: [gone] });
  const other = question("2.0.0.10", { needs: [{ ...need, resource: "fs:/app/docs/a.md" }] });
  const ordered = inSetOrder(kinds, [other, question("2.0.0.9"), removal, question("2.0.0.2")]);
  assert.deepEqual(
    ordered.map((q) => q.call),
    ["2.0.0.3", "2.0.0.2", "2.0.0.9", "2.0.0.10"],
  );
  assert.deepEqual(
    foldersOfSet(kinds, ordered).map(({ folder, removes, members }) => [folder, removes, members.length]),
    [
      ["fs:/app/src", true, 1],
      ["fs:/app/src", false, 2],
      ["fs:/app/docs", false, 1],
    ],
  );
});

test("the name of a set tells the agent, the turn and the call by number", () => {
  assert.deepEqual(
    ["2.0", "2.0.0", "2.3.0.4", "2.x4"].map((place) => setTitle(english, place)),
    [
      "Changes of agent 2, turn 1",
      "Changes of agent 2, turn 1, call 1",
      "Changes of agent 2, turn 4, call 1.4",
      "Changes of agent 2, call 5",
    ],
  );
});
