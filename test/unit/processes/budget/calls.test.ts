// Budgets of calls and births: who pays, what stops at a cap, and how it goes on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../../../src/abi/errors.ts";
import type { Budget } from "../../../../src/abi/image.ts";
import { BOXES, code, TestKernel } from "../../../support/kernel.ts";
import { turns } from "../../../support/kernel/turns.ts";
import { FAMILY, FILE, PRICE, family } from "./family.ts";

test("at its cap a process is stopped: the call is allowed, not run, the counter stands, and a person is asked", async () => {
  const { k, pid, read } = await family({ toolCalls: 3 });
  for (let i = 0; i < 3; i++) await read();
  assert.equal(k.process(pid).used.toolCalls, 3);
  assert.equal(code(await read()), "EDQUOT");
  const { decision, outcome, used } = k.lastEnd;
  assert.deepEqual([decision, outcome, used.toolCalls], ["allow", "not-run", 0]);
  assert.equal(k.process(pid).used.toolCalls, 3);
  assert.deepEqual(k.process(pid).life.stops, { budget: 1 });
  assert.equal(k.question.kind, "budget");
  assert.equal(code(await read()), "EDQUOT");
  assert.equal(k.open.length, 1, "it is asked once");
  assert.equal(code(k.kernel.answer(k.launcher, k.question.id, { allow: true, scope: "once" })), "EACCES");
  k.answer();
  assert.equal(k.process(pid).budget.toolCalls, 6);
  assert.notEqual(code(await read()), "EDQUOT");
});

test("a raise is always enough for the call that was stopped", async () => {
  for (const cap of [0, 1, 50]) {
    const { k, pid } = await family({ tokens: cap });
    const think = () => k.call(pid, "model.call", { model: "test/one", pid, turn: 0 });
    assert.equal(code(await think()), "EDQUOT");
    k.answer();
    assert.notEqual(code(await think()), "EDQUOT", `from ${cap}`);
  }
});

test("no to a raise ends the agent", async () => {
  const { k, pid, read } = await family({ toolCalls: 0 });
  await read();
  k.answer({ allow: false });
  assert.deepEqual([k.process(pid).life.ended, k.process(pid).reason], ["failed", "stopped: budget"]);
});

test("all above pay: a child stops at its own cap and at any of theirs (P47)", async () => {
  const { k, pid, read, spawn } = await family({ toolCalls: 5 });
  const child = await spawn(pid, { budget: { toolCalls: 2 } });
  const grandchild = await spawn(child);
  const used = () => [pid, child, grandchild].map((p) => k.process(p).used.toolCalls);
  assert.deepEqual(used(), [2, 1, 0]);
  await read(grandchild);
  assert.deepEqual(used(), [3, 2, 1]);
  assert.equal(code(await read(grandchild)), "EDQUOT");
  assert.ok(k.question.text.includes(`of process ${child}`), k.question.text);
  assert.equal(k.question.pid, grandchild, "who was stopped asks, whoever pays");
  k.answer();
  assert.equal(k.process(child).budget.toolCalls, 4, "and the account that was short is raised");
  await read(grandchild);
  await read(pid);
  assert.deepEqual(used(), [5, 3, 2]);
  assert.equal(code(await read(grandchild)), "EDQUOT");
  assert.ok(k.question.text.includes(`of process ${pid}`));
});

test("a child cannot have more than its family, whatever budget it was given", async () => {
  const { k, pid, read, spawn } = await family({ toolCalls: 2 });
  const child = await spawn(pid, { budget: { toolCalls: 1_000_000, tokens: 1e9 } });
  await read(child);
  assert.equal(code(await read(child)), "EDQUOT");
  assert.equal(k.process(pid).used.toolCalls, 2);
});

test("an orphan keeps charging the account it was born to", async () => {
  const { k, pid, read, spawn } = await family({ toolCalls: 4 });
  const child = await spawn();
  await k.call(pid, "process.exit", { result: "done" });
  assert.equal(k.process(child).parent, 1);
  assert.equal(k.process(child).life.ended, undefined);
  const before = k.process(pid).used.toolCalls;
  await read(child);
  assert.equal(k.process(pid).used.toolCalls, before + 1);
  while (k.open.length === 0) await read(child);
  assert.equal(k.process(pid).used.toolCalls, 4, "also what a dead account may spend ends");
});

