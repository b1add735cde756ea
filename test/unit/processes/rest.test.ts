// Rest and stop: when nothing can go on by itself, and what going away in good order leaves behind.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fault } from "../../../src/abi/errors.ts";
import { TestKernel } from "../../support/kernel.ts";
import { turns } from "../../support/kernel/turns.ts";

const FAMILY = ["allow:spawn:process:/children", "allow:execute:image:/boxes", "allow:read,write:fs:/app/**"];
const FILE = "fs:/app/a.txt";

async function rested(k: TestKernel): Promise<boolean> {
  let done = false;
  void k.kernel.rest().then(() => (done = true));
  await k.settle();
  return done;
}

test("rest comes when all have ended or wait for a person, and not before", async () => {
  const gate = Promise.withResolvers<undefined>();
  const scripts = turns({
    2: [
      [["spawn_agent", { goal: "look", grants: ["allow:read:fs:/app/**"] }]],
      [["wait_agent", { pid: 3 }]],
      [["ask_human", { question: "Good?" }]],
      [["finish", { result: "done" }]],
    ],
    3: [
      [["read_box", { at: FILE }]],
      [["ask_human", { question: "Well?" }]],
      [["finish", { result: "seen" }]],
    ],
  });
  const k = await TestKernel.open({ model: scripts });
  k.world.files.set(FILE, "x");
  k.world.before = () => gate.promise;
  k.launch(FAMILY);
  assert.equal(await rested(k), false, "a read runs");
  gate.resolve(undefined);
  assert.equal(await rested(k), true, "the parent waits for the child, the child for a person");
  assert.equal(k.question.pid, 3);
  k.answer({ text: "yes" });
  let early = false;
  void k.kernel.rest().then(() => (early = k.open.length === 0 && k.process(2).life.ended === undefined));
  await k.settle();
  assert.equal(early, false, "an answer that has not reached its call yet is no rest");
  assert.equal(k.question.pid, 2, "the child ended, the parent collected it and asks");
  k.kernel.signal(k.person, 2, "pause", "later");
  k.answer({ text: "yes" });
  await k.settle();
  assert.equal(await rested(k), true, "paused");
  k.kernel.signal(k.person, 2, "resume", "now");
  assert.equal(await rested(k), true);
  assert.equal(k.process(2).life.ended, "finished");
});

test("rest waits for a call that comes after another one of its turn, while a third waits for a person", async () => {
  const gate = Promise.withResolvers<undefined>();
  const scripts = turns({
    2: [
      [
        ["ask_human", { question: "Good?" }],
        ["write_box", { at: FILE, content: "one" }],
        ["write_box", { at: FILE, content: "two" }],
      ],
      [["finish", { result: "done" }]],
    ],
  });
  const k = await TestKernel.open({ model: scripts });
  k.world.before = () => gate.promise;
  k.launch(FAMILY);
  await k.settle();
  let written: string | undefined;
  const resting = k.kernel.rest().then(() => (written = k.world.files.get(FILE)));
  gate.resolve(undefined);
  await resting;
  assert.equal(written, "two");
});

test("killing a child that a parent waits for is no rest: the parent goes on", async () => {
  const scripts = turns({
    2: [
      [["spawn_agent", { goal: "look" }]],
      [["wait_agent", { pid: 3 }]],
      [["finish", { result: "went on" }]],
    ],
    3: [[["ask_human", { question: "Well?" }]]],
  });
  const k = await TestKernel.open({ model: scripts });
  k.launch(FAMILY);
  assert.equal(await rested(k), true);
  k.kernel.signal(k.person, 3, "kill", "too slow");
  await k.kernel.rest();
  assert.equal(k.process(2).result, "went on");
});

test("stopping waits for effects, drops what waits, and leaves no trace of it (P86)", async () => {
  const slow = Promise.withResolvers<undefined>();
  const scripts = turns({
    2: [
      [
        ["write_box", { at: FILE, content: "new" }],
        ["ask_human", { question: "Well?" }],
      ],
    ],
  });
  const k = await TestKernel.open({ model: scripts });
  k.world.before = (touch) => (touch.startsWith("write") ? slow.promise : undefined);
  k.launch(["allow:write:fs:/app/**"]);
  await k.settle();
  assert.equal(k.open.length, 1);
  let stopped = false;
  const stopping = k.kernel.stop().then(() => (stopped = true));
  await k.settle();
  assert.equal(stopped, false, "a write is under way");
  slow.resolve(undefined);
  await stopping;
  assert.deepEqual(k.world.effects, [`write ${FILE} new`]);
  assert.equal(k.lastEnd.outcome, "ok");
  assert.equal(k.open.length, 1, "the question still waits, for the next start");
});

test("a backend that throws because the runtime goes away does not end its process", async () => {
  const scripts = turns({ 2: [[["write_box", { at: FILE, content: "new" }]]] });
  const k = await TestKernel.open({ model: scripts });
  k.world.before = (touch, signal) =>
    touch.startsWith("write")
      ? new Promise<Fault>((_, reject) => {
          signal.addEventListener("abort", () => {
            reject(new Error("AbortError"));
          });
        })
      : undefined;
  k.launch(["allow:write:fs:/app/**"]);
  await k.settle();
  await k.kernel.stop();
  assert.equal(k.process(2).life.ended, undefined);
  assert.equal(k.kernel.state.open.size, 1, "it is judged at the next start");
  const next = await k.crash(Infinity, { paused: true });
  next.world.before = () => undefined;
  next.kernel.resumeAll();
  await next.kernel.rest();
  assert.deepEqual(next.world.effects, [`write ${FILE} new`]);
  assert.equal(next.process(2).life.ended, "finished");
});
