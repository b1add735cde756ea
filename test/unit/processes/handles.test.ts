// Handles: what outlives its call is on record before it starts, and ends with its process, whatever ends that.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault, type Fault, type Result } from "../../../src/abi/errors.ts";
import type { Invocation, Primitive } from "../../../src/kernel/operation.ts";
import { closeHandle, HANDLES_MOST } from "../../../src/kernel/processes/handles.ts";
import { BOXES, code, TestKernel, type Setup } from "../../support/kernel.ts";
import { Nest, NESTS, nestPrimitive } from "../../support/nest.ts";

/** The things that run in the world, by the id of the handle, and the reasons of their ends. */
class Things {
  readonly running = new Set<string>();
  readonly ended: string[] = [];
  /** Called before one ends; may wait or throw. */
  before: (id: string) => Promise<void> | undefined = () => undefined;

  get primitive(): Primitive {
    const end = async (id: string, why: string): Promise<void> => {
      await this.before(id);
      if (this.running.delete(id)) this.ended.push(why);
    };
    return { kind: "thing", operations: [], handles: [{ kind: "thing", end }] };
  }
}

async function open(more: Setup = {}) {
  const nest = new Nest();
  const things = new Things();
  const k = await TestKernel.open({
    more: () => [nestPrimitive(nest), things.primitive],
    images: new Map([NESTS, BOXES].map((image) => [image.name, image])),
    ...{ hands: true, ...more },
  });
  const start = async (on: Invocation<unknown>, label = "a thing"): Promise<string | Fault> => {
    const id = await on.opened("thing", label);
    if (!isFault(id)) things.running.add(id);
    return id;
  };
  nest.body = (on) => start(on);
  const pid = k.launch(["allow:spawn:process:/children", "allow:execute:image:/**"], { image: NESTS });
  const run = (as = pid): Promise<Result<unknown>> => k.call(as, "nest.run", {});
  return { k, nest, things, pid, run, start };
}

const reasons = (k: TestKernel) => k.of("handle.close").map((r) => `${r.pid} ${r.data.why}`);

test("a handle is on record, with its call, before the thing may start", async () => {
  const { k, things, run } = await open();
  k.journal.held = true;
  const call = run();
  await k.settle();
  assert.equal(things.running.size, 0, "it waits for the disk");
  const [opened] = k.of("handle.open");
  assert.deepEqual([opened?.pid, opened?.call, opened?.data.kind], [2, "2.x0", "thing"]);
  k.journal.release();
  assert.equal(code(await call), "ok");
  assert.deepEqual([...things.running], [opened?.data.id]);
  assert.deepEqual([...(k.kernel.state.handles.get(2)?.keys() ?? [])], [opened?.data.id]);
});

for (const how of ["exit", "kill", "terminate", "bug", "stop"] as const)
  test(`it ends with its process: ${how}`, async () => {
    const { k, nest, things, run } = await open();
    await run();
    if (how === "exit") await k.call(2, "process.exit", { result: 1 });
    else if (how === "stop") await k.kernel.stop();
    else if (how === "bug") {
      nest.body = () => Promise.reject(new Error("a null in the works"));
      await run();
    } else k.kernel.signal(k.person, 2, how, "enough");
    await k.settle();
    assert.equal(things.running.size, 0);
    assert.deepEqual(reasons(k), [how === "stop" ? "2 the runtime stopped" : "2 its agent ended"]);
    assert.equal(k.kernel.state.handles.size, 0);
  });

test("a kill of a family ends what each of it has open, and nothing of others", async () => {
  const { k, things, run } = await open();
  const other = k.launch([], { image: NESTS });
  await k.call(2, "process.spawn", { goal: "part" });
  const [child = 0] = k.process(2).children;
  for (const pid of [2, child, other]) await run(pid);
  k.kernel.signal(k.person, 2, "kill", "enough");
  await k.settle();
  assert.deepEqual(reasons(k).sort(), ["2 its agent ended", `${child} its agent ended`]);
  assert.equal(things.running.size, 1);
});

