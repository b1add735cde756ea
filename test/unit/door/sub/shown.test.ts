// Calls of calls as shown: in the transcript, explained, and in the question of one that asks.
import assert from "node:assert/strict";
import { test } from "node:test";
import { callsOf } from "../../../../src/views/record/calls.ts";
import { explainText } from "../../../../src/views/record/explain.ts";
import { transcriptText } from "../../../../src/views/record/transcript.ts";
import { questionText, questionView } from "../../../../src/views/questions/question.ts";
import { english } from "../../../../src/views/words/translate.ts";
import { digests } from "../../../support/journal.ts";
import type { TestKernel } from "../../../support/kernel.ts";
import { NEST_FILE as FILE, runNested, type Part } from "../../../support/nest.ts";

const read: Part = { op: "box.read", args: { at: FILE } };
const write: Part = { op: "box.write", args: { at: FILE, content: "new" } };

async function run(calls: readonly Part[], grants: readonly string[]): Promise<TestKernel> {
  const k = await runNested(calls, grants);
  await k.settle();
  return k;
}

const explained = (k: TestKernel, id: string): string =>
  explainText(english, k.records, id, (text) => digests.sha256(text), k.kernel.state.kinds) ?? "";

test("the transcript shows them inside the call that made them, and not too many of them", async () => {
  const k = await run(
    [...Array.from({ length: 60 }, () => read), { op: "no.such" }],
    ["allow:read:fs:/app/**"],
  );
  const lines = transcriptText(english, k.kernel.state, k.records, 2).split("\n");
  const at = (id: string): number => lines.findIndex((line) => line.includes(`(${id})`));
  assert.ok(at("2.0.0") >= 0 && at("2.0.0") < at("2.0.0.1") && at("2.0.0.50") < at("2.0.1"));
  assert.match(lines[at("2.0.0.1")] ?? "", /^ {2}- /u);
  assert.equal(at("2.0.0.51"), -1);
  assert.ok(lines.includes("  - … and 11 more"), lines.join("\n"));
  assert.match(lines[at("2.0.1")] ?? "", /^- /u);
});

test("a turn is over when its own calls have ended, not when as many calls of them have", async () => {
  const k = await run([read, read, read, write], ["allow:read:fs:/app/**", "ask:write:fs:/app/**"]);
  assert.equal(k.question.call, "2.0.0.4");
  const text = transcriptText(english, k.kernel.state, k.records, 2);
  assert.match(text, /2\.0\.0\.4\): \*\*waits for an answer\*\*/u);
  k.answer();
  await k.kernel.rest();
  assert.doesNotMatch(transcriptText(english, k.kernel.state, k.records, 2), /waits for an answer/u);
});

test("an explanation names the maker and the list, and offers no grant for what is beyond it", async () => {
  const within = ["allow:read:fs:/app/b.txt"];
  const k = await run([{ ...read, within }, write], ["allow:read:fs:/app/**"]);
  const narrowed = explained(k, "2.0.0.1");
  assert.match(narrowed, /Made by call 2\.0\.0\n/u);
  assert.match(narrowed, /It may do at most:\n {2}allow:read:fs:\/app\/b\.txt\n/u);
  assert.match(narrowed, /beyond the part of its agent's authority/u);
  assert.doesNotMatch(narrowed, /smallest grant|nearest/u);
  const plain = explained(k, "2.0.0.2");
  assert.match(plain, /smallest grant that would do\n {2}allow:write:fs:\/app\/a\.txt/u);
  assert.doesNotMatch(plain, /at most/u);
});

test("the account of a call by a narrowed caller has its list, also when it began", async () => {
  const within = ["allow:read:fs:/app/b.txt"];
  const other = ["allow:write:fs:/app/**"];
  const k = await run(
    [{ ...read, within }, { ...write, within: other }, read],
    ["allow:read,write:fs:/app/**"],
  );
  const made = callsOf(k.records).map(({ json, begin }) => [json.call, begin !== undefined, json.within]);
  assert.deepEqual(
    made.filter(([call]) => String(call).startsWith("2.0.0.")),
    [
      ["2.0.0.1", false, within],
      ["2.0.0.2", true, other],
      ["2.0.0.3", false, undefined],
    ],
  );
});

test("a question says whose call it is", async () => {
  const k = await run([write], ["ask:write:fs:/app/**", "allow:read:fs:/app/**"]);
  const view = questionView(english, k.kernel, k.question, k.kernel.previewOf(k.question), k.person);
  assert.match(questionText(english, view), /Made by call 2\.0\.0 \(run_nest\)/u);
});
