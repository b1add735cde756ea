// Rows of the history in words: days by a fake clock, turns, and a filter; and the texts that a call left in a file.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  dayWords,
  filterWords,
  startOfDay,
  turnName,
  turnSumWords,
} from "../../../src/views/history/rows.ts";
import { fileEvents, textsAfter } from "../../../src/views/history/file-events.ts";
import { NO_TURN } from "../../../src/kernel/ports/history.ts";
import type { CallRow } from "../../../src/views/record/calls.ts";
import { english } from "../../../src/views/words/translate.ts";

/** Noon of a day in spring, by the clock of this machine. */
const NOON = new Date(2030, 2, 13, 12).getTime();

test("a day is told by its date, and the last two also by their distance", () => {
  const at = (day: number) => dayWords(english, "en", new Date(2030, 2, day).getTime(), NOON);
  assert.deepEqual(
    [at(13), at(12), at(11)],
    [
      { label: "Today", description: "March 13, 2030" },
      { label: "Yesterday", description: "March 12, 2030" },
      { label: "March 11, 2030", description: "Monday" },
    ],
  );
  assert.equal(startOfDay(NOON), new Date(2030, 2, 13).getTime());
  assert.equal(startOfDay(startOfDay(NOON)), startOfDay(NOON));
});

test("a turn is counted from one, and tells only sums that are not nothing", () => {
  assert.deepEqual([turnName(english, 0), turnName(english, NO_TURN)], ["Turn 1", "Outside of turns"]);
  const sum = { turn: 0, calls: 1, denied: 0, tokens: 0 };
  assert.equal(turnSumWords(english, "en", sum), "1 call");
  assert.equal(
    turnSumWords(english, "en", { ...sum, calls: 12, denied: 2, tokens: 1234567 }),
    "12 calls · 2 denied · 1,234,567 tokens",
  );
});

test("a filter is told in one line, whatever its text holds", () => {
  const name = (pid: number): string => `agent ${pid}`;
  assert.equal(filterWords(english, {}, name), "");
  const all = {
    pid: 3,
    resources: ["fs:/app/a%25b.ts"],
    decision: "deny",
    syscall: "fs.*",
    tokens: 5,
  } as const;
  assert.equal(
    filterWords(english, { ...all, text: "x\n\u202ey" }, name),
    "agent 3 · app/a%b.ts · denied · fs · 5 tokens or more · “x‹newline›‹U+202E›y”",
  );
});

const row = (args: unknown, more: object = {}): CallRow => ({
  json: {
    ...{ pid: 2, call: "2.0.0", syscall: "fs.edit", args, decision: "allow", outcome: "ok" },
    ...{ needs: [{ right: "write", resource: "fs:/app/a.ts" }], ...more },
  },
  time: "2030-03-13T12:00:00.000Z",
  asked: [],
});

test("the texts that a call may have left are those that its arguments tell", () => {
  assert.deepEqual(textsAfter(row({ content: "new" }), undefined), ["new"]);
  assert.deepEqual(textsAfter(row({ old_text: "a", new_text: "$&" }), "a-a"), ["$&-a", "$&-$&"]);
  assert.deepEqual(textsAfter(row({ old_text: "", new_text: "b" }), "a"), []);
  assert.deepEqual(textsAfter(row({ old_text: "a", new_text: "b" }), undefined), []);
  assert.deepEqual(textsAfter(row(null), "a"), []);
});

test("only what is about exactly the file is an event of it", () => {
  const calls = [
    row({}),
    row({}, { needs: [{ right: "read", resource: "fs:/app/**" }] }),
    row({}, { decision: "refused", outcome: "error" }),
  ];
  const found = fileEvents(calls, "fs:/app/a.ts");
  assert.deepEqual(
    found.map(({ row: { json }, denied }) => [json.decision, denied]),
    [
      ["allow", false],
      ["refused", true],
    ],
  );
});
