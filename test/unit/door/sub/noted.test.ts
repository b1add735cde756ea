// Notes of a call: what it found out before a crash is not found out again, and a part that noted nothing runs anew.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Invocation } from "../../../../src/kernel/operation.ts";
import { TestKernel, type Setup } from "../../../support/kernel.ts";
import { turns } from "../../../support/kernel/turns.ts";
import { inOrder, Nest, NESTS, nestPrimitive, type Part } from "../../../support/nest.ts";
import { folded, plainState } from "../../../support/plain.ts";

const write = (name: string): Part => ({ op: "box.write", args: { at: `fs:/app/${name}`, content: name } });
const CALLS = [write("a"), write("asked"), write("b")];
const GRANTS = ["allow:write:fs:/app/**", "ask:write:fs:/app/asked"];

/** A nest whose calls follow a part that must run once, such as a command: it counts its runs and notes the count. */
function counting(): { nest: Nest; runs: number } {
  const made = { nest: new Nest(), runs: 0 };
  made.nest.body = async (on: Invocation<unknown>, parts) => {
    const found = on.noted?.value ?? { run: (made.runs += 1) };
    if (on.noted === undefined) await on.note(found);
    return [found, await inOrder(on, parts)];
  };
  return made;
}

const setup = (nest: Nest): Setup => ({
  model: turns({ 2: [[["write_nest", { calls: CALLS }]], [["finish", { result: "done" }]]] }),
  more: () => [nestPrimitive(nest)],
  images: new Map([["nests", NESTS]]),
});

/** The value of the call when all that was asked is allowed, and the effects of the world. */
async function finish(k: TestKernel): Promise<unknown> {
  await k.kernel.rest();
  if (k.open.length > 0) k.answer();
  await k.kernel.rest();
  return k.of("call.end").find((e) => e.data.op === "nest.write")?.data.value;
}

test("a part that was noted does not run again, wherever the record is cut after the note", async () => {
  const { nest } = counting();
  const whole = await TestKernel.open(setup(nest));
  whole.launch(GRANTS, { image: NESTS });
  assert.deepEqual(await finish(whole), { came: [{ run: 1 }, ["ok", "ok", "ok"]] });
  const note = whole.of("call.found").at(-1);
  const end = whole.of("call.end").find((e) => e.data.op === "nest.write");
  assert.ok(note !== undefined && end !== undefined);
  assert.equal(note.call, end.call);
  for (let seq = note.seq; seq < end.seq; seq++) {
    const made = counting();
    const k = await TestKernel.open(setup(made.nest));
    k.launch(GRANTS, { image: NESTS });
    await finish(k);
    const { effects } = k.world;
    const next = await k.crash(seq);
    const value = await finish(next);
    assert.deepEqual(value, { came: [{ run: 1 }, ["ok", "ok", "ok"]] }, `cut at ${seq}`);
    assert.equal(made.runs, 1, `cut at ${seq}`);
    assert.deepEqual([...new Set(effects)].sort(), [
      "write fs:/app/a a",
      "write fs:/app/asked asked",
      "write fs:/app/b b",
    ]);
    assert.deepEqual(plainState(folded(next.journal.records)), plainState(next.kernel.state));
  }
});

test("a part that was cut off before its note runs anew", async () => {
  const made = counting();
  const k = await TestKernel.open(setup(made.nest));
  k.launch(GRANTS, { image: NESTS });
  await finish(k);
  const begin = k.of("call.begin").find((b) => b.data.op === "nest.write");
  const next = await k.crash(begin?.seq);
  assert.deepEqual(await finish(next), { came: [{ run: 2 }, ["ok", "ok", "ok"]] });
});

test("a call notes once, and only with a begin", async () => {
  const nest = new Nest();
  nest.body = async (on) => {
    await on.note(1);
    return on.note(2).then(
      () => "noted twice",
      (error: unknown) => String(error),
    );
  };
  const k = await TestKernel.open(setup(nest));
  k.launch(GRANTS, { image: NESTS });
  assert.match(JSON.stringify(await finish(k)), /has noted something already/u);
  nest.body = (on) => on.note(1).then(String, String);
  const other = await TestKernel.open({
    ...setup(nest),
    model: turns({ 2: [[["run_nest", { calls: [] }]], [["finish", { result: "done" }]]] }),
  });
  other.launch(GRANTS, { image: NESTS });
  await other.kernel.rest();
  const end = other.of("call.end").find((e) => e.data.op === "nest.run");
  assert.match(JSON.stringify(end?.data.value), /has no begin/u);
});
