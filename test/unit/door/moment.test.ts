// Moments: what happens to authority, processes and uses between the decision, the question, the begin and the effect.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fault } from "../../../src/abi/errors.ts";
import { code, TestKernel } from "../../support/kernel.ts";

const FILE = "fs:/app/a.txt";

async function ready(grants: string[]) {
  const k = await TestKernel.open();
  const pid = k.launch(grants);
  k.world.files.set(FILE, "old");
  return { k, pid, write: (content = "new", at = FILE) => k.call(pid, "box.write", { at, content }) };
}

type Ready = Awaited<ReturnType<typeof ready>>;

const capOf = (k: TestKernel, resource: string) =>
  [...k.kernel.state.capabilities.all()].find((h) => h.cap.resource === resource)?.cap.id ?? "none";

/** What can come between, and how the call must come out. */
const EVENTS: [name: string, happen: (r: Ready) => void, codes: string[]][] = [
  [
    "a revoke",
    ({ k }) => void k.kernel.revoke(k.person, capOf(k, "fs:/app/**"), "no more"),
    ["EACCES", "ENOTCAPABLE"],
  ],
  [
    "an expiry",
    ({ k }) => {
      k.clock.advance(3_600_001);
    },
    ["EACCES", "ENOTCAPABLE"],
  ],
  ["a kill", ({ k, pid }) => void k.kernel.signal(k.person, pid, "kill", "stop"), ["EINTR"]],
  ["a terminate", ({ k, pid }) => void k.kernel.signal(k.person, pid, "terminate", "stop"), ["EINTR"]],
  ["an interrupt", ({ k, pid }) => void k.kernel.signal(k.person, pid, "interrupt", "listen"), ["EINTR"]],
];

for (const [name, happen, codes] of EVENTS) {
  test(`${name} while the begin is on its way to the disk: nothing is dispatched, the use is given back (P12)`, async () => {
    const on = await ready(["allow:write:fs:/app/**;uses=3;until=2026-01-01T01:00:00.000Z"]);
    const { k, write } = on;
    k.journal.held = true;
    const call = write();
    await k.settle();
    assert.equal(k.of("call.begin").length, 1);
    assert.equal(k.journal.waiting, 1, "the effect waits for its begin to be durable");
    const id = capOf(k, "fs:/app/**");
    assert.equal(k.kernel.state.capabilities.get(id)?.left, 2);
    happen(on);
    k.journal.release();
    assert.ok(codes.includes(code(await call)), code(await call));
    assert.deepEqual(k.world.effects, []);
    assert.ok(!k.world.touched.includes(`write ${FILE}`), "the backend was not called");
    const { outcome, used } = k.lastEnd;
    assert.deepEqual([outcome, used.toolCalls], ["not-run", 0]);
    assert.equal(k.of("call.end").length, 1);
    assert.equal(k.kernel.state.capabilities.get(id)?.left, 3, "not run, so not spent");
    assert.equal(k.kernel.state.open.size, 0);
  });

  // Nothing ticks while a person thinks, and a yes is authority by itself: see the test of a late yes below.
  if (name === "an expiry") continue;

  test(`${name} while a person is asked: the question goes, nothing happens, and a late yes is stale (P27)`, async () => {
    const on = await ready(["ask:write:fs:/app/**;until=2026-01-01T01:00:00.000Z"]);
    const { k, write } = on;
    const call = write();
    await k.settle();
    const { id } = k.question;
    happen(on);
    assert.ok(codes.includes(code(await call)), code(await call));
    assert.equal(k.open.length, 0);
    assert.equal(code(k.answer({}, id)), "ESTALE");
    assert.deepEqual(k.world.effects, []);
    assert.equal(k.lastEnd.outcome, "not-run");
  });

  test(`${name} between the answer and the begin: what was approved is not dispatched`, async () => {
    const on = await ready(["ask:write:fs:/app/**;until=2026-01-01T01:00:00.000Z"]);
    const { k, write } = on;
    k.journal.held = true;
    const call = write();
    await k.settle();
    k.answer();
    const minted = capOf(k, FILE);
    if (name === "a revoke") k.kernel.revoke(k.person, minted, "changed my mind");
    else happen(on);
    k.journal.release();
    assert.notEqual(code(await call), "ok");
    assert.deepEqual(k.world.effects, []);
  });
}