test("what a crash left open is ended at the next opening, and that is on record", async () => {
  const { k, things, run } = await open();
  await run();
  await run();
  // A machine that is switched off ends nothing by itself.
  things.before = () => new Promise(() => undefined);
  const crashed = k.crash(Infinity, { paused: true });
  things.before = () => undefined;
  const next = await crashed;
  assert.deepEqual(reasons(next), Array(2).fill("2 the runtime was cut off"));
  assert.equal(things.running.size, 0);
  assert.equal(next.kernel.state.handles.size, 0);
  assert.equal(next.process(2).life.ended, undefined, "its process goes on without it");
});

test("a process that goes on as another image keeps what it has open", async () => {
  const { k, things, run } = await open();
  await run();
  assert.equal(code(await k.call(2, "process.exec", { image: "boxes" })), "ok");
  await k.settle();
  assert.equal(things.running.size, 1);
});

test("it is opened by a running call alone, of a kind that something ends, and a process has so many", async () => {
  const { k, nest, run, start } = await open();
  let kept: Invocation<unknown> | undefined;
  nest.body = async (on) => {
    kept = on;
    return codeOf(await on.opened("nothing", "x"));
  };
  assert.deepEqual(came(await run()), "EUNAVAILABLE");
  assert.ok(kept);
  assert.equal(codeOf(await kept.opened("thing", "late")), "EACCES");
  nest.body = async (on) => {
    for (let i = 0; i < HANDLES_MOST; i++) assert.ok(!isFault(await start(on, "x".repeat(1000))));
    return codeOf(await on.opened("thing", "one more"));
  };
  assert.equal(came(await run()), "EDQUOT");
  assert.ok(k.of("handle.open").every((r) => r.data.label.length <= 200));
});

test("a part of a process opens what ends with the call that made it; the rest of the process keeps its own", async () => {
  const { k, nest, things, run, start } = await open();
  let inside = 0;
  nest.body = async (on) => {
    if (inside++ > 0) return start(on, "inner");
    await start(on, "outer");
    const as = on.narrow([]);
    assert.ok(!isFault(as));
    await on.sub("nest.run", {}, as);
    await on.sub("nest.run", {});
    assert.equal(things.running.size, 3);
    return null;
  };
  await run();
  assert.equal(things.running.size, 2);
  assert.deepEqual(reasons(k), ["2 its call ended"]);
  const kinds = k.records.slice(-2).map((r) => r.kind);
  assert.deepEqual(kinds, ["handle.close", "call.end"], "it has ended before its call");
});

test("a process that ends while its handle is being written starts nothing", async () => {
  const { k, things, run } = await open();
  k.journal.held = true;
  const call = run();
  await k.settle();
  k.kernel.signal(k.person, 2, "kill", "enough");
  k.journal.release();
  await call;
  await k.settle();
  assert.deepEqual([...things.running], []);
  assert.equal(k.kernel.state.handles.size, 0);
});

test("an end that fails or hangs is told in the record, and nothing waits for it for ever", async () => {
  const { k, things, run } = await open();
  await run();
  await run();
  let first = true;
  things.before = () => {
    if (!first) return new Promise<void>(() => undefined);
    first = false;
    return Promise.reject(new Error("it bites"));
  };
  const stopped = k.kernel.stop();
  await k.settle();
  k.clock.advance(10_000);
  await stopped;
  assert.deepEqual(reasons(k).sort(), [
    ...["2 the runtime stopped; ending it failed: it bites", "2 the runtime stopped; it did not end in time"],
  ]);
  assert.equal(k.clock.pending, 0);
});

test("what ended by itself is closed once, and is not ended again", async () => {
  const { k, things, run } = await open();
  await run();
  const [id = ""] = things.running;
  things.running.delete(id);
  closeHandle(k.core, { id, pid: 2 }, "it ended by itself");
  closeHandle(k.core, { id, pid: 2 }, "twice");
  k.kernel.signal(k.person, 2, "kill", "enough");
  await k.settle();
  assert.deepEqual(reasons(k), ["2 it ended by itself"]);
  assert.deepEqual(things.ended, []);
});

const codeOf = (given: string | Fault): string => (isFault(given) ? given.code : "ok");
const came = (result: Result<unknown>): unknown =>
  result.ok ? (result.value as { came: unknown }).came : result.code;
