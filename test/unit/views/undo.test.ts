// What a turn did to files, told from its calls: each file once, oldest content to newest, and nothing of others lost.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FileChange } from "../../../src/kernel/operation.ts";
import { changedTurns } from "../../../src/views/record/changes.ts";
import type { CallRow } from "../../../src/views/record/calls.ts";

/** Operations whose prestate is what they did: a change, or nothing that can be taken back. */
const operations = new Map([
  ["box.do", { changes: (raw: unknown) => (raw === null ? undefined : [raw as FileChange]) }],
]);

let seq = 0;
function row(call: string, prestate: FileChange | null, changed = true): CallRow {
  seq += 1;
  const record = { v: 1 as const, seq, time: "", prev: "", pid: 2, call };
  const used = { modelCalls: 0, toolCalls: 1, tokens: 0, activeSeconds: 0 };
  const json = {
    pid: 2,
    call,
    syscall: "box.do",
    args: {},
    needs: [],
    decision: "allow",
    outcome: "ok",
  } as const;
  return {
    json: { ...json, needs: [] },
    time: "",
    asked: [],
    begin: {
      ...record,
      kind: "call.begin",
      data: {
        ...{
          op: "box.do",
          args: {},
          needs: [],
          decision: "allow",
          digest: "",
          prestate,
          spends: [],
          reserve: used,
        },
      },
    },
    end: {
      ...record,
      kind: "call.end",
      data: {
        op: "box.do",
        decision: "allow",
        outcome: "ok",
        used,
        micros: 1,
        ...(changed ? { changed } : {}),
      },
    },
  };
}
const change = (resource: string, pre: string, post: string): FileChange => ({ resource, pre, post });

test("two changes of one file are one, from before the first to after the last", () => {
  const rows = [row("2.0.0", change("fs:/a/x", "1", "2")), row("2.0.1", change("fs:/a/x", "2", "3"))];
  assert.deepEqual(changedTurns(rows, operations), [
    { turn: 0, files: [change("fs:/a/x", "1", "3")], beyond: [] },
  ]);
});

test("where somebody else wrote in between, only what came after is taken back", () => {
  const rows = [row("2.0.0", change("fs:/a/x", "1", "2")), row("2.0.1", change("fs:/a/x", "theirs", "3"))];
  assert.deepEqual(changedTurns(rows, operations)[0]?.files, [change("fs:/a/x", "theirs", "3")]);
});

test("effects count in the order in which they began, whatever order the calls have", () => {
  const second = row("2.0.1", change("fs:/a/x", "1", "2"));
  const first = row("2.0.0", change("fs:/a/x", "2", "3"));
  assert.deepEqual(changedTurns([first, second], operations)[0]?.files, [change("fs:/a/x", "1", "3")]);
});

test("turns come newest first; what came back by itself, or changed nothing, is not there; folders are named", () => {
  const rows = [
    row("2.0.0", change("fs:/a/x", "1", "2")),
    row("2.0.1", change("fs:/a/x", "2", "1")),
    row("2.1.0", change("fs:/a/y", "1", "2"), false),
    row("2.2.0", null),
    row("2.3.0", change("fs:/a/z", "1", "2")),
  ];
  assert.deepEqual(changedTurns(rows, operations), [
    { turn: 3, files: [change("fs:/a/z", "1", "2")], beyond: [] },
    { turn: 2, files: [], beyond: ["2.2.0"] },
  ]);
});
