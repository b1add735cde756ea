// Crashes in the middle of model calls: each is charged, and is made again within the budget.
import assert from "node:assert/strict";
import { test } from "node:test";
import { TestKernel } from "../../../support/kernel.ts";
import { FILE, run, WRITE } from "./file.ts";

test("a model call that was cut off is made again under its begin, and what was lost is charged", async () => {
  const k = await run(WRITE, ["allow:write:fs:/app/**"]);
  const begin = k.of("call.begin").find((b) => b.data.op === "model.call");
  k.world.effects.length = 0;
  k.world.files.set(FILE, "old");
  const next = await k.crash(begin?.seq);
  await next.kernel.rest();
  const same = next.of("call.begin").filter((b) => b.call === begin?.call);
  assert.equal(same.length, 1);
  const end = next.of("call.end").find((e) => e.call === begin?.call);
  assert.deepEqual([end?.data.used.modelCalls, end?.data.used.tokens], [1, 15]);
  const { used } = next.process(2);
  const calls = next.of("call.end").filter((e) => e.data.op === "model.call").length;
  assert.equal(used.modelCalls, calls + 1);
  assert.equal(used.tokens, calls * 15 + (begin?.data.reserve.tokens ?? 0));
  assert.equal(used.estimated, true, "nobody knows what was lost");
  assert.deepEqual(next.world.effects, [`write ${FILE} new`]);
});

test("each crash in the middle of a model call is charged, and no more calls are made than the budget has", async () => {
  let asked = 0;
  const model = (): Promise<never> => (asked++, new Promise(() => undefined));
  let k = await TestKernel.open({ model });
  const pid = k.launch([], { budget: { modelCalls: 2 } });
  await k.settle();
  const { tokens } = k.process(pid).reserved;
  k = await k.crash();
  await k.settle();
  assert.deepEqual([k.process(pid).used.modelCalls, k.process(pid).reserved.modelCalls], [1, 1]);
  k = await k.crash();
  await k.settle();
  assert.equal(asked, 2);
  assert.equal(k.question.kind, "budget");
  assert.deepEqual(
    [k.lastEnd.outcome, k.lastEnd.used.estimated, k.process(pid).used.modelCalls, k.process(pid).used.tokens],
    ["unknown", true, 2, 2 * tokens],
  );
  assert.equal(k.process(pid).reserved.tokens, 0);
});

test("a model call that was cut off and is not made again is charged what it had reserved, as a guess", async () => {
  const k = await TestKernel.open({ model: () => new Promise(() => undefined) });
  const pid = k.launch([]);
  await k.settle();
  const { tokens } = k.process(pid).reserved;
  const next = await k.crash(Infinity, { paused: true });
  next.kernel.signal(next.person, pid, "kill", "test");
  assert.deepEqual(
    [next.process(pid).used.tokens, next.process(pid).used.estimated, next.process(pid).reserved.tokens],
    [tokens, true, 0],
  );
});
