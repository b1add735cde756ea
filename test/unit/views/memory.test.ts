// Memory as people read it: where a part left a conversation, what stands for it, and what was told of the objects.
import assert from "node:assert/strict";
import { test } from "node:test";
import { auditText } from "../../../src/views/record/audit.ts";
import { callsOf } from "../../../src/views/record/calls.ts";
import { explainText } from "../../../src/views/record/explain.ts";
import { transcriptText } from "../../../src/views/record/transcript.ts";
import { english } from "../../../src/views/words/translate.ts";
import { digests } from "../../support/journal.ts";
import { long, type Long } from "../../support/long.ts";
import { kinds } from "../../harness/kinds.ts";

/** An agent that keeps a plan and fills its conversation until a part of it leaves. */
async function compacted(more: Long = {}) {
  const plan = { name: "plan", type: "plan", value: { steps: [{ text: "go" }] } };
  const script: Long["script"] = (_, turn) => (turn === 0 ? [["put_object", plan]] : undefined);
  const { k } = await long({ length: 9, script, ...more });
  k.launch([]);
  await k.kernel.rest();
  const call = k.of("process.trim")[0]?.call ?? "";
  return { k, turn: Number(/^2\.(\d+)s0$/u.exec(call)?.[1]), from: k.of("process.trim")[0]?.data.from ?? 0 };
}

test("the transcript says where the summary stands, with its text, and keeps the original", async () => {
  const { k, turn, from } = await compacted({ sumUp: () => Promise.resolve("[all](command:x) went well") });
  const text = transcriptText(english, k.kernel.state, k.records, 2);
  const [before = "", after = ""] = text.split(`## Turn ${turn + 1}\n`);
  const note = `- \`said:1 to said:${from - 1} have left the conversation: the conversation passed `;
  assert.ok(after.trimStart().startsWith(note), after.slice(0, 300));
  assert.match(after, /conversation-summary version 1 stands for them`\n\n {2}> [^]*?went well/u);
  assert.ok(!text.includes("(command:x)"), "what the model wrote is harmless");
  assert.ok(before.includes("## Turn 1\n") && before.includes("**put_object**"));
  assert.match(after, /- `told of plan version 1 and n4 version 1; not of n3 version 1 /u);
});

test("without a summary the transcript says why", async () => {
  const { k } = await compacted({ sumUp: () => Promise.resolve("") });
  const text = transcriptText(english, k.kernel.state, k.records, 2);
  assert.match(text, /have left the conversation: .*; no summary: EIO: The summary came back empty\./u);
});

test("Explain of a model call lists each object with its reason, and what had left the conversation", async () => {
  const { k, turn, from } = await compacted();
  const explain = (call: string) =>
    explainText(english, k.records, call, (text) => digests.sha256(text), kinds) ?? "";
  const text = explain(`2.${turn}`);
  const memory = text.slice(text.indexOf("\nMemory\n"));
  assert.match(memory, /^\nMemory\n {2}plan version 1: told, about \d+ tokens\n/u);
  assert.match(memory, / {2}n1 version 1: no room for it, about \d+ tokens\n/u);
  assert.match(memory, / {2}conversation-summary version 1: stands in the conversation, /u);
  assert.ok(memory.includes(`  said:1 to said:${from - 1} have left the conversation\n`));
  assert.ok(
    memory.includes(`  conversation-summary version 1 stands for what was said before said:${from}\n`),
  );
  assert.ok(!explain("2.0").includes("\nMemory\n"), "nothing yet");
  assert.ok(!explain("2.1.0").includes("\nMemory\n"), "a tool's call is told nothing");
  assert.match(explain(k.of("process.trim")[0]?.call ?? ""), /Returned .*conversation-summary/u);
});

test("the audit names with a model call what changed in what its process is told", async () => {
  const { k, turn } = await compacted();
  const lines = auditText(english, callsOf(k.records), k.kernel.state).split("\n");
  const line = lines.find((l) => l.includes(` 2.${turn} `)) ?? "";
  assert.match(
    line,
    /model\.call .*model:\/test\/one {2}told of plan version 1 and n4 version 1; not of n3 version 1 \(no room for it\)/u,
  );
  assert.equal(lines.filter((l) => l.includes("told of")).length, 1, "and with no other");
  const asked = lines.findIndex((l) => l.includes(` 2.${turn}s0 `));
  assert.ok(asked > 0 && asked < lines.indexOf(line), "the call for the summary stands before it");
});
