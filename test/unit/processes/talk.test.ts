// Talking and waiting: messages between processes, sleep, time limits, and all of it once across a crash.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Result } from "../../../src/abi/errors.ts";
import { code, TestKernel, type Setup } from "../../support/kernel.ts";
import { share } from "../../support/runs.ts";

const FAMILY = ["allow:spawn:process:/children", "allow:execute:image:/boxes", "allow:sleep:clock:/sleep"];

async function family(setup: Setup = {}) {
  const k = await TestKernel.open(setup);
  const parent = k.launch(FAMILY);
  await k.call(parent, "process.spawn", {
    goal: "part",
    grants: [`allow:message:process:/${parent}`, "allow:sleep:clock:/sleep"],
  });
  const [child = 0] = k.process(parent).children;
  const send = (from: number, to: number, message: string, more: object = {}) =>
    k.call(from, "process.send", { pid: to, message, ...more });
  const receive = (pid: number, filter: object = {}) =>
    k.call(pid, "process.receive", { seconds: 0, ...filter });
  return { k, parent, child, send, receive };
}

const said = (result: Result<unknown>): unknown =>
  result.ok ? (result.value as { message: string }).message : result.code;

test("messages are taken once, in the order they came, urgent ones first (P44)", async () => {
  const { parent, child, send, receive } = await family();
  await send(parent, child, "one");
  await send(parent, child, "two");
  await send(parent, child, "now", { urgent: true });
  const got = [];
  for (let i = 0; i < 4; i++) got.push(said(await receive(child)));
  assert.deepEqual(got, ["now", "one", "two", "ETIMEDOUT"]);
});

test("a filter takes what fits it and leaves the rest; a name nobody used fits nothing (P44)", async () => {
  const { parent, child, send, receive } = await family();
  await send(parent, child, "of a", { channel: "a" });
  await send(parent, child, "about x", { correlation: "x" });
  assert.equal(said(await receive(child, { correlation: "y" })), "ETIMEDOUT");
  assert.equal(said(await receive(child, { correlation: "x" })), "about x");
  assert.equal(said(await receive(child, { from: child })), "ETIMEDOUT");
  assert.equal(said(await receive(child, { from: parent, channel: "a" })), "of a");
});

test("speaking takes a capability, and an answer is given with the question", async () => {
  const { k, parent, child, send, receive } = await family();
  const stranger = k.launch(FAMILY);
  assert.equal(code(await send(stranger, child, "hello")), "ENOTCAPABLE");
  assert.equal(code(await send(parent, stranger, "hello")), "ENOTCAPABLE");
  assert.equal(code(await send(child, parent, "as I was let")), "ok");
  k.kernel.give(k.person, stranger, { effect: "allow", rights: ["message"], resource: `process:/${child}` });
  assert.equal(code(await send(stranger, child, "well?", { reply: true })), "ok");
  assert.equal(said(await receive(child)), "well?");
  assert.equal(code(await send(child, stranger, "well!")), "ok");
  assert.equal(code(await send(child, stranger, "and more")), "ENOTCAPABLE");
  k.kernel.signal(k.person, stranger, "kill", "test");
  assert.equal(code(await send(parent, child, "you still live")), "ok");
});

test("who waits is blocked for a message and woken by the one that fits, within its time", async () => {
  const { k, parent, child, send } = await family();
  const waiting = k.call(child, "process.receive", { channel: "a", seconds: 60 });
  await k.settle();
  assert.deepEqual(k.kernel.standing(child), { state: "blocked", on: ["message"] });
  await send(parent, child, "another", { channel: "b" });
  await send(parent, child, "this", { channel: "a" });
  assert.equal(said(await waiting), "this");
  assert.equal(k.clock.pending, 0, "no timer is left");
  const late = k.call(child, "process.receive", { channel: "a", seconds: 60 });
  await k.settle();
  k.clock.advance(60_000);
  assert.equal(said(await late), "ETIMEDOUT");
  assert.equal(k.process(child).timers, undefined);
});

test("two that wait for the same get one each, and nobody the same", async () => {
  const { k, parent, child, send } = await family();
  const both = [1, 2].map(() => k.call(child, "process.receive", {}));
  await k.settle();
  await send(parent, child, "first");
  await send(parent, child, "second");
  assert.deepEqual((await Promise.all(both)).map(said).sort(), ["first", "second"]);
});

test("a message to an agent whose turn it was not lets it go on", async () => {
  const { k, parent, child, send } = await family();
  k.kernel.block(k.caller(child), "message", "its turn ended");
  assert.ok(k.process(child).life.stops.message);
  await send(parent, child, "go on");
  assert.equal(k.process(child).life.stops.message, undefined);
});

