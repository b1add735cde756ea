// Budgets: who pays, what stops at a cap, and how it goes on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fault, isFault } from "../../../src/abi/errors.ts";
import type { Budget } from "../../../src/abi/image.ts";
import { BOXES, code, TestKernel, turns } from "../../support/kernel.ts";

const FAMILY = ["allow:spawn:process:/children", "allow:execute:image:/boxes", "allow:read,write:fs:/app/**"];

const FILE = "fs:/app/a.txt";

const PRICE = ({ input, output }: { input: number; output: number }): number => 2 * input + 10 * output;

async function family(budget = {}, grants: string[] = FAMILY, setup = {}) {
  const k = await TestKernel.open(setup);
  const pid = k.launch(grants, { budget });
  k.world.files.set(FILE, "text");
  let n = 0;
  const read = (who = pid) => k.call(who, "box.read", { at: `fs:/app/file${n++}` });
  const spawn = async (of = pid, more: object = {}) => {
    const result = await k.call(of, "process.spawn", { goal: "part", grants: FAMILY, ...more });
    assert.equal(code(result), "ok", JSON.stringify(result));
    return Math.max(...k.kernel.state.processes.keys());
  };
  return { k, pid, read, spawn };
}

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

test("a model call reserves before and pays what it used after (P48)", async () => {
  const used = { input: 70, output: 30 };
  const pending = Promise.withResolvers<{ text: string; calls: []; usage: typeof used; stop: "end" }>();
  const k = await TestKernel.open({ model: () => pending.promise });
  const pid = k.launch([], { budget: { tokens: 100_000, modelCalls: 5 } });
  await k.settle();
  const { reserved } = k.process(pid);
  assert.ok(reserved.tokens > 100 && reserved.modelCalls === 1, JSON.stringify(reserved));
  pending.resolve({ text: "well", calls: [], usage: used, stop: "end" });
  await k.settle();
  const after = k.process(pid);
  assert.deepEqual([after.used.tokens, after.used.modelCalls, after.used.toolCalls], [100, 1, 0]);
  assert.equal(after.reserved.tokens, 0);
});

test("money is set aside before a priced call, paid after it up the chain, and what was guessed says so", async () => {
  const used = { input: 70, output: 30, estimated: true };
  const pending = Promise.withResolvers<{ text: string; calls: []; usage: typeof used; stop: "end" }>();
  const k = await TestKernel.open({ model: () => pending.promise, cost: PRICE });
  const pid = k.launch([], { budget: { microdollars: 1_000_000 } });
  await k.settle();
  const { reserved } = k.process(pid);
  // 100 tokens of answer at 10, and the input at 2.
  assert.equal(reserved.microdollars, 2 * (reserved.tokens - 100) + 10 * 100);
  pending.resolve({ text: "well", calls: [], usage: used, stop: "end" });
  await k.settle();
  const after = k.process(pid);
  assert.deepEqual(
    [after.used.microdollars, after.used.estimated, after.reserved.microdollars],
    [440, true, 0],
  );
});

test("a model that cannot be reached costs the call and no tokens; one that failed costs what was set aside", async () => {
  for (const [error, costs] of [
    ["EUNAVAILABLE", false],
    ["EIO", true],
  ] as const) {
    const model = () => Promise.resolve(fault(error, "no answer", ""));
    const { k, pid } = await family({}, FAMILY, { model, hands: true, cost: PRICE });
    assert.equal(code(await k.call(pid, "model.call", { model: "test/one", pid, turn: 0 })), error);
    const { modelCalls, tokens, microdollars = 0, estimated = false } = k.process(pid).used;
    assert.deepEqual([modelCalls, tokens > 0, microdollars > 0, estimated], [1, costs, costs, costs]);
  }
});

test("an agent out of money stops, and a person raises it in dollars", async () => {
  const { k, pid } = await family({ microdollars: 500 }, FAMILY, { cost: PRICE });
  const think = () => k.call(pid, "model.call", { model: "test/one", pid, turn: 0 });
  assert.equal(code(await think()), "EDQUOT");
  assert.match(
    k.question.text,
    /budget for dollars is used up \(\$0\.00 of \$0\.00\)\..* raises it by \$0\.0/u,
  );
  k.answer();
  assert.ok((k.process(pid).budget.microdollars ?? 0) >= 1500);
  assert.notEqual(code(await think()), "EDQUOT");
});

