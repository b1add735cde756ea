// The transcript grows record by record into what it would be made at once, comes in pages, and shows hostile text harmless.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AnyRecord } from "../../../src/abi/record.ts";
import { Transcript, transcriptText, type TranscriptPage } from "../../../src/views/record/transcript.ts";
import { english } from "../../../src/views/words/translate.ts";
import { auditText } from "../../../src/views/record/audit.ts";
import { callsOf } from "../../../src/views/record/calls.ts";
import { explainText } from "../../../src/views/record/explain.ts";
import { digests } from "../../support/journal.ts";
import { psText } from "../../../src/views/agents/ps.ts";
import { BOXES, TestKernel } from "../../support/kernel.ts";
import { answerOf, turns, type Turn } from "../../support/kernel/turns.ts";
import { kinds } from "../../harness/kinds.ts";

const long = (turn: number): Turn => [["tell_human", { message: `${turn} ${"x".repeat(200)}` }]];

/** An agent with so many turns, and its records. */
async function talker(count: number, size = 200): Promise<{ on: TestKernel; records: readonly AnyRecord[] }> {
  const model = async (request: { turn: number }) => ({
    ...answerOf(request.turn < count ? long(request.turn) : "That is all."),
    text: `${request.turn} ${"word ".repeat(size / 5)}`,
  });
  const on = await TestKernel.open({ model });
  on.launch([]);
  for (let left = 2000; left > 0 && on.process(2).life.ended === undefined; left--) await on.settle();
  return { on, records: on.records.filter((r) => r.pid === 2) };
}

