// Words, authority, explanations and questions, over a kernel whose every record is known.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCap } from "../../../src/abi/capability.ts";
import { isFault } from "../../../src/abi/errors.ts";
import { authorityRows, authorityText, nowIn } from "../../../src/views/agents/authority.ts";
import { explainText } from "../../../src/views/record/explain.ts";
import { promptLine, readReply } from "../../../src/cli/prompt.ts";
import { questionText, questionView, type QuestionView } from "../../../src/views/questions/question.ts";
import { standingExit, standingText } from "../../../src/views/record/standing.ts";
import { english } from "../../../src/views/words/translate.ts";
import { grantWords } from "../../../src/views/words/resources.ts";
import { digests } from "../../support/journal.ts";
import { TestKernel } from "../../support/kernel.ts";
import { turns } from "../../support/kernel/turns.ts";
import { kinds } from "../../harness/kinds.ts";

const sha256 = (text: string): string => digests.sha256(text);

const WORDS: readonly (readonly [cap: string, words: string])[] = [
  ["allow:read,list:fs:/app/**", "may read and list everything in app"],
  ["ask:write,delete:fs:/app/src/**", "asks each time before it may change and delete everything in app/src"],
  ["deny:read:fs:/app/.env", "may never read app/.env"],
  ["allow:write:fs:/app/a%2Ab;uses=1", "may change app/a*b, once"],
  ["allow:read:fs:/**;uses=3", "may read every workspace folder, 3 times"],
  ["allow:call:model:/openai/gpt-5", "may call the model openai/gpt-5"],
  ["allow:spawn:process:/children;uses=2", "may start child agents, 2 times"],
  ["allow:wait,signal,message:process:/7", "may wait for, signal and send messages to process 7"],
  ["allow:execute:image:/reviewer", "may run the image reviewer"],
  ["ask:execute:image:/**", "asks each time before it may run any image"],
  ["allow:ask:human:/ask", "may ask people"],
  ["allow:read,write,link,share:object:/p2/**", "may read, change, link and share objects in p2"],
  ["deny:read:fs:/..", "may never read places outside every workspace folder"],
  [
    "allow:connect:net:/example.com;until=2030-01-01T00:00:00Z",
    "may connect to the host example.com, until 2030-01-01T00:00:00Z",
  ],
];

test("a grant reads as a sentence", () => {
  for (const [cap, words] of WORDS) {
    const listed = parseCap(cap, kinds);
    assert.ok(!isFault(listed), cap);
    assert.equal(grantWords(english, kinds, listed), words);
  }
});

test("authority names what is held, where it came from, and what no longer counts", async () => {
  const on = await TestKernel.open();
  const pid = on.launch([
    "allow:read,write:fs:/app/**",
    "deny:read:fs:/app/private/**",
    "allow:spawn:process:/children",
    "allow:execute:image:/boxes",
  ]);
  const grants = ["allow:read:fs:/app/src/**;uses=2"];
  await on.call(pid, "process.spawn", { goal: "look", grants });
  const child = pid + 1;
  const rows = authorityRows(english, on.kernel.state, child, nowIn(on.kernel.state, on.clock.now()));
  assert.deepEqual(
    rows.map((r) => [r.cap, r.lineage]),
    [
      ["allow:read:fs:/app/src/**;uses=2", `from process ${pid} (cap1), from a person`],
      ["allow:call:model:/test/one", `from process ${pid} (cap5), from a person`],
      ["allow:ask:human:/ask", "from the kernel"],
      [`allow:read,write,link,share:object:/p${child}/**`, "from the kernel"],
    ],
  );
  on.kernel.revoke(on.person, "cap1", "no more");
  const text = authorityText(english, on.kernel.state, child, nowIn(on.kernel.state, on.clock.now()));
  assert.match(text, new RegExp(`^Process ${child} boxes ← ${pid} boxes: "look"\n`, "u"));
  assert.match(text, /No longer counts:\n {2}cap\d+ +allow:read:fs:\/app\/src\/\*\*;uses=2 {2}revoked/u);
});

