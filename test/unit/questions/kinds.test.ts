// Kinds of questions: a kind that a primitive brings, and one in a record that nobody knows any more.
import assert from "node:assert/strict";
import { test } from "node:test";
import { askPerson, promptLine, readReply } from "../../../src/cli/prompt.ts";
import type { KernelOps } from "../../../src/kernel/ops.ts";
import type { OwnQuestionKind } from "../../../src/kernel/questions/kinds.ts";
import { Folded } from "../../../src/kernel/state/fold.ts";
import { approvalsOf } from "../../../src/views/questions/approvals.ts";
import { questionText, questionView, type QuestionView } from "../../../src/views/questions/question.ts";
import { QuestionRow } from "../../../src/views/questions/row.ts";
import { waysOf } from "../../../src/views/questions/ways.ts";
import { english } from "../../../src/views/words/translate.ts";
import { voteKind } from "../../support/box/vote.ts";
import { digests } from "../../support/journal.ts";
import { code, TestKernel } from "../../support/kernel.ts";
import { votePrimitive } from "../../support/voting.ts";

const VOTE = { more: (ops: KernelOps) => [votePrimitive(ops)] };

async function voting(): Promise<{ k: TestKernel; pid: number; vote: ReturnType<TestKernel["call"]> }> {
  const k = await TestKernel.open(VOTE);
  const pid = k.launch([]);
  const vote = k.call(pid, "box.vote", { question: "Where to?" }, { id: "0.0" });
  await k.settle();
  return { k, pid, vote };
}

const viewOf = ({ kernel, person, question }: TestKernel): QuestionView =>
  questionView(english, kernel, question, kernel.previewOf(question), person);
const rowOf = ({ kernel, question }: TestKernel): QuestionRow => new QuestionRow(english, kernel, question);

test("a kind of a primitive stops its process, mints, and gives its outcome, as its fields say", async () => {
  const { k, pid, vote } = await voting();
  assert.equal(k.of("question.open").at(-1)?.data.stop, "question", "the record has what a fold needs");
  assert.deepEqual(k.kernel.standing(pid).on, ["question"]);
  const seen = new Folded((text) => digests.sha256(text), k.kernel.state.kinds, k.records).state;
  assert.deepEqual(
    seen.processes.get(pid)?.life,
    k.process(pid).life,
    "a fold without the kind says the same",
  );
  const answered = k.answer({ text: "left" });
  assert.ok(answered.ok);
  assert.equal(answered.value.minted.length, 1);
  const result = await vote;
  assert.deepEqual(result.ok && result.value, { answer: "left" });
  const { outcome, answer } = k.of("question.close").at(-1)?.data ?? {};
  assert.deepEqual([outcome, answer?.grant], ["answered", "allow:read:fs:/app/left/**"]);
  assert.equal(k.lastEnd.decision, "approved");
  assert.equal(code(await k.call(pid, "box.read", { at: "fs:/app/left/a" })), "ENOENT", "it may look");
});

test("an answer settles what its kind says, and a rule of the command line only as far as its kind lets it", async () => {
  const { k, pid } = await voting();
  const { id } = k.question;
  const given = { allow: true, scope: "once", text: "right" } as const;
  assert.equal(code(k.kernel.answer(k.launcher, id, given)), "EACCES");
  assert.equal(code(k.answer({ text: "nobody" })), "ok");
  assert.deepEqual([k.process(pid).life.ended, k.process(pid).reason], ["failed", "voted out"]);
  const other = await voting();
  assert.equal(code(other.k.kernel.answer(other.k.launcher, id, { allow: false, scope: "once" })), "ok");
  assert.equal(code(await other.vote), "ECANCELED");
});

test("no primitive changes a kind of another, and none asks a kind that nobody brought", async () => {
  const twice = TestKernel.open({
    more: (ops) => [votePrimitive(ops), votePrimitive(ops, "x.y", "z")],
  });
  await assert.rejects(twice, /two kinds of question "vote"/u);
  const taken = { kind: "thief", operations: [], questions: [{ ...voteKind, name: "approval" }] };
  await assert.rejects(TestKernel.open({ more: () => [taken] }), /two kinds of question "approval"/u);
  const without = (ops: KernelOps) => [{ ...votePrimitive(ops), questions: [] }];
  const k = await TestKernel.open({ more: without });
  assert.equal(code(await k.call(k.launch([]), "box.vote", { question: "?" })), "EFAULT");
  assert.equal(k.of("question.open").length, 0);
});

