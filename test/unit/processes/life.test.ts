// The life of a process: every event in every standing, against a table written out by hand.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  mayRun,
  NEW_LIFE,
  stateOf,
  stepLife,
  type Life,
  type LifeEvent,
} from "../../../src/kernel/state/life.ts";

const STANDINGS: Record<string, Life> = {
  new: NEW_LIFE,
  paused: { ...NEW_LIFE, paused: true },
  approval: { ...NEW_LIFE, stops: { approval: 1 } },
  approvals: { ...NEW_LIFE, stops: { approval: 2 } },
  "approval+budget": { ...NEW_LIFE, stops: { approval: 1, budget: 1 } },
  "paused+message": { ...NEW_LIFE, paused: true, stops: { message: 1 } },
  zombie: { ...NEW_LIFE, ended: "finished" },
  reaped: { ...NEW_LIFE, ended: "killed", reaped: true },
};

const EVENTS: Record<string, LifeEvent> = {
  pause: { type: "pause" },
  resume: { type: "resume" },
  reap: { type: "reap" },
  "block approval": { type: "block", on: "approval" },
  "block question": { type: "block", on: "question" },
  "block message": { type: "block", on: "message" },
  "block budget": { type: "block", on: "budget" },
  "block effect": { type: "block", on: "effect" },
  "block model": { type: "block", on: "model" },
  "wake approval": { type: "wake", on: "approval" },
  "wake question": { type: "wake", on: "question" },
  "wake message": { type: "wake", on: "message" },
  "wake budget": { type: "wake", on: "budget" },
  "wake effect": { type: "wake", on: "effect" },
  "wake model": { type: "wake", on: "model" },
  "exit finished": { type: "exit", exit: "finished" },
  "exit failed": { type: "exit", exit: "failed" },
  "exit killed": { type: "exit", exit: "killed" },
};

/** A standing in one word each: `paused`, reasons with counts, `finished`, `reaped`. */
function say(life: Life | undefined): string {
  if (life === undefined) return "-";
  const words = [
    ...(life.ended === undefined ? [] : [life.ended]),
    ...(life.reaped ? ["reaped"] : []),
    ...(life.paused ? ["paused"] : []),
    ...Object.entries(life.stops).map(([on, count]) => (count === 1 ? on : `${on}*${count}`)),
  ];
  return words.length === 0 ? "free" : words.sort().join(" ");
}

// One row an event, one column a standing, in the order of STANDINGS. `-` is not legal: nothing changes.
const TABLE = `
pause          | paused  | -              | approval paused   | approval*2 paused      | approval budget paused   | -                      | - | -
resume         | -       | free           | -                 | -                      | -                        | message                | - | -
reap           | -       | -              | -                 | -                      | -                        | -                      | finished reaped | -
block approval | approval| approval paused| approval*2        | approval*3             | approval*2 budget        | approval message paused| - | -
block question | question| paused question| approval question | approval*2 question    | approval budget question | message paused question| - | -
block message  | message | message paused | approval message  | approval*2 message     | approval budget message  | message*2 paused       | - | -
block budget   | budget  | budget paused  | approval budget   | approval*2 budget      | approval budget*2        | budget message paused  | - | -
block effect   | effect  | effect paused  | approval effect   | approval*2 effect      | approval budget effect   | effect message paused  | - | -
block model    | model   | model paused   | approval model    | approval*2 model       | approval budget model    | message model paused   | - | -
wake approval  | -       | -              | free              | approval               | budget                   | -                      | - | -
wake question  | -       | -              | -                 | -                      | -                        | -                      | - | -
wake message   | -       | -              | -                 | -                      | -                        | paused                 | - | -
wake budget    | -       | -              | -                 | -                      | approval                 | -                      | - | -
wake effect    | -       | -              | -                 | -                      | -                        | -                      | - | -
wake model     | -       | -              | -                 | -                      | -                        | -                      | - | -
exit finished  | finished| finished       | finished          | finished               | finished                 | finished               | - | -
exit failed    | failed  | failed         | failed            | failed                 | failed                   | failed                 | - | -
exit killed    | killed  | killed         | killed            | killed                 | killed                   | killed                 | - | -
`;

const rows = TABLE.trim()
  .split("\n")
  .map((line) => line.split("|").map((cell) => cell.trim()));

test("the table names every event and every standing", () => {
  assert.deepEqual(
    rows.map(([event]) => event),
    Object.keys(EVENTS),
  );
  for (const row of rows) assert.equal(row.length, Object.keys(STANDINGS).length + 1, row[0]);
});

for (const [event = "", ...expected] of rows) {
  test(`step on ${event} (P40)`, () => {
    const happened = EVENTS[event];
    assert.ok(happened);
    for (const [i, [name, life]] of Object.entries(STANDINGS).entries()) {
      const before = structuredClone(life);
      assert.equal(say(stepLife(life, happened)), expected[i], `${name}, then ${event}`);
      assert.deepEqual(life, before, `${name} must not be changed in place`);
    }
  });
}

test("a process may run unless it has ended, is paused, or waits for more than its calls do", () => {
  const may = Object.entries(STANDINGS).map(([name, life]) => `${name}:${mayRun(life)}`);
  assert.deepEqual(may, [
    ...["new:true", "paused:false", "approval:true", "approvals:true", "approval+budget:false"],
    ...["paused+message:false", "zombie:false", "reaped:false"],
  ]);
});

const WORDS: [name: string, life: Life, looping: boolean, calls: (string | undefined)[], said: string][] = [
  ["nothing goes on", NEW_LIFE, false, [], "runnable"],
  ["its loop thinks", NEW_LIFE, true, [], "running"],
  ["a call runs", NEW_LIFE, true, [undefined], "running"],
  ["a call waits", NEW_LIFE, true, ["timer"], "blocked timer"],
  ["one call waits, one runs", NEW_LIFE, true, ["approval", undefined], "running"],
  ["two calls wait", NEW_LIFE, true, ["approval", "child"], "blocked approval child"],
  [
    "an approval waits that no loop serves",
    { ...NEW_LIFE, stops: { approval: 1 } },
    false,
    [],
    "blocked approval",
  ],
  ["paused while a call runs", { ...NEW_LIFE, paused: true }, true, [undefined], "paused"],
  [
    "paused while asking",
    { ...NEW_LIFE, paused: true, stops: { approval: 1 } },
    true,
    ["approval"],
    "paused approval",
  ],
  ["ended", { ...NEW_LIFE, ended: "failed" }, true, [undefined], "zombie"],
];

for (const [name, life, looping, calls, said] of WORDS) {
  test(`the word for a process when ${name} is "${said}"`, () => {
    const { state, on } = stateOf(life, { looping, calls });
    assert.equal([state, ...on].join(" "), said);
  });
}