test("a sleep costs no active time, ends when it should, and a signal ends it at once", async () => {
  const { k, parent } = await family();
  const sleep = k.call(parent, "clock.sleep", { seconds: 3600 });
  await k.settle();
  assert.deepEqual(k.kernel.standing(parent), { state: "blocked", on: ["timer"] });
  k.clock.advance(3_599_000);
  await k.settle();
  assert.deepEqual(k.kernel.standing(parent).on, ["timer"]);
  k.clock.advance(1000);
  assert.deepEqual(await sleep, { ok: true, value: { slept: 3600 } });
  assert.ok(k.lastEnd.used.activeSeconds < 0.001);
  const cut = k.call(parent, "clock.sleep", { seconds: 60 });
  await k.settle();
  k.kernel.signal(k.person, parent, "interrupt", "test");
  assert.equal(code(await cut), "EINTR");
  assert.equal(k.clock.pending, 0);
});

test("after a reload a sleep goes on for what is left of it, and no longer", async () => {
  const { k, parent } = await family();
  const slot = { id: "0.0" };
  void k.call(parent, "clock.sleep", { seconds: 60 }, slot);
  await k.settle();
  k.clock.advance(40_000);
  const next = await k.crash();
  const again = next.call(parent, "clock.sleep", { seconds: 60 }, slot);
  await next.settle();
  next.clock.advance(19_000);
  await next.settle();
  assert.deepEqual(next.kernel.standing(parent).on, ["timer"]);
  next.clock.advance(1000);
  assert.equal(code(await again), "ok");
});

test("a message that was taken before a cut is told once more to the same call, and to no other", async () => {
  const { k, parent, child, send } = await family();
  await send(parent, child, "once");
  await send(parent, child, "twice");
  const slot = { id: "0.0" };
  await k.call(child, "process.receive", {}, slot);
  const did = k.of("call.did").findLast((d) => d.pid === child);
  const next = await k.crash(did?.seq);
  assert.equal(said(await next.call(child, "process.receive", {}, slot)), "once");
  assert.equal(said(await next.call(child, "process.receive", {}, { id: "0.1" })), "twice");
});

test("a message that was sent before a cut is not sent again", async () => {
  const { k, parent, child } = await family();
  const slot = { id: "0.0" };
  const args = { pid: child, message: "hello", reply: true };
  await k.call(parent, "process.send", args, slot);
  const next = await k.crash(k.of("call.did").findLast((d) => d.pid === parent)?.seq);
  assert.equal(code(await next.call(parent, "process.send", args, slot)), "ok");
  assert.equal(next.process(child).mailbox.length, 1);
  assert.equal(
    next.of("capability.mint").filter((m) => m.data.capability.resource === `process:/${parent}`).length,
    2,
  );
});

test("whatever the order of sends, waits, signals and reloads: nothing is lost, nothing comes twice (P43)", async () => {
  const act = fc.oneof(
    { weight: 4, arbitrary: fc.constant("send" as const) },
    { weight: 4, arbitrary: fc.constant("wait" as const) },
    { weight: 1, arbitrary: fc.constant("interrupt" as const) },
    { weight: 1, arbitrary: fc.constant("crash" as const) },
    { weight: 2, arbitrary: fc.constant("settle" as const) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 30 }), async (acts) => {
      const { k: first, parent, child } = await family();
      let k = first;
      const got: unknown[] = [];
      const open = new Map<string, Promise<void>>();
      let sent = 0;
      let calls = 0;
      const wait = (id: string): void => {
        const ended = k.call(child, "process.receive", {}, { id }).then((result) => {
          if (code(result) !== "EIO") open.delete(id);
          if (result.ok) got.push(said(result));
        });
        open.set(id, ended);
      };
      for (const what of acts) {
        if (what === "send")
          await k.call(parent, "process.send", { pid: child, message: `m${sent++}` }, { id: `0.${calls++}` });
        if (what === "wait") wait(`0.${calls++}`);
        if (what === "interrupt") k.kernel.signal(k.person, child, "interrupt", "test");
        if (what === "settle") await k.settle();
        if (what === "crash") {
          await k.settle();
          k = await k.crash();
          for (const id of [...open.keys()]) wait(id);
        }
      }
      await k.settle();
      const left = k.process(child).mailbox.map((m) => m.text);
      assert.ok(open.size === 0 || left.length === 0, "somebody waits while something is there");
      const all = [...got, ...left];
      assert.deepEqual([...all].sort(), Array.from({ length: sent }, (_, i) => `m${i}`).sort());
    }),
    { numRuns: share(1000) },
  );
});
