// Policy in the kernel: other rules hold from the next decision on, for calls that wait too; unknown rules stop everybody.
import type { PolicyRule } from "../../../src/abi/policy.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import { BOXES, code, TestKernel } from "../../support/kernel.ts";
import { folded, plainState } from "../../support/plain.ts";

const FILE = "fs:/app/a.txt";
const DENY: PolicyRule = {
  ...{ effect: "deny", rights: ["write"], resource: "fs:/app/**", reason: "frozen" },
  source: { from: "user", file: "/home/policy.json", line: 4 },
};
const ASK: PolicyRule = { ...DENY, effect: "ask", reason: "shown to customers" };
const PROBLEM = "/home/policy.json:3:7: it is no JSON";

async function ready(grants: string[]) {
  const k = await TestKernel.open();
  const pid = k.launch(grants);
  k.world.files.set(FILE, "old");
  return { k, pid, write: (content = "new") => k.call(pid, "box.write", { at: FILE, content }) };
}

test("only a person sets rules, and what changes nothing is not written", async () => {
  const { k } = await ready([]);
  for (const who of [k.launcher, { as: "person" }, null])
    assert.equal(k.kernel.setPolicy(who as never, [DENY])?.code, "EACCES");
  assert.deepEqual(k.kernel.state.policy, []);
  for (const rules of [[], [DENY], [{ ...DENY }], [DENY, ASK], [DENY, ASK]])
    assert.equal(k.kernel.setPolicy(k.person, rules), undefined);
  assert.deepEqual(
    k.of("policy.set").map((r) => r.data.policy.length),
    [1, 2],
  );
  assert.deepEqual(plainState(folded(k.records)), plainState(k.kernel.state));
});

test("a rule holds from the next decision on, and is gone when it is taken away", async () => {
  const { k, write } = await ready(["allow:write:fs:/app/**"]);
  assert.equal(code(await write("1")), "ok");
  k.kernel.setPolicy(k.person, [DENY]);
  assert.equal(code(await write("2")), "EACCES");
  assert.equal(k.lastEnd.why, "policy: frozen");
  k.kernel.setPolicy(k.person, []);
  assert.equal(code(await write("3")), "ok");
  assert.deepEqual(k.world.effects.length, 2);
});

test("a search that runs leaves out what a rule forbids from the next entry on", async () => {
  const { k, pid } = await ready(["allow:read:fs:/app/**"]);
  const may = k.kernel.entries({ holder: pid });
  const need = { resource: FILE, right: "read" as const };
  assert.equal(may(need), true);
  k.kernel.setPolicy(k.person, [{ ...DENY, rights: ["read"] }]);
  assert.equal(may(need), false);
});

test("a deny that appears ends a call that waits for a person; nobody can allow it any more", async () => {
  const { k, write } = await ready(["ask:write:fs:/app/**"]);
  const waiting = write();
  await k.settle();
  const { id } = k.question;
  k.kernel.setPolicy(k.person, [DENY]);
  assert.equal(code(await waiting), "EACCES");
  assert.equal(code(k.answer({}, id)), "ESTALE");
  assert.deepEqual(k.world.effects, []);
});

test("an ask that appears while a person reads was not what they answered: the call is made anew", async () => {
  const { k, write } = await ready(["ask:write:fs:/app/**"]);
  const waiting = write();
  await k.settle();
  k.kernel.setPolicy(k.person, [ASK]);
  k.answer();
  assert.equal(code(await waiting), "ESTALE");
  void write("again");
  await k.settle();
  assert.match(k.question.text, /shown to customers/u);
  assert.deepEqual(k.world.effects, []);
});

test("an approval of a rule outlives a new line number, and nothing else of it", async () => {
  const { k, write } = await ready(["allow:write:fs:/app/**"]);
  k.kernel.setPolicy(k.person, [ASK]);
  const asked = write("1");
  await k.settle();
  k.answer({ scope: "agent" });
  assert.equal(code(await asked), "ok");
  k.kernel.setPolicy(k.person, [{ ...ASK, source: { from: "user", file: "/home/policy.json", line: 9 } }]);
  assert.equal(code(await write("2")), "ok");
  k.kernel.setPolicy(k.person, [{ ...ASK, reason: "signed contracts" }]);
  void write("3");
  await k.settle();
  assert.match(k.question.text, /signed contracts/u);
});

for (const rules of [[DENY], [ASK]])
  test(`${rules[0]?.effect} while the begin is on its way to the disk: nothing is dispatched`, async () => {
    const { k, write } = await ready(["allow:write:fs:/app/**"]);
    k.journal.held = true;
    const call = write();
    await k.settle();
    k.kernel.setPolicy(k.person, rules);
    k.journal.release();
    assert.equal(code(await call), "EACCES");
    assert.deepEqual(k.world.effects, []);
  });

test("E4: with a problem all agents pause, nothing is dispatched, started or resumed, until it is mended", async () => {
  const { k, pid, write } = await ready(["allow:write:fs:/app/**", "ask:delete:fs:/app/**"]);
  const other = k.launch(["allow:read:fs:/app/**"]);
  k.kernel.setPolicy(k.person, [ASK]);
  const asking = write("asked");
  await k.settle();
  k.kernel.setPolicy(k.person, [ASK], PROBLEM);
  assert.deepEqual([k.process(pid).life.paused, k.process(other).life.paused], [true, true]);
  assert.equal(k.of("process.signal").at(-1)?.data.reason, PROBLEM);

  const read = await k.call(other, "box.read", { at: FILE });
  assert.equal(code(read), "EACCES");
  assert.match(read.ok ? "" : read.message, /policy\.json:3:7/u);
  assert.equal(k.kernel.signal(k.person, pid, "resume", "go on")?.code, "EACCES");
  const born = k.kernel.launch(k.person, {
    ...{ image: BOXES, goal: "x", model: "test/one", grants: [], budget: {}, cwd: "fs:/app" },
    launch: { interactive: false },
  });
  assert.equal(code(born), "EACCES");
  assert.equal(k.kernel.state.processes.size, 3);

  // What waits for a person still waits; its answer is kept until the agent goes on.
  assert.equal(k.open.length, 1);
  k.answer();
  await k.settle();
  assert.deepEqual(k.world.effects, []);
  assert.deepEqual(plainState(folded(k.records)), plainState(k.kernel.state));

  k.kernel.setPolicy(k.person, [ASK]);
  await k.settle();
  assert.deepEqual(k.world.effects, [], "mending lets nobody go on by itself");
  assert.equal(k.kernel.signal(k.person, pid, "resume", "go on"), undefined);
  assert.equal(code(await asking), "ok");
  assert.equal(k.world.effects.length, 1);
});

test("E4: a call whose begin is on its way to the disk when the rules become unknown is not dispatched", async () => {
  const { k, write } = await ready(["allow:write:fs:/app/**"]);
  k.journal.held = true;
  const call = write();
  await k.settle();
  k.kernel.setPolicy(k.person, [], PROBLEM);
  k.journal.release();
  assert.equal(code(await call), "EACCES");
  assert.deepEqual([k.world.effects, k.lastEnd.outcome], [[], "not-run"]);
});
