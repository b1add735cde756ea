// Cut-off calls that nobody takes up again: each still gets its one end, told as what it was found to be.
import assert from "node:assert/strict";
import { test } from "node:test";
import { code, TestKernel } from "../../support/kernel.ts";
import { turns, type Turn } from "../../support/kernel/turns.ts";

const FILE = "fs:/app/a.txt";
const WRITE: Turn[] = [[["write_box", { at: FILE, content: "new" }]], [["finish", { result: "done" }]]];

/** A root agent that takes these turns, until it rests. */
async function run(script: readonly Turn[], grants: string[]) {
  const k = await TestKernel.open({ model: turns({ 2: script }) });
  k.world.files.set(FILE, "old");
  k.launch(grants);
  await k.settle();
  return k;
}

test("a call without a turn is only written down after a crash, and its name is not given again", async () => {
  const k = await TestKernel.open();
  const pid = k.launch(["allow:connect:net:/**", "ask:write:fs:/app/**"]);
  k.world.before = () => new Promise(() => undefined);
  void k.call(pid, "box.send", { host: "a.org", body: "1" });
  void k.call(pid, "box.write", { at: FILE, content: "x" });
  await k.settle();
  const next = await k.crash();
  next.world.before = () => undefined;
  assert.equal(next.open.length, 0, "nobody is left who could take up the answer");
  assert.deepEqual([next.lastEnd.op, next.lastEnd.outcome], ["box.send", "unknown"]);
  assert.equal(code(await next.call(pid, "box.send", { host: "b.org", body: "2" })), "ok");
  const names = next.of("call.end").map((e) => e.call);
  assert.equal(new Set(names).size, names.length);
});

test("calls of a process that ended are written down, never done", async () => {
  const k = await run(WRITE, ["allow:write:fs:/app/**"]);
  const begin = k.of("call.begin").find((b) => b.data.op === "box.write");
  assert.ok(begin);
  k.world.files.set(FILE, "old");
  k.world.effects.length = 0;
  const middle = await k.crash(begin.seq, { paused: true });
  middle.kernel.signal(middle.person, 2, "kill", "no more");
  const next = await middle.crash();
  await next.kernel.rest();
  assert.deepEqual(next.world.effects, []);
  assert.equal(next.of("call.end").find((e) => e.call === begin.call)?.data.outcome, "not-run");
  assert.equal(next.kernel.state.open.size, 0);
  assert.equal(next.process(2).reserved.toolCalls, 0);
});

test("a process that is ended before its cut-off calls were taken up leaves no begin without an end", async () => {
  const script: Turn[] = [
    [
      ["write_box", { at: FILE, content: "new" }],
      ["send_box", { host: "x.org", body: "" }],
    ],
  ];
  const k = await run(script, ["allow:write:fs:/app/**;uses=2", "allow:connect:net:/**"]);
  const cut = k.of("call.begin").findLast((b) => b.data.op !== "model.call")?.seq;
  const world = k.world.copy();
  world.files.set(FILE, "old");
  world.effects.length = 0;
  const next = await k.crash(cut, { world, paused: true });
  assert.equal(next.open.length, 1, "the send is asked for, the write had not started");
  next.kernel.signal(next.person, 2, "kill", "leave it");
  const ends = next.of("call.end").filter((e) => e.data.op !== "model.call");
  assert.deepEqual(ends.map((e) => `${e.data.op} ${e.data.outcome}`).sort(), [
    "box.send unknown",
    "box.write not-run",
  ]);
  assert.equal(next.kernel.state.open.size, 0);
  assert.equal(next.open.length, 0);
  const left = [...next.kernel.state.capabilities.all()].find((h) => h.cap.resource === "fs:/app/**")?.left;
  assert.equal(left, 2, "what was not run is given back");
});
