// Budgets of tokens, money, bytes and time: set aside before, paid after, and judged after a crash.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fault } from "../../../../src/abi/errors.ts";
import { code, TestKernel } from "../../../support/kernel.ts";
import { FAMILY, FILE, PRICE, family } from "./family.ts";

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