test("calls at once cannot overdraw an account (P47)", async () => {
  const { k, pid } = await family({ toolCalls: 3 });
  const calls = Array.from({ length: 7 }, () => k.call(pid, "box.read", { at: FILE }));
  const codes = (await Promise.all(calls)).map(code);
  assert.equal(codes.filter((c) => c === "ok").length, 3);
  assert.equal(codes.filter((c) => c === "EDQUOT").length, 4);
  assert.equal(k.process(pid).used.toolCalls, 3);
  assert.equal(k.open.length, 1);
  assert.equal(k.core.pledged.size, 0, "nothing stays set aside");
});

test("children are counted up the chain, also ended ones, and stop at their cap", async () => {
  const { k, pid, spawn } = await family({ children: 3 });
  const child = await spawn();
  const grandchild = await spawn(child);
  k.kernel.signal(k.person, grandchild, "kill", "test");
  await spawn(child);
  const born = [pid, child, grandchild].map((p) => k.process(p).used.children);
  assert.deepEqual(born, [3, 2, undefined]);
  const wrong = await k.call(child, "process.spawn", { goal: "x", grants: ["allow:write:fs:/other/**"] });
  assert.equal(code(wrong), "ENOTCAPABLE");
  const over = await k.call(child, "process.fork", { goal: "part" });
  assert.equal(code(over), "EDQUOT");
  assert.match(k.question.text, /for children is used up \(3 of 3\)/u);
  const { size } = k.kernel.state.processes;
  k.answer({ allow: false });
  assert.deepEqual([k.process(child).reason, k.kernel.state.processes.size], ["stopped: budget", size]);
});

test("a birth that failed for its limits is not counted as one", async () => {
  const { k, pid } = await family({});
  const spawned = [];
  for (let i = 0; i < 65; i++)
    spawned.push(code(await k.call(pid, "process.spawn", { goal: `${i}`, grants: [] })));
  assert.deepEqual([spawned[63], spawned[64]], ["ok", "EDQUOT"]);
  assert.equal(k.process(pid).used.children, 64);
});

test("a budget that does not pay for one model call is refused at the start, with the least that works", async () => {
  const k = await TestKernel.open({ strict: true, cost: PRICE, model: turns({}) });
  const launch = (budget: Budget) =>
    k.kernel.launch(k.person, {
      ...{ image: BOXES, goal: "x".repeat(4_000), model: "test/one", grants: [] },
      ...{ budget, cwd: "fs:/app", launch: { interactive: false } },
    });
  const { tokens = 0, microdollars = 0 } = k.talk.firstCall({
    ...{ image: BOXES, goal: "x".repeat(4_000), model: "test/one", budget: {}, cwd: "fs:/app" },
  });
  assert.ok(tokens > 1_100 && microdollars > 2_000, `${tokens} ${microdollars}`);
  const poor: readonly (readonly [budget: Budget, message: RegExp, least: RegExp])[] = [
    [
      { tokens: tokens - 1 },
      /A budget of \d+ tokens does not pay for one call of test\/one/u,
      new RegExp(`is ${tokens} tokens`, "u"),
    ],
    [{ modelCalls: 0 }, /0 modelCalls/u, /is 1 modelCalls/u],
    [{ activeSeconds: 0 }, /0 activeSeconds/u, /is 1 activeSeconds/u],
    [{ microdollars: 9 }, /\$0\.00 dollars/u, /is \$0\.0\d dollars/u],
  ];
  const before = k.records.length;
  for (const [budget, message, least] of poor) {
    const no = launch(budget);
    assert.ok(isFault(no) && no.code === "EINVAL", JSON.stringify(no));
    assert.match(no.message, message);
    assert.match(no.hint, least);
  }
  assert.equal(k.records.length, before, "nobody was born");
  const born = launch({ tokens, modelCalls: 1, activeSeconds: 1, microdollars, toolCalls: 0 });
  assert.equal(code(born), "ok");
  await k.kernel.rest();
  assert.equal(k.process(2).life.ended, "finished", "the least that works does work");
});

test("a child with too small a budget is refused to its parent, with the least that works", async () => {
  const k = await TestKernel.open({ strict: true });
  const pid = k.launch(FAMILY, { budget: {} });
  const spawned = await k.call(pid, "process.spawn", { goal: "part", budget: { tokens: 10 } });
  assert.ok(isFault(spawned) && spawned.code === "EINVAL");
  const [, least = ""] = /The smallest that works is (\d+) tokens/u.exec(spawned.hint) ?? [];
  const next = await k.call(pid, "process.spawn", { goal: "part", budget: { tokens: Number(least) } });
  assert.equal(code(next), "ok");
  assert.equal(k.process(pid).used.children, 1);
});
