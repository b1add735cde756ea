// Crashes while a call waits: its question survives, and what changed meanwhile is judged anew.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Turn } from "../../../support/kernel/turns.ts";
import { FILE, run, WRITE } from "./file.ts";

for (const when of ["before", "after"] as const) {
  test(`an approval that waits survives a crash; the answer ${when} its process goes on takes effect (P26)`, async () => {
    const k = await run(WRITE, ["ask:write:fs:/app/**"]);
    const { id } = k.question;
    const next = await k.crash(Infinity, { paused: true });
    assert.equal(next.question.id, id, "it still waits, under the same name");
    assert.deepEqual(next.kernel.standing(2), { state: "blocked", on: ["approval"] });
    if (when === "after") {
      next.kernel.resumeAll();
      await next.settle();
      assert.equal(next.question.id, id, "and is taken up, not asked twice");
    }
    next.answer();
    await next.kernel.rest();
    assert.deepEqual(next.world.effects, [`write ${FILE} new`]);
    assert.equal(next.process(2).life.ended, "finished");
    assert.equal(next.of("question.open").length, 1);
    assert.equal(next.of("call.end").find((e) => e.data.op === "box.write")?.data.decision, "approved");
  });

  test(`a question to a person survives a crash; the answer ${when} its process goes on arrives`, async () => {
    const script: Turn[] = [[["ask_human", { question: "Which?" }]], [["tell_human", { message: "thanks" }]]];
    const k = await run(script, []);
    const next = await k.crash(Infinity, { paused: true });
    if (when === "after") {
      next.kernel.resumeAll();
      await next.settle();
    }
    next.answer({ text: "the left one" });
    next.kernel.resumeAll();
    await next.kernel.rest();
    const end = next.of("call.end").find((e) => e.data.op === "human.ask");
    assert.deepEqual(end?.data.value, { answer: "the left one" });
    assert.equal(next.of("question.open").length, 1);
    assert.equal(next.process(2).life.ended, "finished");
  });

  test(`a no given ${when} the process goes on is a no`, async () => {
    const k = await run(WRITE, ["ask:write:fs:/app/**"]);
    const next = await k.crash(Infinity, { paused: true });
    if (when === "after") {
      next.kernel.resumeAll();
      await next.settle();
    }
    next.answer({ allow: false });
    await next.kernel.rest();
    assert.deepEqual(next.world.effects, []);
    assert.equal(next.of("call.end").find((e) => e.data.op === "box.write")?.data.decision, "refused");
    assert.equal(next.of("question.open").length, 1, "it is not asked again");
  });
}

test("a file that changed while the runtime was away is asked for anew", async () => {
  const k = await run(WRITE, ["ask:write:fs:/app/**"]);
  const { id } = k.question;
  k.world.files.set(FILE, "somebody else was here");
  const next = await k.crash(Infinity, { paused: true });
  next.answer({}, id);
  await next.settle();
  assert.deepEqual(next.world.effects, []);
  assert.notEqual(next.question.id, id);
  next.answer();
  await next.kernel.rest();
  assert.deepEqual(next.world.effects, [`write ${FILE} new`]);
});

test("authority revoked while the runtime was away is gone", async () => {
  const k = await run(WRITE, ["ask:write:fs:/app/**"]);
  k.journal.held = true;
  const minted = k.answer();
  await k.settle();
  assert.equal(k.of("call.begin").filter((b) => b.data.op === "box.write").length, 1);
  const next = await k.crash(Infinity, { paused: true });
  next.kernel.revoke(next.person, minted.ok ? (minted.value.minted[0] ?? "") : "", "no");
  next.kernel.resumeAll();
  await next.settle();
  assert.deepEqual(next.world.effects, []);
});

test("arguments with a secret do not survive: the question goes and the agent is told to call again", async () => {
  const secret = "hunter2-hunter2";
  const script: Turn[] = [[["write_box", { at: FILE, content: `password ${secret}` }]], [["finish", {}]]];
  const k = await run(script, ["ask:write:fs:/app/**"], { secrets: [secret] });
  assert.ok(!JSON.stringify(k.records).includes(secret));
  const shown = k.kernel.previewOf(k.question);
  assert.ok(shown?.after?.includes(secret), "the person who is asked now sees all of it");
  const next = await k.crash(Infinity, { secrets: [secret] });
  await next.kernel.rest();
  assert.equal(next.open.length, 0);
  const end = next.of("call.end").find((e) => e.data.op === "box.write");
  assert.deepEqual([end?.data.outcome, end?.data.error?.code], ["not-run", "ESTALE"]);
  assert.deepEqual(next.world.effects, []);
  assert.equal(next.world.files.get(FILE), "old");
});

test("without a crash the same arguments are written as they were said", async () => {
  const secret = "hunter2-hunter2";
  const script: Turn[] = [[["write_box", { at: FILE, content: `password ${secret}` }]], [["finish", {}]]];
  const k = await run(script, ["ask:write:fs:/app/**"], { secrets: [secret] });
  k.answer();
  await k.kernel.rest();
  assert.equal(k.world.files.get(FILE), `password ${secret}`);
  assert.ok(!JSON.stringify(k.records).includes(secret));
});