test("an explanation names the capability that let a call pass, or the smallest grant that is missing (P82)", async () => {
  const policy = [
    { effect: "deny" as const, rights: ["write"], resource: "fs:/app/frozen/**", reason: "frozen" },
  ];
  const on = await TestKernel.open({ policy });
  const pid = on.launch([
    "allow:read:fs:/app/src/**",
    "allow:write:fs:/app/frozen/**",
    "deny:read:fs:/app/src/private/**",
  ]);
  on.world.files.set("fs:/app/src/a", "text");
  await on.call(pid, "box.read", { at: "fs:/app/src/a" }, { id: "0.0" });
  await on.call(pid, "box.read", { at: "fs:/app/doc" }, { id: "0.1" });
  await on.call(pid, "box.write", { at: "fs:/app/frozen/x", content: "x" }, { id: "0.2" });
  await on.call(pid, "box.read", { at: "fs:/app/src/private/x" }, { id: "0.3" });
  await on.call(pid, "box.read", { at: "fs:/app/.agentlibos/x" }, { id: "0.4" });
  await on.call(pid, "box.read", { nonsense: 1 }, { id: "0.5" });
  await on.call(pid, "no.such", {}, { id: "0.6" });
  const explain = (index: number): string =>
    explainText(english, on.records, `${pid}.0.${index}`, sha256, kinds) ?? "";
  assert.match(explain(0), /by cap1 allow:read:fs:\/app\/src\/\*\*, from a person/u);
  assert.match(explain(0), /✓ invoke +done/u);
  assert.match(explain(0), /Returned \{"content":"text"\}/u);
  assert.match(explain(1), /✗ decide/u);
  assert.match(
    explain(1),
    /nearest: cap1 allow:read:fs:\/app\/src\/\*\*, from a person; it does not reach there/u,
  );
  assert.match(explain(1), /The smallest grant that would do\n {2}allow:read:fs:\/app\/doc\n/u);
  assert.match(explain(2), /denied: policy: frozen/u);
  assert.doesNotMatch(explain(2), /smallest grant/u);
  assert.match(explain(3), /denied: deny cap3 on fs:\/app\/src\/private\/\*\* \(from a person\)/u);
  assert.match(explain(4), /denied: it belongs to Agent libOS itself/u);
  assert.match(explain(5), /✗ decode/u);
  assert.match(explain(6), /✗ find/u);
  assert.equal(explainText(english, on.records, "9.9.9", sha256, kinds), undefined);
});

/** An agent that waits for a person to allow one write. */
async function asking(
  content: string,
  more: readonly string[] = [],
): Promise<{ on: TestKernel; view: (all?: boolean) => QuestionView }> {
  const model = turns({ 2: [[["write_box", { at: "fs:/app/a\u202Eb", content }]], "done"] });
  const on = await TestKernel.open({ model });
  on.launch(["ask:write:fs:/app/**", ...more], { goal: "tidy\u200B up" });
  await on.settle();
  const { question } = on;
  const { kernel, person } = on;
  return {
    on,
    view: (all) => questionView(english, kernel, question, kernel.previewOf(question), person, all),
  };
}

test("a question says who asks, what for, why, and the exact text that each answer would store", async () => {
  const { on, view } = await asking("new\u200Btext");
  const shown = view();
  const text = questionText(english, shown);
  assert.match(text, /^Agent 2 boxes\nwants to/u);
  assert.doesNotMatch(text, /[\u200B\u202E]|newline/u);
  assert.match(text, /^ {2}What {3}change\n {2}Where {2}"fs:.+"\n {2}Risk {3}medium\n {2}Why {4}change /mu);
  assert.match(text, /new‹U\+200B›text/u);
  assert.match(text, /Why {4}change "app\/a‹U\+202E›b": cap1 says ask for fs:\/app\/\*\*/u);
  assert.deepEqual(
    shown.offers.map((o) => o.scope),
    ["once", "agent", "workspace"],
  );
  // What was shown is what is stored.
  const { question } = on;
  assert.equal(on.answer({ scope: "agent" }, question.id).ok, true);
  const stored = on.of("question.close").at(-1)?.data.answer?.grant ?? "";
  assert.equal(shown.offers[1]?.stored[0], stored.replace("\u202E", "‹U+202E›"));
});