test("a terminal shows the words of such a kind, and takes its keys and no others", async () => {
  const { k, vote } = await voting();
  const view = viewOf(k);
  const text = questionText(english, view);
  assert.match(text, /^Agent 2 boxes\nasks for a vote \(q1\):\n\n {2}Voters {2}one\n/u);
  assert.match(text, /\| Where to\?/u);
  assert.equal(promptLine(view), "Which way? (l) Go left, (r) Go right, (o) Go home, (n) no: ");
  for (const line of ["", "y", "left", "a", "w", "s"]) assert.equal(readReply(view, line), "again", line);
  assert.deepEqual(readReply(view, "n"), { answer: { allow: false, scope: "once" } });
  const keyless = { id: "all", key: "", label: () => "all", answer: { allow: true, scope: "once" } } as const;
  const careless = { ...view, answering: { by: "choices", ask: "", choices: [keyless] } } as const;
  assert.equal(readReply(careless, ""), "again", "Enter chooses nothing, whatever a kind says");
  const lines = ["what?", " R "];
  const answer = await askPerson(k.kernel, k.question, k.person, () => Promise.resolve(lines.shift()));
  assert.deepEqual(answer, { allow: true, scope: "once", text: "right" });
  assert.equal(
    code(k.kernel.answer(k.person, k.question.id, answer ?? { allow: false, scope: "once" })),
    "ok",
  );
  const result = await vote;
  assert.deepEqual(result.ok && result.value, { answer: "right" });
});

test("a strict question of such a kind takes no single key for a yes", async () => {
  const { k } = await voting();
  const strict: QuestionView = { ...viewOf(k), strict: true };
  assert.equal(readReply(strict, "l"), "again");
  assert.deepEqual(readReply(strict, "L  Q1"), { answer: { allow: true, scope: "once", text: "left" } });
  assert.deepEqual(readReply(strict, "n"), { answer: { allow: false, scope: "once" } });
});

test("a row says it in one line, and offers no yes that is not on its list", async () => {
  const { k } = await voting();
  const row = rowOf(k);
  assert.deepEqual(
    [row.line, row.icon, row.free, row.scopable, row.fits(), row.menu(true)],
    ["Vote: Where to?", "megaphone", true, false, false, "free"],
  );
});

/** The same kind, but answered by what an allow stores. */
const PASS: OwnQuestionKind = {
  ...voteKind,
  byRule: "once",
  grants: (_question, { scope }, issuer) => [
    {
      ...{ effect: "allow", rights: ["read"], resource: "fs:/app/left/**", issuer },
      ...(scope === "once" ? { uses: 1 } : {}),
    },
  ],
  shown: { ...voteKind.shown, facts: true, answering: { by: "offers", scopes: ["once", "agent"] } },
};

test("a kind of a primitive may offer grants: their text is shown, and a rule of the command line may allow once", async () => {
  const more = (ops: KernelOps) => [{ ...votePrimitive(ops), questions: [PASS] }];
  const k = await TestKernel.open({ more });
  const pid = k.launch([]);
  const vote = k.call(pid, "box.vote", { question: "May I look?" });
  await k.settle();
  const view = viewOf(k);
  assert.deepEqual(
    view.offers.map(({ scope, stored }) => [scope, ...stored]),
    [
      ["once", "allow:read:fs:/app/left/**;uses=1"],
      ["agent", "allow:read:fs:/app/left/**"],
    ],
  );
  assert.equal(promptLine(view), "(y) once, (a) this agent, (n) no: ");
  assert.equal(readReply(view, "w"), "again");
  const row = rowOf(k);
  assert.deepEqual([row.free, row.scopable, row.menu(false)], [false, true, "whole"]);
  const { id } = k.question;
  const rule = (scope: "once" | "agent") => k.kernel.answer(k.launcher, id, { allow: true, scope });
  assert.deepEqual([code(rule("agent")), code(rule("once"))], ["EACCES", "ok"]);
  assert.equal(code(await vote), "ok");
  assert.equal(k.of("question.close").at(-1)?.data.answer?.grant, view.offers[0]?.stored[0]);
});

test("a question of a kind that nobody knows any more is shown plainly, and can only be denied", async () => {
  const { k: before, pid } = await voting();
  const k = await before.crash(Infinity, { more: () => [] });
  assert.deepEqual(k.process(pid).life.stops, { question: 1 });
  const view = viewOf(k);
  assert.match(
    questionText(english, view),
    /this version does not understand; it can only be denied \(q1\)/u,
  );
  assert.equal(promptLine(view), "(n) no: ");
  for (const line of ["", "y", "l", "r"]) assert.equal(readReply(view, line), "again", line);
  assert.deepEqual(
    waysOf(english, view).map((way) => way.id),
    ["deny"],
  );
  const row = rowOf(k);
  assert.deepEqual([row.line, row.free, row.scopable, row.fits()], ['"Where to?"', true, false, false]);
  assert.equal(code(k.answer({ text: "left" })), "EINVAL", "nobody can tell what a yes would do");
  assert.equal(code(k.answer({ allow: false })), "ok");
  assert.deepEqual(k.process(pid).life.stops, {});
  const [asked] = approvalsOf(k.records);
  assert.deepEqual([asked?.kind, asked?.outcome], ["vote", "denied"]);
});
