// Calls of calls: their ids, their place on record, and how they end with their maker.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DEPTH_MOST, MADE_MOST } from "../../../../src/kernel/door/sub.ts";
import type { Caller } from "../../../../src/kernel/witness.ts";
import { callsOf } from "../../../../src/views/record/calls.ts";
import { code, type TestKernel } from "../../../support/kernel.ts";
import { atOnce, NEST_FILE as FILE, runNested, type Part } from "../../../support/nest.ts";
import { READ, WRITE, open, came, caller } from "./calls.ts";

const ends = (k: TestKernel) => k.of("call.end").map((e) => `${e.call} ${e.data.op} ${e.data.outcome}`);

test("calls of calls have ids below their maker's, end before it, and are no results of the turn", async () => {
  const calls = [READ, { op: "nest.run", args: { calls: [READ] } }, { op: "no.such" }];
  const k = await runNested(calls, ["allow:read:fs:/app/**"]);
  await k.kernel.rest();
  assert.deepEqual(
    ends(k)
      .filter((e) => e.startsWith("2.0.0"))
      .join("\n"),
    [
      ...["2.0.0.1 box.read ok", "2.0.0.2.1 box.read ok", "2.0.0.2 nest.run ok"],
      ...["2.0.0.3 no.such not-run", "2.0.0 nest.run ok"],
    ].join("\n"),
  );
  const turn = k.process(2).conversation.find((e) => e.role === "turn");
  assert.deepEqual([...(turn?.results.keys() ?? [])].sort(), [0, 1]);
  assert.deepEqual(
    callsOf(k.records).map((row) => row.json.call),
    ["2.0", "2.0.0", "2.0.0.1", "2.0.0.2", "2.0.0.2.1", "2.0.0.3", "2.0.1", "2.1"],
  );
  assert.equal(k.process(2).used.toolCalls, 6, "each is charged like any other");
  assert.equal(k.process(2).made, undefined, "and nothing is remembered of them");
});

test("a caller of a call serves the kernel's door while the call runs, has no say about turns, and then is dead", async () => {
  const { k, nest, pid, run } = await open(["allow:read:fs:/app/**"]);
  const kept: Caller[] = [];
  nest.body = async (on) => {
    const as = caller(on, "allow:read:fs:/app/**");
    kept.push(as);
    k.kernel.finish(as, "not yours to end");
    k.kernel.block(as, "message", "not yours to stop");
    assert.equal(k.kernel.mayGo(as), false);
    return code(await k.kernel.syscall(as, "box.read", { at: FILE }, { id: "0.7" }));
  };
  assert.equal(came(await run()), "ok");
  assert.equal(k.process(pid).life.ended, undefined);
  assert.deepEqual(ends(k), ["2.x0.1 box.read ok", "2.x0 nest.run ok"]);
  const from = k.records.length;
  for (const as of kept) assert.equal(code(await k.kernel.syscall(as, "box.read", { at: FILE })), "EACCES");
  assert.equal(k.records.length, from, "and leaves nothing on record");
});

test("a call that returns first waits for the calls that it made; they are stopped", async () => {
  const { k, nest, run } = await open(["allow:read,write:fs:/app/**"]);
  k.world.before = (_, signal) =>
    new Promise((resolve) => {
      signal.addEventListener("abort", () => {
        resolve({ ok: false, code: "EINTR", message: "stopped", hint: "" });
      });
    });
  nest.body = async (on) => {
    void on.sub("box.read", { at: FILE });
    await k.settle();
    return "first";
  };
  assert.equal(came(await run()), "first");
  assert.deepEqual(ends(k), ["2.x0.1 box.read error", "2.x0 nest.run ok"]);
});

for (const how of ["interrupt", "kill"] as const)
  test(`${how} stops a call with the calls that it made, and all have their ends`, async () => {
    const { k, run } = await open(["ask:write:fs:/app/**"]);
    const call = run([WRITE]);
    await k.settle();
    assert.equal(k.question.call, "2.x0.1");
    k.kernel.signal(k.person, 2, how, "stop");
    await call;
    assert.deepEqual(
      ends(k).map((e) => e.split(" ", 1)[0]),
      ["2.x0.1", "2.x0"],
    );
    assert.equal(k.open.length, 0);
    assert.equal(k.core.live.size, 0);
  });

test("calls are at most so deep and so many", async () => {
  const { k, nest, run } = await open(["allow:read:fs:/app/**"]);
  const deep = (depth: number): Part =>
    depth === 0 ? READ : { op: "nest.run", args: { calls: [deep(depth - 1)] } };
  await run([deep(DEPTH_MOST + 2)]);
  const deepest = Math.max(...k.of("call.end").map((e) => (e.call ?? "").split(".").length - 2));
  assert.equal(deepest, DEPTH_MOST);
  let refused = "";
  nest.body = async (on) => {
    for (let i = 0; i < MADE_MOST; i++) await on.sub("no.such", {});
    refused = code(await on.sub("box.read", { at: FILE }));
    return "tried";
  };
  const before = k.of("call.end").length;
  await run();
  assert.equal(refused, "E2BIG");
  assert.equal(k.of("call.end").length - before, MADE_MOST + 1, "what is over leaves no record");
});

test("a pause holds the next call of a call until the process goes on", async () => {
  const { k, nest, run } = await open(["allow:read:fs:/app/**"]);
  nest.body = async (on) => {
    k.kernel.signal(k.person, 2, "pause", "wait");
    return code(await on.sub("box.read", { at: FILE }));
  };
  const call = run();
  await k.settle();
  assert.deepEqual(ends(k), []);
  k.kernel.signal(k.person, 2, "resume", "go on");
  assert.equal(came(await call), "ok");
});

test("working time is counted once: a call does not pay for the time of its calls", async () => {
  const { k, run } = await open(["allow:read:fs:/app/**"]);
  k.world.before = () => {
    k.clock.work(2000);
    return undefined;
  };
  await run([READ, READ]);
  const seconds = k.process(2).used.activeSeconds;
  assert.ok(seconds >= 4 && seconds < 4.1, `${seconds} s`);
});

test("working time is counted once for calls beside each other, however many they are", async () => {
  const { k, nest, run } = await open(["allow:read:fs:/app/**"]);
  nest.body = atOnce;
  k.world.before = () => {
    k.clock.work(500);
    return undefined;
  };
  await run(Array.from({ length: 10 }, () => READ));
  const seconds = k.process(2).used.activeSeconds;
  assert.ok(seconds >= 5 && seconds < 5.1, `${seconds} s`);
});

test("the same read in calls of calls is no loop of the model, and all at once is fine", async () => {
  const { nest, run } = await open(["allow:read:fs:/app/**"]);
  nest.body = atOnce;
  assert.deepEqual(came(await run(Array.from({ length: 100 }, () => READ))), Array(100).fill("ok"));
});

test("a bug in a call of a call ends its process, and every call has its end", async () => {
  const { k, run } = await open(["allow:read:fs:/app/**"]);
  k.world.before = () => Promise.reject(new Error("a null in the works"));
  await run([READ]);
  assert.equal(k.process(2).life.ended, "failed");
  assert.deepEqual(
    ends(k).map((e) => e.split(" ", 1)[0]),
    ["2.x0.1", "2.x0"],
  );
});