test("the authority of an approval can still be revoked while its begin is on its way", async () => {
  const { k, write } = await ready(["ask:write:fs:/app/**"]);
  k.journal.held = true;
  const call = write();
  await k.settle();
  k.answer();
  await k.settle();
  assert.equal(k.of("call.begin").length, 1);
  k.kernel.revoke(k.person, capOf(k, FILE), "changed my mind");
  k.journal.release();
  assert.equal(code(await call), "EACCES");
  assert.deepEqual(k.world.effects, []);
  assert.equal(k.lastEnd.decision, "approved");
  assert.equal(k.lastEnd.outcome, "not-run");
});

test("a yes is authority by itself, also when what let the call be asked for has run out meanwhile", async () => {
  const { k, write } = await ready(["ask:write:fs:/app/**;until=2026-01-01T01:00:00.000Z"]);
  const call = write();
  await k.settle();
  k.clock.advance(3_600_001);
  assert.equal(code(k.answer()), "ok");
  assert.equal(code(await call), "ok");
  assert.equal(code(await write("again")), "ENOTCAPABLE");
});

test("a revoke of what was passed on reaches a call of the child that waits", async () => {
  const { k, pid } = await ready([
    ...["allow:spawn:process:/children", "allow:execute:image:/boxes", "allow:write:fs:/app/**"],
    "ask:write:fs:/app/a.txt",
  ]);
  const spawned = await k.call(pid, "process.spawn", { goal: "x", grants: ["allow:write:fs:/app/**"] });
  assert.equal(code(spawned), "ok");
  const call = k.call(pid + 1, "box.write", { at: FILE, content: "new" });
  await k.settle();
  assert.equal(k.question.pid, pid + 1);
  k.kernel.revoke(k.person, capOf(k, "fs:/app/**"), "all of it");
  assert.equal(k.open.length, 1, "the ask itself was copied and still lets a person say yes");
  k.kernel.revoke(k.person, capOf(k, FILE), "and that too");
  assert.equal(code(await call), "ENOTCAPABLE");
  assert.equal(k.lastEnd.decision, "deny");
  assert.equal(k.open.length, 0);
});

test("pause holds an approved call until resume", async () => {
  const { k, pid, write } = await ready(["ask:write:fs:/app/**"]);
  const call = write();
  await k.settle();
  k.kernel.signal(k.person, pid, "pause", "wait");
  k.answer();
  await k.settle();
  assert.deepEqual(k.world.effects, [], "approved, but paused");
  assert.equal(k.kernel.standing(pid).state, "paused");
  k.world.files.set(FILE, "moved on meanwhile");
  k.kernel.signal(k.person, pid, "resume", "go on");
  assert.equal(code(await call), "ESTALE", "and what was approved is looked at again after the pause");
  const again = write();
  await k.settle();
  k.answer();
  assert.equal(code(await again), "ok");
});

test("a counted use is spent exactly once, however many calls run at once (P10)", async () => {
  for (const uses of [1, 2, 5]) {
    const { k, pid } = await ready([`allow:read:fs:/app/**;uses=${uses}`]);
    const calls = Array.from({ length: 8 }, () => k.call(pid, "box.read", { at: FILE }));
    const results = (await Promise.all(calls)).map(code);
    assert.equal(results.filter((r) => r === "ok").length, uses);
    assert.equal(results.filter((r) => r === "ENOTCAPABLE").length, 8 - uses);
    assert.equal(k.world.touched.filter((t) => t.startsWith("read")).length, uses);
    assert.equal(k.of("call.begin").length, uses, "a read that spends a use has a begin");
    assert.equal(k.of("call.end").length, 8);
  }
});

const FAILS: [
  what: string,
  before: () => Fault | Promise<Fault | undefined>,
  code: string,
  outcome: string,
  left: number,
][] = [
  [
    "the backend refuses",
    () => ({ ok: false, code: "EBUSY", message: "busy", hint: "wait" }),
    "EBUSY",
    "error",
    1,
  ],
  ["the backend throws", () => Promise.reject(new Error("bug")), "EFAULT", "unknown", 1],
];

