// Calls of calls: their ids, their place on record, whose authority they have, and how they end with their maker.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseGrants, type Listed } from "../../../../src/abi/capability.ts";
import { isFault, type Result } from "../../../../src/abi/errors.ts";
import { DEPTH_MOST, MADE_MOST } from "../../../../src/kernel/door/sub.ts";
import type { Invocation } from "../../../../src/kernel/operation.ts";
import type { Caller } from "../../../../src/kernel/witness.ts";
import { callsOf } from "../../../../src/views/record/calls.ts";
import { code, TestKernel, type Setup } from "../../../support/kernel.ts";
import {
  atOnce,
  make,
  Nest,
  NESTS,
  NEST_FILE as FILE,
  nestPrimitive,
  runNested,
  type Part,
} from "../../../support/nest.ts";
import { kinds } from "../../../harness/kinds.ts";

const READ = { op: "box.read", args: { at: FILE } };
const WRITE = { op: "box.write", args: { at: FILE, content: "new" } };

/** A kernel with a nest and one process that holds these grants; the test makes its calls. */
async function open(grants: readonly string[], more: Setup = {}) {
  const nest = new Nest();
  const k = await TestKernel.open({ more: () => [nestPrimitive(nest)], hands: true, ...more });
  k.world.files.set(FILE, "old");
  const pid = k.launch(grants, { image: NESTS });
  const run = (calls: readonly Part[] = [], op = "nest.run"): Promise<Result<unknown>> =>
    k.call(pid, op, { calls });
  return { k, nest, pid, run };
}

const came = (result: Result<unknown>): unknown =>
  result.ok ? (result.value as { came: unknown }).came : result.code;
const ends = (k: TestKernel) => k.of("call.end").map((e) => `${e.call} ${e.data.op} ${e.data.outcome}`);
const list = (...caps: string[]): readonly Listed[] => {
  const listed = parseGrants(caps, kinds);
  assert.ok(!isFault(listed));
  return listed;
};
function caller(on: Invocation<unknown>, ...caps: string[]): Caller {
  const made = on.narrow(list(...caps));
  assert.ok(!isFault(made), JSON.stringify(made));
  return made;
}

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

test("a call of a call is decided by the same line: what is not held is refused, on record", async () => {
  const { k, run } = await open(["allow:read:fs:/app/**", "deny:read:fs:/app/no"]);
  const denied = { op: "box.read", args: { at: "fs:/app/no" } };
  assert.deepEqual(came(await run([READ, WRITE, denied, { op: "box.read", args: 7 }])), [
    ...["ok", "ENOTCAPABLE", "EACCES", "EINVAL"],
  ]);
  assert.deepEqual(
    k.of("call.end").map((e) => e.data.decision),
    ["allow", "deny", "deny", "none", "allow"],
  );
  assert.deepEqual(k.world.effects, []);
});

const WITHIN: [held: string[], within: string[], op: Part, code: string][] = [
  [["allow:read,write:fs:/app/**"], ["allow:read:fs:/app/**"], READ, "ok"],
  [["allow:read,write:fs:/app/**"], ["allow:read:fs:/app/**"], WRITE, "ENOTCAPABLE"],
  [["allow:read:fs:/app/**"], ["allow:read,write:fs:/**"], WRITE, "ENOTCAPABLE"],
  [["allow:read:fs:/app/**"], [], READ, "ENOTCAPABLE"],
  [["allow:read:fs:/app/**"], ["allow:read:fs:/app/b.txt"], READ, "ENOTCAPABLE"],
  [["allow:read:fs:/app/b.txt"], ["allow:read:fs:/app/**"], READ, "ENOTCAPABLE"],
  [["allow:read:fs:/app/**", `deny:read:${FILE}`], ["allow:read:fs:/app/**"], READ, "EACCES"],
  [["allow:read:fs:/app/**"], ["allow:read:fs:/app/**;until=2025-01-01T00:00:00Z"], READ, "ENOTCAPABLE"],
  [["allow:read:fs:/app/**"], ["allow:read:fs:/app/**;until=2027-01-01T00:00:00Z"], READ, "ok"],
  [["allow:read:fs:/app/**"], ["allow:read:fs:/app/**;uses=1"], READ, "EINVAL"],
  [["allow:read:fs:/app/**"], ["deny:read:fs:/app/**"], READ, "EINVAL"],
];
for (const [held, within, part, expected] of WITHIN)
  test(`held ${held.join(" ")}, narrowed to ${within.join(" ") || "nothing"}: ${part.op} is ${expected}`, async () => {
    const { k, run } = await open(held);
    assert.deepEqual(came(await run([{ ...part, within }])), [expected]);
    const end = k.of("call.end").find((e) => e.data.op === part.op);
    if (expected === "EINVAL") assert.equal(end, undefined);
    else assert.deepEqual(end?.data.within, within, "the list is on record");
  });

