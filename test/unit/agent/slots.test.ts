// Slots: how many run at once, and who comes next.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Slots } from "../../../src/agent/slots.ts";

/** Asks for a slot for each name; the ones in capitals are awaited by a person. Gives the order in which they ran. */
async function order(limit: number, names: readonly string[], leaves: readonly string[] = []) {
  const slots = new Slots(limit);
  const ran: string[] = [];
  let now = 0;
  let most = 0;
  const aborts = new Map(names.map((name) => [name, new AbortController()]));
  const all = names.map((name) => {
    const work = async (): Promise<string> => {
      most = Math.max(most, ++now);
      ran.push(name);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
      return name;
    };
    const awaited = name === name.toUpperCase();
    return slots.run("p", aborts.get(name)?.signal ?? AbortSignal.abort(), work, awaited);
  });
  for (const name of leaves) aborts.get(name)?.abort();
  const given = await Promise.all(all);
  return { ran: ran.join(""), most, given };
}

test("never more than the limit run at once, and each gets its own result", async () => {
  const { most, given } = await order(2, [..."abcdef"]);
  assert.deepEqual([most, given.join("")], [2, "abcdef"]);
});

test("first come, first served; whom a person waits for comes before the others, in turn", async () => {
  assert.equal((await order(1, [..."abcde"])).ran, "abcde");
  assert.equal((await order(1, [..."abXcY"])).ran, "aXYbc");
});

test("who leaves the queue runs nothing and takes no slot away", async () => {
  const { ran, given } = await order(1, [..."abcd"], ["b", "d"]);
  assert.deepEqual([ran, given], ["ac", ["a", undefined, "c", undefined]]);
});

test("providers do not wait for each other", async () => {
  const slots = new Slots(1);
  const { signal } = new AbortController();
  void slots.run("one", signal, () => new Promise(() => undefined));
  assert.equal(await slots.run("two", signal, () => Promise.resolve("runs")), "runs");
});