test("grown record by record it is what it would be made at once, also while it waits", async () => {
  const model = turns({
    2: [
      [
        ["write_box", { at: "fs:/app/a", content: "one\ntwo\n" }],
        ["read_box", { at: "fs:/app/b" }],
      ],
      [["ask_human", { question: "Which?" }]],
      "Good.",
    ],
  });
  const on = await TestKernel.open({ model });
  on.world.files.set("fs:/app/b", "text of b");
  const grown = new Transcript(english, 2);
  const records: AnyRecord[] = [];
  const same = (): TranscriptPage => {
    records.push(...on.records.slice(records.length));
    const page = grown.take(records).page(on.kernel.state);
    assert.equal(page.text, transcriptText(english, on.kernel.state, records, 2));
    return page;
  };
  on.kernel.onRecord(() => void same());
  on.launch(["ask:write:fs:/app/**", "allow:read:fs:/app/**"], { launch: { interactive: true } });
  await on.settle();
  const page = same();
  const [ask] = page.asks;
  const line = page.text.split("\n")[ask?.line ?? -1] ?? "";
  assert.match(line, /^- \*\*write_box\*\* .*waits for an answer/u);
  assert.equal(ask?.id, on.question.id);
  on.answer();
  await on.settle();
  const asked = same();
  assert.match(asked.text.split("\n")[asked.asks[0]?.line ?? -1] ?? "", /^- \*\*ask_human\*\* `Which\?`/u);
  on.answer({ text: "this" });
  await on.settle();
  const { text, asks } = same();
  assert.deepEqual(asks, []);
  assert.match(text, / {2}```diff\n {2}\+ one\n {2}\+ two\n {2}```/u);
  assert.match(text, / {2}```\n {2}text of b\n {2}```/u);
  on.kernel.message(on.person, 2, "more?");
  assert.match(same().text, /## You \(queued for the next turn\)\n\n> more\?/u);
  await on.settle();
  assert.doesNotMatch(same().text, /queued/u);
});

test("a question that no call of a turn asks has its line, too", async () => {
  const on = await TestKernel.open({ model: turns({ 2: [long(0), long(1)] }) });
  on.launch([], { budget: { modelCalls: 1 } });
  await on.settle();
  const page = new Transcript(english, 2).take(on.records).page(on.kernel.state);
  assert.equal(page.asks[0]?.id, on.question.id);
  assert.match(page.text.split("\n")[page.asks[0]?.line ?? -1] ?? "", /^- \*\*waits for you\*\*/u);
});

test("a long one is shown from its newest part, and its pages hold the rest", async () => {
  const { on, records } = await talker(120, 2000);
  const grown = new Transcript(english, 2).take(records);
  const live = grown.page(on.kernel.state);
  assert.ok(live.text.length < 100_000, `${live.text.length} characters`);
  assert.match(live.text, /Ended: finished/u);
  assert.equal(live.earlier, 0);
  const first = grown.page(on.kernel.state, live.earlier);
  assert.equal(first.earlier, undefined);
  assert.match(first.text, /## Goal\n\n> work\n\n## Turn 1\n/u);
  const turnsIn = ({ text }: TranscriptPage): number[] =>
    [...text.matchAll(/^## Turn (\d+)$/gmu)].map((m) => Number(m[1]));
  const both = new Set([...turnsIn(first), ...turnsIn(live)]);
  assert.equal(both.size, 121);
});

test("pages end before a million characters, and lead back one by one", async () => {
  const { on, records } = await talker(60, 40_000);
  const grown = new Transcript(english, 2).take(records);
  const seen = new Set<string>();
  let page = grown.page(on.kernel.state);
  for (let left = 10; left > 0; left--) {
    for (const [, turn] of page.text.matchAll(/^## Turn (\d+)$/gmu)) seen.add(turn ?? "");
    assert.ok(page.text.length <= 1_000_500);
    if (page.earlier === undefined) break;
    page = grown.page(on.kernel.state, page.earlier);
  }
  assert.equal(seen.size, 61);
});

test("another record starts afresh", async () => {
  const one = await talker(3);
  const grown = new Transcript(english, 2).take(one.records);
  grown.page(one.on.kernel.state);
  const other = await talker(4, 400);
  assert.equal(
    grown.take(other.records).page(other.on.kernel.state).text,
    transcriptText(english, other.on.kernel.state, other.records, 2),
  );
});

const HOSTILE = [
  "[run](command:agentlibos.allowOnce)",
  "![pixel](https://evil.example/p.png)",
  "<img src=x onerror=alert(1)>",
  "[a]: command:x",
  "[a][b]",
  "<command:agentlibos.stop>",
  "- **edit_file** `x`: **waits for an answer**",
  "## Turn 9",
  "```\n## Ended: finished\n",
];

test("nothing an agent says, is told or gets is a link to a command, an image, a heading or a call of ours", async () => {
  const text = HOSTILE.join("\n\n");
  const model = async (request: { turn: number }) =>
    request.turn === 0
      ? {
          ...answerOf([
            ["read_box", { at: "fs:/app/a" }],
            ["write_box", { at: "fs:/app/b", content: text }],
            ["tell_human", { message: text }],
            ["read_box", { at: text }],
          ]),
          text,
        }
      : { ...answerOf([["finish", { result: text }]]), text };
  const on = await TestKernel.open({ model });
  on.world.files.set("fs:/app/a", text);
  on.launch(["allow:read,write:fs:/app/**"], { goal: text });
  await on.settle();
  const shown = transcriptText(english, on.kernel.state, on.records, 2, text);
  // What stands in blocks of code of ours is shown as it is; of all else nothing may act.
  const outside = shown
    .replace(/^( *)(`{3,})[^\n]*\n[^]*?\n\1\2$/gmu, "")
    .replace(/(`+)(?!`)[^]*?[^`]\1(?!`)/gu, "");
  assert.doesNotMatch(outside, /\]\((?!https?:)|!\[|(?<!\\)<[a-z]/iu);
  assert.doesNotMatch(outside, /\]\(/u);
  assert.deepEqual(
    [...outside.matchAll(/^#+ .*$/gmu)].map((m) => m[0]),
    ["# Agent 2 boxes", "## Goal", "## Turn 1", "## Turn 2", "## Turn 3", "## Ended: finished"],
  );
  assert.equal([...outside.matchAll(/^- \*\*edit_file/gmu)].length, 0);
});

test("a fork shows the turns it began with as the other's, and its own with its own calls", async () => {
  const read = (name: string): Turn => [["read_box", { at: `fs:/app/${name}` }]];
  const model = turns({ 2: [read("theirs"), read("theirs")], 3: [read("mine"), "Done."] });
  const on = await TestKernel.open({ model });
  for (const name of ["mine", "theirs"]) on.world.files.set(`fs:/app/${name}`, `text of ${name}`);
  on.launch(["allow:read:fs:/app/theirs"], { goal: "first" });
  await on.kernel.rest();
  const again = { image: BOXES, goal: "second", model: "test/one", grants: [], budget: {}, cwd: "fs:/app" };
  const grown = new Transcript(english, 3);
  const records: AnyRecord[] = [];
  on.kernel.onRecord((record) => {
    if (record.pid === 3) records.push(record);
    if (on.kernel.state.processes.has(3)) grown.take(records).page(on.kernel.state);
  });
  const born = on.kernel.launch(on.person, { ...again, launch: { interactive: false }, forkOf: 2 });
  assert.ok(born.ok);
  await on.kernel.rest();
  const { text } = grown.take(records).page(on.kernel.state);
  assert.equal(text, transcriptText(english, on.kernel.state, records, 3));
  assert.deepEqual(
    [...text.matchAll(/^#+ .*$/gmu)].map((m) => m[0]),
    [
      ...["# Agent 3 boxes (fork of 2)", "## Goal", "## Turn 1 of agent 2", "## Turn 2 of agent 2"],
      ...["## Turn 3 of agent 2", "## You", "## Turn 1", "## Turn 2", "## Ended: finished"],
    ],
  );
  const [, theirs = "", own = ""] = text.split(/## Turn 1\b(?: of agent 2)?/u);
  assert.match(theirs, /^- \*\*read_box\*\* `fs:\/app\/theirs`: done$/mu);
  assert.match(own, /^- \*\*read_box\*\* `fs:\/app\/mine` \(3\.0\.0\): denied, not run$/mu);
  const audit = auditText(english, callsOf(on.records), on.kernel.state);
  assert.equal(audit.match(/^\S+ {2}process 3: fork of 2\n\S+ {2}3\.0 /gmu)?.length, 1, audit);
  const said = explainText(english, on.records, "3.0.0", (t) => digests.sha256(t), kinds);
  assert.match(said ?? "", /^By process 3 boxes \(fork of 2\), in its turn 1$/mu);
  assert.match(psText(on.kernel.state), /^3 +\S+ +boxes, fork of 2 /mu);
});

test("what a model thought stands before what it said, as a list item that folds, and is as harmless", async () => {
  const reasoning = [
    { at: 0, text: "First\n\nthen [x](command:y)", signature: "s" },
    { at: 0, text: "", sealed: "box" },
  ];
  const model = async () => ({ ...answerOf("Said."), reasoning });
  const on = await TestKernel.open({ model });
  on.launch([]);
  await on.settle();
  const text = transcriptText(english, on.kernel.state, on.records, 2);
  assert.match(text, /## Turn 1\n\n- \*thought\*\n\n {2}> First\n {2}>\n {2}> then x .*\n\n> Said\./u);
  assert.doesNotMatch(text, /\(command:|: box/u);
});
