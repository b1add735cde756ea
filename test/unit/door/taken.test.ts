// Taken: what a revoke, a rule and a pause do to calls that wait and to children that are just being born.
import assert from "node:assert/strict";
import { test } from "node:test";
import { BOXES, TestKernel } from "../../support/kernel.ts";
import { turns } from "../../support/kernel/turns.ts";

const FAMILY = ["allow:spawn:process:/children", "allow:execute:image:/boxes"];
const TALKERS = { ...BOXES, tools: [...BOXES.tools, "sleep"] };

/** A parent that waits for a child, which sleeps. */
async function waiting(): Promise<TestKernel> {
  const k = await TestKernel.open({
    images: new Map([["boxes", TALKERS]]),
    model: turns({
      2: [
        [["spawn_agent", { goal: "part", grants: ["allow:sleep:clock:/sleep"] }]],
        [["wait_agent", { pid: 3 }]],
        [["finish", {}]],
      ],
      3: [[["sleep", { seconds: 60 }]], [["finish", {}]]],
    }),
  });
  k.launch([...FAMILY, "allow:sleep:clock:/sleep"], { image: TALKERS });
  await k.settle();
  assert.deepEqual([k.kernel.standing(2).on, k.kernel.standing(3).on], [["child"], ["timer"]]);
  return k;
}

const idOf = (k: TestKernel, holder: number, resource: string): string =>
  k.kernel.state.capabilities.heldBy(holder).find((h) => h.cap.resource === resource)?.cap.id ?? "";
const errorOf = (k: TestKernel, call: string): string | undefined =>
  k.of("call.end").find((e) => e.call === call)?.data.error?.code;

test("who waits for a child ends with EACCES when the right to wait for it is taken", async () => {
  const k = await waiting();
  k.kernel.revoke(k.person, idOf(k, 2, "process:/3"), "test");
  await k.settle();
  assert.equal(errorOf(k, "2.1.0"), "EACCES");
  assert.deepEqual([k.process(2).life.ended, k.process(3).life.ended], ["finished", undefined]);
});

test("a sleep that was passed on ends when what it was passed on from is revoked", async () => {
  const k = await waiting();
  k.kernel.revoke(k.person, idOf(k, 2, "clock:/sleep"), "test");
  await k.settle();
  assert.equal(errorOf(k, "3.0.0"), "EACCES");
});

test("a new rule reaches who sleeps; one about something else does not", async () => {
  const k = await waiting();
  k.kernel.setPolicy(k.person, [{ effect: "deny", rights: ["write"], resource: "fs:/**", reason: "frozen" }]);
  await k.settle();
  assert.equal(errorOf(k, "3.0.0"), undefined);
  k.kernel.setPolicy(k.person, [
    { effect: "deny", rights: ["sleep"], resource: "clock:/**", reason: "awake" },
  ]);
  await k.settle();
  assert.equal(errorOf(k, "3.0.0"), "EACCES");
});

test("a child that is being born while everybody is paused is paused, and goes on with its family", async () => {
  const k = await TestKernel.open({ hands: true, model: turns({}) });
  const top = k.launch(FAMILY);
  const born = k.call(top, "process.spawn", { goal: "part" });
  k.kernel.pauseAll("person", "test");
  await born;
  const { loops } = k.core;
  assert.deepEqual([k.process(3).life.paused, loops.has(3)], [true, false]);
  k.kernel.signal(k.person, 3, "resume", "test");
  assert.deepEqual([k.process(3).life.paused, loops.has(3)], [false, true]);
});

test("a revoke of what a call does not rest on lets it wait", async () => {
  const k = await waiting();
  k.kernel.revoke(k.person, idOf(k, 2, "image:/boxes"), "test");
  await k.settle();
  assert.deepEqual([errorOf(k, "2.1.0"), errorOf(k, "3.0.0")], [undefined, undefined]);
});

test("a deny that a person gives to who sleeps ends the sleep", async () => {
  const k = await waiting();
  k.kernel.give(k.person, 3, { effect: "deny", rights: ["sleep"], resource: "clock:/sleep" });
  await k.settle();
  assert.equal(errorOf(k, "3.0.0"), "EACCES");
});
