// Answers: who may give one, how often, to what, and what a rule of the command line may never say.
import type { Answer } from "../../../src/abi/question.ts";
import { Call } from "../../../src/kernel/call.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import { code, TestKernel } from "../../support/kernel.ts";

async function asking(grants = ["allow:read:fs:/app/**", "ask:write,delete:fs:/app/**"]) {
  const k = await TestKernel.open();
  const pid = k.launch(grants);
  k.world.files.set("fs:/app/a.txt", "old");
  return { k, pid, write: (content: string) => k.call(pid, "box.write", { at: "fs:/app/a.txt", content }) };
}

test("a question is answered once, by a person, under its own name (P27)", async () => {
  const { k, write } = await asking();
  const call = write("new");
  await k.settle();
  const { id } = k.question;
  for (const guess of ["", "q0", "q99", `${id}0`, "__proto__", "constructor"])
    assert.equal(code(k.answer({}, guess)), "ESTALE", guess);
  const forged = [
    null,
    undefined,
    { as: "person" },
    structuredClone({ as: "person" }),
    new Proxy(k.person, {}),
  ];
  for (const person of forged) {
    const given = { allow: true, scope: "once" as const };
    assert.equal(code(k.kernel.answer(person as never, id, given)), "EACCES");
  }
  assert.equal(code(k.answer()), "ok");
  assert.equal(code(k.answer({ allow: false }, id)), "ESTALE", "the second answer changes nothing");
  assert.equal(code(await call), "ok");
  assert.equal(k.of("question.close").length, 1);
});

test("the command line's rule answers no to what only a person may say", async () => {
  const { k, pid, write } = await asking();
  const rule = (allow: boolean, given: Partial<Answer> = {}) =>
    k.kernel.answer(k.launcher, k.question.id, { allow, scope: "once", ...given });
  const plain = write("new");
  await k.settle();
  assert.equal(code(rule(true, { scope: "agent" })), "EACCES", "a rule allows once and no longer");
  assert.equal(code(rule(true)), "ok");
  assert.equal(code(await plain), "ok");
  assert.equal(k.of("question.close").at(-1)?.data.by, "launcher");
  const free = k.call(pid, "human.ask", { question: "Which one?" });
  await k.settle();
  assert.equal(code(rule(true, { text: "this one" })), "EACCES");
  assert.equal(code(rule(false)), "ok");
  assert.equal(code(await free), "ECANCELED");
  assert.equal(k.lastEnd.decision, "refused");
  k.world.files.set("fs:/app/.env", "KEY=1");
  const secret = k.call(pid, "box.read", { at: "fs:/app/.env" });
  await k.settle();
  assert.equal(code(rule(true)), "EACCES");
  assert.equal(code(rule(false)), "ok");
  const refused = await secret;
  assert.equal(code(refused), "ECANCELED");
  assert.ok(!refused.ok && refused.message.startsWith("The answering rule"), "it is not said to be a person");
  const more = k.call(pid, "capability.request", { grant: "allow:write:fs:/app/.vscode/**" });
  await k.settle();
  assert.equal(code(rule(true)), "ok", "a rule may grant what is asked for, once");
  assert.equal(code(await more), "ok");
  const later = k.call(pid, "box.write", { at: "fs:/app/.vscode/settings.json", content: "{}" });
  await k.settle();
  assert.equal(code(rule(true)), "EACCES", "but that grant answers no class");
  rule(false);
  assert.equal(code(await later), "ECANCELED");
});

test("a requested grant can be narrowed by the person, never widened, and says what was granted (P28)", async () => {
  const { k, pid } = await asking(["ask:write:fs:/app/**"]);
  const request = (grant: string) => k.call(pid, "capability.request", { grant, reason: "to work" });
  assert.equal(code(await request("deny:write:fs:/app/**")), "EINVAL");
  assert.equal(code(await request("allow:write:fs:/app/**/x")), "EINVAL");
  assert.equal(code(await request("allow:read:fs:/app/.agentlibos/key")), "EACCES");
  assert.equal(k.open.length, 0, "nobody is bothered with what cannot be");
  const call = request("allow:write:fs:/app/src/**");
  await k.settle();
  for (const wider of [
    "allow:write:fs:/app/**",
    "allow:read,write:fs:/app/src/**",
    "ask:write:fs:/app/src/**",
  ])
    assert.equal(code(k.answer({ scope: "agent", grant: wider })), "EINVAL", wider);
  assert.equal(code(k.answer({ scope: "agent", grant: "allow:write:fs:/app/src/a" })), "ok");
  const result = await call;
  assert.deepEqual(result.ok && result.value, { granted: "allow:write:fs:/app/src/a" });
  assert.equal(k.lastEnd.decision, "approved");
  assert.equal(code(await k.call(pid, "box.write", { at: "fs:/app/src/a", content: "x" })), "ok");
});

test("a question with a deadline that nobody answers ends as expired, and leaves no timer", async () => {
  const { k, pid } = await asking();
  const { askQuestion } = await import("../../../src/kernel/questions/questions.ts");
  const process = k.kernel.state.processes.get(pid);
  assert.ok(process);
  const slot = { id: "x9" };
  const fixed = { id: `${pid}.x9`, name: "human.ask", process, op: undefined, slot, entered: 0, args: {} };
  const call = new Call({ ...fixed, authority: { holder: pid } }, undefined);
  const asked = askQuestion(k.core, call, {
    ...{ kind: "question", op: "human.ask", args: {}, digest: "", asks: [], needs: [], text: "?" },
    seconds: 60,
  });
  await k.settle();
  assert.equal(k.clock.pending, 1);
  k.clock.advance(60_000);
  assert.equal((await asked)?.outcome, "expired");
  assert.equal(k.clock.pending, 0);
  assert.equal(code(k.answer({ text: "late" }, "q1")), "ESTALE");
});

test("the last decisions are in the state, without their texts, with what each answer made", async () => {
  const { k, write } = await asking();
  const answered = async (content: string, answer: Partial<Answer>) => {
    const call = write(content);
    await k.settle();
    k.answer(answer);
    await call;
  };
  await answered("one", { allow: false, note: "not now" });
  await answered("two", { allow: true, scope: "agent" });
  const [denied, granted] = k.kernel.state.decided;
  assert.deepEqual([denied?.outcome, denied?.answer?.note, denied?.minted], ["denied", "not now", []]);
  assert.deepEqual([granted?.outcome, granted?.answer?.scope], ["allowed", "agent"]);
  assert.equal(k.kernel.state.capabilities.get(granted?.minted[0] ?? "")?.cap.resource, "fs:/app/a.txt");
  assert.equal(JSON.stringify(k.kernel.state.decided).includes('"after"'), false);
  for (let i = 0; i < 25; i++) {
    const pid = k.launch(["ask:write:fs:/app/**", "allow:write:fs:/app/**"]);
    const call = k.call(pid, "box.write", { at: `fs:/app/${i}.txt`, content: "x" });
    await k.settle();
    k.answer({ allow: false });
    await call;
  }
  assert.equal(k.kernel.state.decided.length, 20);
});