test("what was not shown whole can be allowed for this one call only", async () => {
  const { view } = await asking("line\n".repeat(500));
  assert.deepEqual([view().whole, view().offers.map((o) => o.scope)], [false, ["once"]]);
  assert.match(questionText(english, view()), /shown in part/u);
  assert.match(view().length, /^500 lines/u);
  assert.deepEqual([view(true).whole, view(true).offers.length], [true, 3]);
});

test("typed lines are answers only where they are offered; an empty line allows nothing", async () => {
  const { on, view } = await asking("x");
  const shown = view();
  assert.equal(promptLine(shown), "(y) once, (a) this agent, (w) this workspace, (n) no: ");
  assert.deepEqual(readReply(shown, " Y "), { answer: { allow: true, scope: "once" } });
  assert.deepEqual(readReply(shown, "w"), { answer: { allow: true, scope: "workspace" } });
  assert.deepEqual(readReply(shown, "n"), { answer: { allow: false, scope: "once" } });
  for (const line of ["", "yes", "s", "x"]) assert.equal(readReply(shown, line), "again");
  const answeringOf = (kind: string): QuestionView["answering"] => {
    const { kernel, person } = on;
    return questionView(english, kernel, { ...on.question, kind }, undefined, person).answering;
  };
  const free: QuestionView = { ...shown, answering: answeringOf("question"), offers: [] };
  assert.deepEqual(readReply(free, "blue "), { answer: { allow: true, scope: "once", text: "blue" } });
  assert.deepEqual(readReply(free, "  "), { answer: { allow: false, scope: "once" } });
  const effect: QuestionView = { ...shown, answering: answeringOf("effect"), offers: [] };
  assert.deepEqual(readReply(effect, "n"), { answer: { allow: true, scope: "once", text: "did not" } });
  assert.deepEqual(readReply(effect, "x"), { answer: { allow: false, scope: "once" } });
  const part: QuestionView = { ...shown, offers: shown.offers.slice(0, 1), whole: false };
  assert.equal(readReply(part, "w"), "again");
  assert.equal(readReply(part, "s"), "whole");
  const strict: QuestionView = { ...shown, id: "q12", strict: true, offers: shown.offers.slice(0, 1) };
  assert.equal(promptLine(strict), "(yes q12) once, (n) no: ");
  for (const line of ["y", "yes", "yes q1", "yes q123", "yesq12", "q12", "r", "a", "w"])
    assert.equal(readReply(strict, line), "again", line);
  assert.deepEqual(readReply(strict, " Yes  Q12 "), { answer: { allow: true, scope: "once" } });
  assert.deepEqual(readReply(strict, "n"), { answer: { allow: false, scope: "once" } });
});

test("every standing has words, advice and its exit code", () => {
  const codes = {
    foreign: 3,
    copy: 3,
    "rolled-back": 3,
    lost: 3,
    moved: 3,
    damaged: 3,
    newer: 3,
    locked: 4,
    "read-only": 3,
    absent: 2,
  } as const;
  for (const [kind, code] of Object.entries(codes)) {
    const standing = { kind: kind as keyof typeof codes, detail: "the detail" };
    assert.equal(standingExit(standing), code);
    assert.match(standingText(english, standing), /: the detail\n.+\n$/u);
  }
  assert.equal(standingExit({ kind: "obeyed" }), 0);
});