test("a narrowed caller that narrows again has what both lists cover, and no more than its maker", async () => {
  const { nest, run } = await open(["allow:read,write:fs:/app/**"]);
  const inner = (within: string[]): Part => ({
    op: "nest.run",
    args: { calls: [{ ...READ, within }, WRITE] },
    within: ["allow:read:fs:/app/**"],
  });
  const seen: unknown[] = [];
  nest.body = async (on, parts) => {
    const results = [];
    for (const part of parts) results.push(code(await make(on, part)));
    seen.push(results);
    return results;
  };
  await run([inner(["allow:read,write:fs:/**"])]);
  await run([inner(["allow:read:fs:/app/b.txt"])]);
  assert.deepEqual(seen, [["ok", "ENOTCAPABLE"], ["ok"], ["ENOTCAPABLE", "ENOTCAPABLE"], ["ok"]]);
});

test("what acts for the whole process is refused to a narrowed caller, whatever its list says", async () => {
  const everything = ["allow:spawn,wait,signal,message:process:/**", "allow:execute,register:image:/**"];
  const { k, run } = await open([...everything, "allow:read:fs:/app/**"]);
  const whole = [...k.kernel.operations.values()].filter((op) => op.whole === true);
  for (const name of ["request", "delegate", "transfer", "drop"].map((verb) => `capability.${verb}`))
    assert.ok(whole.some((op) => op.name === name));
  for (const name of ["process.spawn", "process.fork", "process.exec", "process.exit", "image.register"])
    assert.ok(whole.some((op) => op.name === name));
  const within = [...everything, "allow:ask:human:/ask", "allow:call:model:/**", "allow:read:fs:/**"];
  const parts = whole.map(({ name: op }) => ({ op, args: {}, within }));
  assert.deepEqual(
    came(await run(parts)),
    whole.map(() => "EACCES"),
  );
  const refused = k.of("call.end").filter((e) => e.data.op !== "nest.run");
  assert.ok(refused.every((e) => e.data.decision === "deny" && e.data.outcome === "not-run"));
  assert.equal(k.process(2).life.ended, undefined);
});

test("no operation is free to a narrowed caller but one that decides each entry by itself", async () => {
  const { k } = await open([]);
  const view = { pid: 2, parent: 1, cwd: "fs:/app", roots: [], image: "nests", model: "test/one" };
  const free = [...k.kernel.operations.values()].filter((op) => {
    const bound = op.decode({});
    const needs = isFault(bound) ? undefined : bound.needs({ ...view, seen: () => undefined });
    return op.whole !== true && needs !== undefined && !isFault(needs) && needs.length === 0;
  });
  assert.deepEqual(free.map((op) => op.name).sort(), [
    "nest.run",
    "nest.write",
    "object.list",
    "process.wait",
  ]);
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

test("a call of a call asks like any other, and the process waits for the answer", async () => {
  const { k, run } = await open(["ask:write:fs:/app/**"]);
  const call = run([WRITE]);
  await k.settle();
  assert.deepEqual([k.question.call, k.question.op], ["2.x0.1", "box.write"]);
  assert.deepEqual(k.kernel.standing(2), { state: "blocked", on: ["approval"] });
  k.answer();
  assert.deepEqual(came(await call), ["ok"]);
  assert.deepEqual(k.world.effects, [`write ${FILE} new`]);
  assert.equal(k.of("call.end").find((e) => e.call === "2.x0.1")?.data.decision, "approved");
});

test("an answer gives a narrowed caller nothing beyond its list", async () => {
  const { k, run } = await open(["ask:read,write:fs:/app/**"]);
  const within = [`allow:read:${FILE}`];
  const call = run([
    { ...READ, within },
    { ...WRITE, within },
  ]);
  await k.settle();
  k.answer({ scope: "agent", grant: "allow:read,write:fs:/app/**" });
  assert.deepEqual(came(await call), ["ok", "ENOTCAPABLE"]);
});

test("a revoke takes the authority of a narrowed caller with that of its process", async () => {
  const { k, nest, run } = await open(["allow:read:fs:/app/**"]);
  nest.body = async (on) => {
    const as = caller(on, "allow:read:fs:/app/**");
    const first = code(await on.sub("box.read", { at: FILE }, as));
    k.kernel.revoke(k.person, "cap1", "no");
    return [first, code(await on.sub("box.read", { at: FILE }, as))];
  };
  assert.deepEqual(came(await run()), ["ok", "ENOTCAPABLE"]);
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
