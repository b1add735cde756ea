// Calls in the words of their kind: commands in transcripts, receipts and explanations, with nothing of an agent loose.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod";
import { define, type Primitive } from "../../../src/kernel/operation.ts";
import { explainText } from "../../../src/views/record/explain.ts";
import { receiptText } from "../../../src/views/record/receipt.ts";
import { Transcript } from "../../../src/views/record/transcript.ts";
import { callWords } from "../../../src/views/words/calls.ts";
import { english } from "../../../src/views/words/translate.ts";
import { kinds } from "../../harness/kinds.ts";
import { digests } from "../../support/journal.ts";
import { BOXES, TestKernel } from "../../support/kernel.ts";
import { turns } from "../../support/kernel/turns.ts";

const change = (outcome: string) => ({ path: "app/a.ts", change: "changed", outcome });
const ran = { exit: 1, output: "1 failed\n", seconds: 2.1, mode: "layered", changes: [] };

const lines: readonly [op: string, args: unknown, value: unknown, line: string | undefined][] = [
  ["shell.run", { command: "npm test" }, undefined, "Run npm test"],
  ["shell.run", { argv: ["npm", "test"] }, ran, "Ran npm test, exit 1, 2.1 s, in a layer"],
  [
    "shell.run",
    { command: "make" },
    { ...ran, exit: null, signal: "SIGKILL", mode: "unconfined" },
    "Ran make, ended by SIGKILL, 2.1 s, outside a layer",
  ],
  [
    "shell.run",
    { command: "make" },
    { ...ran, exit: 0, changes: ["applied", "applied", "applied", "refused"].map(change), kept: 12 },
    "Ran make, exit 0, 2.1 s, in a layer, changed 3 files, 1 change was not made, 12 ignored files kept in its layer",
  ],
  [
    "shell.run",
    { command: "npm ci" },
    {
      ...ran,
      connections: [
        { host: "a.test", address: "8.8.8.8" },
        { host: "b`\n.test", why: "it is not" },
      ],
    },
    "Ran npm ci, exit 1, 2.1 s, in a layer, connected to a.test, 1 connection was refused",
  ],
  ["shell.run", { command: "x\u202ey\nz" }, undefined, "Run x‹U+202E›y‹newline›z"],
  ["shell.run", { command: "x".repeat(200) }, undefined, `Run ${"x".repeat(160)}…`],
  ["shell.run", { command: "a" }, { ...ran, signal: "`x`" }, "Run a"],
  ["shell.run", { command: "npm start" }, { command: "h7" }, "Started npm start in the background as h7"],
  ["shell.run", { command: 7 }, ran, undefined],
  ["shell.read", { command: "h7" }, undefined, "Command h7"],
  ["shell.read", { command: "h7" }, { running: 4, output: "" }, "Command h7, running for 4 s"],
  ["shell.stop", { command: "h7" }, ran, "Command h7, exit 1, 2.1 s, in a layer"],
  ["shell.list", {}, { commands: [] }, undefined],
  ["fs.read", { path: "a" }, { content: "" }, undefined],
  ["shell.constructor", {}, {}, undefined],
];
for (const [op, args, value, line] of lines)
  test(`${op} ${JSON.stringify(args).slice(0, 30)} with ${JSON.stringify(value)?.slice(0, 40) ?? "no value"}`, () => {
    assert.equal(callWords(english, kinds, { op, args, value })?.line, line);
  });

/** An operation named like that of commands, which comes to what the test says. */
const running: Primitive = {
  kind: "shell",
  operations: [
    define({
      ...{ name: "shell.run", tool: "run_command", summary: "Run.", effect: "kernel", idempotent: true },
      input: z.strictObject({ command: z.string() }),
      output: z.unknown(),
      needs: () => [],
      invoke: ({ command }) =>
        Promise.resolve(
          command === "quiet" ? { ...ran, exit: 0, output: "" } : { ...ran, changes: [change("applied")] },
        ),
    }),
  ],
};

test("a transcript shows the line and the output, a receipt the lines, an explanation the line", async () => {
  const image = { ...BOXES, name: "commands", tools: [...BOXES.tools, "run_command"] };
  const calls = ["npm `test`", "quiet"].map((command) => ["run_command", { command }] as const);
  const on = await TestKernel.open({
    model: turns({ 2: [[...calls, ["read_box", { at: "fs:/app/a" }]], "done"] }),
    more: () => [running],
    images: new Map([["commands", image]]),
  });
  on.launch([], { image });
  await on.kernel.rest();
  const { state } = on.kernel;
  const page = new Transcript(english, 2).take(on.records).page(state);
  const shown = page.text.split("\n");
  const at = shown.indexOf(
    "- Ran `` npm `test` ``, exit 1, 2.1 s, in a layer, changed 1 file (2.0.0): allowed, done",
  );
  assert.deepEqual(shown.slice(at + 1, at + 5), ["", "  ```", "  1 failed", "  ```"], page.text);
  assert.equal(shown[at + 5], "- Ran `quiet`, exit 0, 2.1 s, in a layer (2.0.1): allowed, done");
  assert.match(shown[at + 6] ?? "", /^- \*\*read_box\*\*/u);
  assert.deepEqual(
    page.calls.map(({ line, call }) => [shown[line]?.slice(0, 5), call]),
    [
      ["- Ran", "2.0.0"],
      ["- Ran", "2.0.1"],
    ],
  );
  const journal = { id: "j", head: { seq: on.records.length, hash: "h" } };
  const receipt = receiptText(english, { records: on.records, state, journal }, 2, "check it");
  assert.match(
    receipt,
    /^\*\*Ran \(2\)\*\*\n\n- Ran `` npm `test` ``, exit 1.* \(2\.0\.0\)\n- Ran `quiet`, exit 0/mu,
  );
  const explained = explainText(english, on.records, "2.0.0", (text) => digests.sha256(text), kinds) ?? "";
  assert.match(explained, /^Ran npm `test`, exit 1, 2\.1 s, in a layer, changed 1 file$/mu);
});
