// The output of a call as text: what came while somebody listened, what its record holds, and what neither has.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AnyRecord, RecordData } from "../../../src/abi/record.ts";
import { outputText } from "../../../src/views/record/output.ts";
import { english } from "../../../src/views/words/translate.ts";
import { kinds } from "../../harness/kinds.ts";

const at = { v: 1, seq: 1, time: "2026-01-01T00:00:00.000Z", pid: 2, call: "2.0.0", prev: "" } as const;
const args = { command: "npm test" };

/** The records of a call of this operation; without an end it still runs. */
function records(end?: Partial<RecordData<"call.end">>, op = "shell.run"): AnyRecord[] {
  const used = { modelCalls: 0, toolCalls: 1, tokens: 0, activeSeconds: 0 };
  const begin = {
    op,
    args,
    needs: [],
    decision: "allow" as const,
    spends: [],
    reserve: used,
    idempotent: false,
  };
  const begun = { ...at, kind: "call.begin", data: { ...begin, effect: "external" } } as const;
  const fixed = { op, decision: "allow" as const, outcome: "ok" as const, used, micros: 1 };
  const ended = { ...at, seq: 2, kind: "call.end", data: { ...fixed, ...end } } as const;
  return [begun as unknown as AnyRecord, ...(end === undefined ? [] : [ended as unknown as AnyRecord])];
}

const value = { exit: 0, output: "1 passed\n", seconds: 1, mode: "layered", changes: [] };
const error = { code: "EINTR" as const, message: "A person stopped this.", hint: "" };

const texts: readonly [what: string, records: AnyRecord[], live: string | undefined, text: string][] = [
  ["nothing yet", records(), undefined, "Run npm test\n\nIt has put out nothing yet.\n"],
  ["what came so far", records(), "one\ntwo", "Run npm test\n\none\ntwo\n"],
  ["colours and returns", records(), "\u001b[32mok\u001b[0m\r\n10%\r20%\n", "Run npm test\n\nok\n10%\n20%\n"],
  ["what a terminal would obey", records(), "a\u001b]0;x\u0007b", "Run npm test\n\na‹U+001B›]0;x‹U+0007›b\n"],
  ["the value", records({ value }), undefined, "Ran npm test, exit 0, 1 s, in a layer\n\n1 passed\n"],
  [
    "no text",
    records({ value: { ...value, output: "" } }),
    undefined,
    "Ran npm test, exit 0, 1 s, in a layer\n\nIt put out nothing.\n",
  ],
  [
    "a fault",
    records({ outcome: "error", error }),
    undefined,
    "Run npm test\nEINTR: A person stopped this.\n\nThe record does not hold what it put out.\n",
  ],
  [
    "recorded output",
    records({ output: { head: "first\n", tail: "last\n", omitted: 9 } }, "make.run"),
    undefined,
    "make.run\n\nfirst\n\n… 9 bytes are left out here\nlast\n",
  ],
  ["no record", [], undefined, "Nothing is on record of this call yet.\n"],
];
for (const [what, of, live, text] of texts)
  test(`the output shows ${what}`, () => {
    assert.equal(outputText(english, kinds, of, live), text);
  });
