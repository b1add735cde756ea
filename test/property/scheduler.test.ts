// The scheduler: which agent thinks next, how many think at once, and what a pause of all leaves running.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fault } from "../../src/abi/errors.ts";
import { BOXES, TestKernel } from "../support/kernel.ts";
import { answerOf, type Thinker } from "../support/kernel/turns.ts";
import { share } from "../support/runs.ts";

const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A model that answers when the test says so, and remembers who asked it, in order. Each answer puts an object. */
class Desk {
  readonly asked: number[] = [];
  /** Who is thinking now, with the provider asked. */
  readonly open = new Map<number, { readonly provider: string; readonly answer: () => void }>();

  readonly model: Thinker = ({ pid, model, turn }, signal) =>
    new Promise((resolve) => {
      this.asked.push(pid);
      const answer = (): void => {
        this.open.delete(pid);
        resolve(answerOf([["put_object", { name: `n${turn}`, value: 1 }]]));
      };
      this.open.set(pid, { provider: model.split("/")[0] ?? "", answer });
      signal.addEventListener("abort", () => {
        this.open.delete(pid);
        resolve(fault("EINTR", "stopped"));
      });
    });

  /** One of those who think now, by any number. */
  some(n: number): number {
    return [...this.open.keys()][n % this.open.size] ?? 0;
  }
}

async function office(slots: number) {
  const desk = new Desk();
  const k = await TestKernel.open({ model: desk.model, slots });
  const start = (provider = "test", interactive = false): number => {
    const order = { image: BOXES, goal: "work", budget: {}, cwd: "fs:/app", launch: { interactive } };
    const launched = k.kernel.launch(k.person, { ...order, grants: [], model: `${provider}/one` });
    assert.ok(launched.ok);
    return launched.value.pid;
  };
  const answer = async (pid: number): Promise<void> => {
    desk.open.get(pid)?.answer();
    for (let i = 0; i < 2; i++) await tick();
  };
  return { k, desk, start, answer };
}

test("round robin: whoever would think waits for at most one answer to each other agent, and no slot stays unused", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 2, max: 6 }),
      fc.array(fc.nat(8), { minLength: 6, maxLength: 14 }),
      async (slots, agents, order) => {
        const { k, desk, start, answer } = await office(slots);
        const since = new Map(Array.from({ length: agents }, () => [start(), 0]));
        await k.settle();
        for (const n of order) {
          assert.equal(desk.open.size, Math.min(slots, agents));
          const pid = desk.some(n);
          since.set(pid, desk.asked.length);
          await answer(pid);
          for (const [waits, from] of since) {
            const others = desk.asked.slice(from).indexOf(waits);
            const before = others < 0 ? desk.asked.length - from : others;
            assert.ok(before < agents, `${waits} waited for ${before} others: ${desk.asked.join(" ")}`);
          }
        }
        await k.kernel.stop();
      },
    ),
    { numRuns: share(1000) },
  );
});

test("each provider is asked at most so often at once, and none waits for another", async () => {
  const providers = ["a", "b", "c"];
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3 }),
      fc.array(fc.constantFrom(...providers), { minLength: 1, maxLength: 8 }),
      fc.array(fc.nat(8), { maxLength: 8 }),
      async (slots, asks, order) => {
        const { k, desk, start, answer } = await office(slots);
        for (const provider of asks) start(provider);
        await k.settle();
        for (const n of order) {
          for (const provider of providers) {
            const now = [...desk.open.values()].filter((o) => o.provider === provider).length;
            assert.equal(now, Math.min(slots, asks.filter((a) => a === provider).length), provider);
          }
          await answer(desk.some(n));
        }
        await k.kernel.stop();
      },
    ),
    { numRuns: share(1000) },
  );
});

test("whom a person waits for thinks next, before all that work by themselves", async () => {
  const { k, desk, start, answer } = await office(1);
  for (let i = 0; i < 6; i++) start();
  const friend = start("test", true);
  await k.settle();
  await answer(desk.some(0));
  assert.equal(desk.asked.at(-1), friend, "it was started by a person, last of all");
  await answer(friend);
  const [busy] = [...desk.open.keys()];
  assert.notEqual(busy, friend, "its second turn is one of many");
  while (!desk.open.has(friend)) await answer(desk.some(0));
  k.kernel.message(k.person, friend, "and this?");
  await answer(friend);
  await answer(desk.some(0));
  assert.equal(desk.asked.at(-1), friend, "a person has spoken to it");
  await k.kernel.stop();
});

test("a pause of a hundred busy agents is over with the answers under way; a resume of all lets each go on", async () => {
  const { k, desk, start, answer } = await office(5);
  const pids = Array.from({ length: 100 }, () => start());
  await k.settle();
  for (let i = 0; i < 30; i++) await answer(desk.some(i));
  const before = desk.asked.length;
  k.kernel.pauseAll("person", "test");
  let steps = 0;
  for (; desk.open.size > 0; steps++) await answer(desk.some(0));
  assert.equal(steps, 5, "those who were thinking are answered");
  assert.equal(desk.asked.length, before, "and nobody thinks anew");
  assert.equal(k.core.loops.size, 0);
  assert.ok(pids.every((pid) => k.kernel.standing(pid).state === "paused"));
  for (const pid of pids) k.kernel.signal(k.person, pid, "resume", "test");
  await k.settle();
  for (let i = 0; i < 100; i++) await answer(desk.some(0));
  assert.deepEqual(new Set(desk.asked.slice(before)), new Set(pids));
  await k.kernel.stop();
});

test("who is killed while it waits for its turn to think leaves the queue at once", async () => {
  const { k, desk, start, answer } = await office(1);
  const [first, second, third] = [start(), start(), start()];
  await k.settle();
  k.kernel.signal(k.person, second, "kill", "test");
  await k.settle();
  assert.deepEqual([...k.core.loops.keys()], [first, third]);
  await answer(first);
  assert.deepEqual(desk.asked, [first, third]);
  await k.kernel.stop();
});