test("bytes written are set aside, paid up the chain, not paid for what failed, and stop at their cap", async () => {
  const { k, pid, spawn } = await family({ bytesWritten: 100 });
  const child = await spawn();
  const write = (who: number, at: string, content: string) => k.call(who, "box.write", { at, content });
  assert.equal(code(await write(child, FILE, "x".repeat(60))), "ok");
  assert.deepEqual([k.process(child).used.bytesWritten, k.process(pid).used.bytesWritten], [60, 60]);
  assert.equal(k.process(pid).reserved.bytesWritten, 0);
  k.world.before = () => fault("EACCES", "the world says no", "");
  assert.equal(code(await write(pid, FILE, "y".repeat(10))), "EACCES");
  k.world.before = () => undefined;
  assert.equal(k.process(pid).used.bytesWritten, 60, "nothing was written");
  const { toolCalls } = k.process(pid).used;
  assert.equal(code(await write(child, FILE, "z".repeat(41))), "EDQUOT");
  assert.equal(k.world.files.get(FILE), "x".repeat(60));
  assert.deepEqual(
    [k.process(pid).used.bytesWritten, k.process(pid).used.toolCalls, k.process(child).life.stops],
    [60, toolCalls, { budget: 1 }],
  );
  assert.match(k.question.text, /of process \d+ for bytesWritten is used up \(60 of 100\)/u);
  k.answer();
  assert.equal(k.process(pid).budget.bytesWritten, 200);
  assert.equal(code(await write(child, FILE, "z".repeat(41))), "ok");
});

test("objects are written, too, and calls at once cannot overdraw their bytes", async () => {
  const { k, pid } = await family({ bytesWritten: 1000 });
  const puts = Array.from({ length: 5 }, (_, i) =>
    k.call(pid, "object.put", { name: `n${i}`, type: "text", value: "x".repeat(300) }),
  );
  const codes = (await Promise.all(puts)).map(code);
  assert.deepEqual(codes, ["ok", "ok", "ok", "EDQUOT", "EDQUOT"]);
  assert.equal(k.process(pid).used.bytesWritten, 900);
  assert.equal(k.core.pledged.size, 0);
});

test("a write that a crash cut off and that happened is paid, one that did not is not", async () => {
  for (const happened of [true, false]) {
    const { k, pid } = await family({ bytesWritten: 100 });
    k.world.before = () => new Promise(() => undefined);
    void k.call(pid, "box.write", { at: FILE, content: "new" });
    await k.settle();
    assert.equal(k.process(pid).reserved.bytesWritten, 3);
    if (happened) k.world.files.set(FILE, "new");
    const next = await k.crash();
    const { used, reserved } = next.process(pid);
    assert.deepEqual([used.bytesWritten ?? 0, reserved.bytesWritten], [happened ? 3 : 0, 0]);
  }
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

test("work takes active time, waiting for a person takes none", async () => {
  const { k, pid } = await family({ activeSeconds: 10 });
  k.world.before = (touch) => {
    if (touch.startsWith("read")) k.clock.work(4000);
    return undefined;
  };
  let n = 0;
  const read = () => k.call(pid, "box.read", { at: `fs:/app/b${n++}` });
  await read();
  assert.ok(
    Math.abs(k.process(pid).used.activeSeconds - 4) < 0.01,
    String(k.process(pid).used.activeSeconds),
  );
  const asked = k.call(pid, "human.ask", { question: "Well?" });
  await k.settle();
  k.clock.advance(3_600_000);
  k.answer({ text: "yes" });
  assert.equal(code(await asked), "ok");
  assert.ok(k.process(pid).used.activeSeconds < 5);
  await read();
  await read();
  assert.equal(code(await read()), "EDQUOT");
});

test("the hours that a machine sleeps while a call works are not charged, and long work is charged whole", async () => {
  const { k, pid } = await family();
  const used = async (touched: () => void): Promise<number> => {
    k.world.before = (touch) => {
      if (touch.startsWith("read")) touched();
      return undefined;
    };
    const before = k.process(pid).used.activeSeconds;
    assert.equal(code(await k.call(pid, "box.read", { at: `fs:/app/${before}` })), "ENOENT");
    return Math.round(k.process(pid).used.activeSeconds - before);
  };
  assert.equal(await used(() => k.clock.work(3_600_000)), 5);
  assert.equal(await used(() => k.clock.advance(3_600_000)), 5);
  assert.equal(
    await used(() => {
      for (let second = 0; second < 60; second++) k.clock.advance(1000);
    }),
    60,
  );
  assert.equal(k.clock.pending, 0);
});

test("a call that a crash cut off and that certainly did not start costs nothing and reserves nothing", async () => {
  const { k, pid } = await family({ toolCalls: 5 });
  k.world.before = () => new Promise(() => undefined);
  void k.call(pid, "box.write", { at: FILE, content: "new" });
  await k.settle();
  assert.equal(k.process(pid).reserved.toolCalls, 1);
  const next = await k.crash();
  assert.equal(next.lastEnd.outcome, "not-run");
  assert.deepEqual([next.process(pid).used.toolCalls, next.process(pid).reserved.toolCalls], [0, 0]);
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