for (const [what, before, expected, outcome, left] of FAILS) {
  test(`once dispatched, a use is spent even when ${what} (P12)`, async () => {
    const { k, write } = await ready(["allow:write:fs:/app/**;uses=2"]);
    k.world.before = (touch) => (touch.startsWith("write") ? before() : undefined);
    assert.equal(code(await write()), expected);
    assert.equal(k.lastEnd.outcome, outcome);
    assert.equal(k.kernel.state.capabilities.get(capOf(k, "fs:/app/**"))?.left, left);
  });
}

test("what fails before the effect spends nothing (P11)", async () => {
  const { k, pid, write } = await ready(["allow:read,write:fs:/app/**;uses=2"]);
  const left = () => k.kernel.state.capabilities.get(capOf(k, "fs:/app/**"))?.left;
  assert.equal(code(await k.call(pid, "box.write", { at: 7 })), "EINVAL");
  assert.equal(left(), 2);
  k.clock.advance(1);
  const { world } = k;
  world.links.set("fs:/app/link", "fs:/app/.agentlibos/key");
  assert.equal(code(await k.call(pid, "box.read", { at: "fs:/app/link" })), "EACCES");
  assert.equal(left(), 2);
  assert.ok(!world.touched.includes("read fs:/app/.agentlibos/key"));
  assert.equal(code(await write()), "ok");
  assert.equal(left(), 1);
});

test("a link is judged by its real name as well", async () => {
  const { k, pid } = await ready(["allow:read:fs:/app/**", "deny:read:fs:/app/secret/**"]);
  k.world.links.set("fs:/app/link", "fs:/app/secret/key");
  k.world.files.set("fs:/app/secret/key", "hidden");
  assert.equal(code(await k.call(pid, "box.read", { at: "fs:/app/link" })), "EACCES");
  assert.deepEqual(k.lastEnd.needs, [
    { resource: "fs:/app/link", right: "read" },
    { resource: "fs:/app/secret/key", right: "read" },
  ]);
  assert.deepEqual(k.world.touched, ["look fs:/app/link"]);
});

test("a write that fails on the way is judged by what is there: done, not done, or nobody knows", async () => {
  const cut: Fault = { ok: false, code: "EIO", message: "the disk went away", hint: "" };
  const { k, write } = await ready(["allow:write:fs:/app/**"]);
  k.world.before = (touch) => {
    if (!touch.startsWith("write")) return undefined;
    k.world.files.set(FILE, "new");
    return cut;
  };
  assert.equal(code(await write("new")), "ok", "it had happened after all");
  assert.equal(
    k.process(2).seen?.get(FILE),
    k.world.digest(FILE),
    "and the agent is not told that it is stale",
  );
  k.world.before = (touch) => (touch.startsWith("write") ? cut : undefined);
  assert.equal(code(await write("newer")), "EIO");
  assert.equal(k.lastEnd.outcome, "error");
  k.world.before = (touch) => {
    if (touch.startsWith("write")) k.world.files.set(FILE, "half of it");
    return touch.startsWith("write") ? cut : undefined;
  };
  assert.equal(code(await write("newest")), "EIO");
  assert.equal(k.lastEnd.outcome, "unknown");
});

test("a kill while the effect runs is heard by the backend, and its end is still written", async () => {
  const { k, pid, write } = await ready(["allow:write:fs:/app/**"]);
  k.world.before = (touch, signal) => {
    if (!touch.startsWith("write")) return undefined;
    const { promise, resolve } = Promise.withResolvers<Fault>();
    signal.addEventListener("abort", () => {
      resolve({ ok: false, code: "EINTR", message: "cut off", hint: "" });
    });
    return promise;
  };
  const call = write();
  await k.settle();
  k.kernel.signal(k.person, pid, "kill", "now");
  assert.equal(code(await call), "EINTR");
  assert.equal(k.lastEnd.outcome, "error");
  assert.equal(code(await write()), "EINTR", "a process that has ended makes no calls");
  assert.equal(k.of("call.end").length, 1);
});

test("an effect that finished before it heard of the kill is recorded as done", async () => {
  const { k, pid, write } = await ready(["allow:write:fs:/app/**"]);
  const { promise, resolve } = Promise.withResolvers<undefined>();
  k.world.before = (touch) => (touch.startsWith("write") ? promise : undefined);
  const call = write();
  await k.settle();
  k.kernel.signal(k.person, pid, "kill", "now");
  resolve(undefined);
  assert.equal(code(await call), "ok");
  assert.deepEqual([k.lastEnd.outcome, k.world.effects.length], ["ok", 1]);
});
