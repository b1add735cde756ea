// What a turn did to files, told from its calls: each file once, oldest content to newest, and nothing of others lost.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FileChange } from "../../../src/abi/record/files.ts";
import { changedTurns } from "../../../src/views/record/changes.ts";
import type { CallRow } from "../../../src/views/record/calls.ts";

/** The changes that a call of a record told: those its end lists, or a stored prestate alone. */
interface Told {
  readonly changes?: FileChange[];
  readonly prestate?: unknown;
  readonly unlisted?: number;
  readonly changed?: boolean;
}

let seq = 0;
function row(call: string, { changes, prestate = null, unlisted, changed = true }: Told): CallRow {
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
        ...(changes === undefined ? {} : { changes }),
        ...(unlisted === undefined ? {} : { unlisted }),
      },
    },
  };
}

/** A content, by a digit: its digest. */
const of = (content: string): string => (content === "absent" ? content : content.repeat(64).slice(0, 64));
const change = (resource: string, pre: string, post: string): FileChange => ({
  resource,
  pre: of(pre),
  post: of(post),
});
const made = (...changes: FileChange[]): Told => ({ changes });

test("two changes of one file are one, from before the first to after the last", () => {
  const rows = [
    row("2.0.0", made(change("fs:/a/x", "1", "2"))),
    row("2.0.1", made(change("fs:/a/x", "2", "3"))),
  ];
  assert.deepEqual(changedTurns(rows), [{ turn: 0, files: [change("fs:/a/x", "1", "3")], beyond: [] }]);
});

test("where somebody else wrote in between, only what came after is taken back", () => {
  const rows = [
    row("2.0.0", made(change("fs:/a/x", "1", "2"))),
    row("2.0.1", made(change("fs:/a/x", "9", "3"))),
  ];
  assert.deepEqual(changedTurns(rows)[0]?.files, [change("fs:/a/x", "9", "3")]);
});

test("effects count in the order in which they began, whatever order the calls have", () => {
  const second = row("2.0.1", made(change("fs:/a/x", "1", "2")));
  const first = row("2.0.0", made(change("fs:/a/x", "2", "3")));
  assert.deepEqual(changedTurns([first, second])[0]?.files, [change("fs:/a/x", "1", "3")]);
});

test("turns come newest first; what came back by itself, or changed nothing, is not there", () => {
  const rows = [
    row("2.0.0", made(change("fs:/a/x", "1", "2"))),
    row("2.0.1", made(change("fs:/a/x", "2", "1"))),
    row("2.1.0", { ...made(change("fs:/a/y", "1", "2")), changed: false }),
    row("2.2.0", {}),
    row("2.3.0", made(change("fs:/a/z", "1", "2"))),
  ];
  assert.deepEqual(changedTurns(rows), [
    { turn: 3, files: [change("fs:/a/z", "1", "2")], beyond: [] },
    { turn: 2, files: [], beyond: ["2.2.0"] },
  ]);
});

test("folders and changes that had no room are named, and the files beside them still come back", () => {
  const x = change("fs:/a/x", "1", "2");
  const folder = { resource: "fs:/a/d", pre: "absent", post: "folder" };
  const rows = [row("2.0.0", made(x, folder)), row("2.1.0", { ...made(x), unlisted: 3 })];
  assert.deepEqual(changedTurns(rows), [
    { turn: 1, files: [x], beyond: ["2.1.0"] },
    { turn: 0, files: [x], beyond: ["2.0.0"] },
  ]);
});

test("a stored call that lists no changes is read by the shape of its prestate", () => {
  const pre = of("1");
  const more = { identity: "1:1", names: 1 };
  const cases: [prestate: unknown, files: FileChange[], beyond: boolean][] = [
    [{ ...change("fs:/a/x", "1", "2"), mode: 420, bytes: 3 }, [change("fs:/a/x", "1", "2")], false],
    [{ resource: "fs:/a/x", pre, ...more }, [change("fs:/a/x", "1", "absent")], false],
    [
      { from: "fs:/a/x", to: "fs:/a/y", pre, ...more },
      [change("fs:/a/x", "1", "absent"), change("fs:/a/y", "absent", "1")],
      false,
    ],
    [{ resource: "fs:/a/d", pre, ...more, names: 7 }, [], true],
    [{ resource: "fs:/a/l", pre: "link 1:1", ...more }, [], true],
    [{ resource: "fs:/a/d", pre: "absent" }, [], true],
    [{ other: "shape" }, [], true],
  ];
  for (const [prestate, files, beyond] of cases)
    assert.deepEqual(
      changedTurns([row("2.0.0", { prestate })]),
      [{ turn: 0, files, beyond: beyond ? ["2.0.0"] : [] }],
      JSON.stringify(prestate),
    );
});
