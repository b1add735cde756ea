// Calls of calls and crashes: wherever the record is cut, no call of a call is done twice and none stays open.
import assert from "node:assert/strict";
import { test } from "node:test";
import { KEPT_MOST } from "../../../../src/kernel/state/subs.ts";
import type { World } from "../../../support/box.ts";
import { code, TestKernel, type Setup } from "../../../support/kernel.ts";
import { turns } from "../../../support/kernel/turns.ts";
import { make, Nest, NESTS, nestPrimitive, type Part } from "../../../support/nest.ts";
import { folded, plainState } from "../../../support/plain.ts";

const at = (name: string) => `fs:/app/${name}`;
const write = (name: string, within?: string[]): Part => ({
  ...{ op: "box.write", args: { at: at(name), content: name } },
  ...(within === undefined ? {} : { within }),
});
const send: Part = { op: "box.send", args: { host: "one.org", body: "x" } };
const put: Part = { op: "object.put", args: { name: "kept", value: [1] } };

const GRANTS = ["allow:read,write:fs:/app/**", `ask:write:${at("asked")}`, "allow:connect:net:/**"];
const CALLS: Part[] = [
  write("a", ["allow:write:fs:/app/**"]),
  write("asked"),
  put,
  { op: "nest.run", args: { calls: [write("deep"), send] } },
  { op: "box.read", args: { at: at("a") } },
];
const EFFECTS = [
  ...[`write ${at("a")} a`, `write ${at("asked")} asked`, `write ${at("deep")} deep`, "send one.org x"],
].sort();

function setup(tool: string, nest = new Nest()): Setup & { nest: Nest } {
  return {
    nest,
    model: turns({ 2: [[[tool, { calls: CALLS }]], [["finish", { result: "done" }]]] }),
    more: () => [nestPrimitive(nest)],
    images: new Map([["nests", NESTS]]),
  };
}

/** Answers all that is asked, and whether something happened by what the world has seen, until the agent has ended. */
async function finish(k: TestKernel): Promise<void> {
  for (let i = 0; i < 20; i++) {
    await k.kernel.rest();
    for (const { question } of k.open) {
      const happened = k.world.effects.some((e) => e.startsWith("send"));
      k.answer(question.kind === "effect" ? { text: happened ? "happened" : "did not" } : {}, question.id);
    }
    if (k.open.length === 0 && k.process(2).life.ended !== undefined) return;
  }
  assert.fail(`it does not come to an end: ${JSON.stringify(k.open.map((a) => a.question))}`);
}

function check(k: TestKernel, where: string): void {
  const begins = k.of("call.begin").map((b) => b.call);
  assert.equal(new Set(begins).size, begins.length, `${where}: a call began twice`);
  const ends = k.of("call.end").map((e) => e.call ?? "");
  assert.equal(new Set(ends).size, ends.length, `${where}: a call ended twice`);
  for (const [i, call] of ends.entries())
    assert.ok(
      ends.slice(0, i).every((earlier) => !call.startsWith(`${earlier}.`) || /^2\.\d+$/u.test(earlier)),
      `${where}: ${call} ended after the call that made it`,
    );
  assert.equal(k.kernel.state.open.size, 0, where);
  assert.equal(k.process(2).result, "done", where);
  const { reserved, made, timers, did } = k.process(2);
  assert.ok(Object.values(reserved).every((amount) => amount === 0));
  assert.deepEqual([made, timers, did], [undefined, undefined, undefined], where);
  assert.deepEqual(plainState(folded(k.records)), plainState(k.kernel.state), where);
}

/** Runs the script once, and again from each place where a crash may have cut the record. */
async function cutEverywhere(tool: string, each: (k: TestKernel, where: string) => void, happened = false) {
  const first = await TestKernel.open(setup(tool));
  const worlds = new Map<number, World>();
  first.kernel.onRecord((record) => worlds.set(record.seq, first.world.copy()));
  first.launch(GRANTS, { image: NESTS });
  await finish(first);
  const all = structuredClone(first.records);
  const from = first.of("call.end").find((e) => e.call === "2.0")?.seq ?? 0;
  let cuts = 0;
  for (const seq of first.journal.cuts.filter((cut) => cut >= from))
    for (const later of [0, 1]) {
      const world = worlds.get(seq + later)?.copy();
      if (world === undefined) continue;
      const again = setup(tool);
      again.nest.happened = happened;
      const records = structuredClone(all.filter((r) => r.seq <= seq));
      const k = await TestKernel.open({ ...again, records, world });
      await finish(k);
      const where = `cut after ${seq} (${all[seq - 1]?.kind} ${all[seq - 1]?.call}), world ${later}`;
      check(k, where);
      each(k, where);
      cuts += 1;
    }
  assert.ok(cuts > 20, `${cuts} cuts`);
}

for (const tool of ["run_nest", "write_nest"])
  test(`${tool}: cut anywhere, each effect of its calls happens once, and the call comes to its end`, async () => {
    await cutEverywhere(tool, (k, where) => {
      assert.deepEqual([...k.world.effects].sort(), EFFECTS, where);
      assert.equal(k.of("object.put").length, 1, where);
      const end = k.of("call.end").find((e) => e.call === "2.0.0");
      assert.deepEqual(end?.data.value, { came: ["ok", "ok", "ok", "ok", "ok"] }, where);
    });
  });

test("a call that was done before the cut ends with the calls that it had begun, and nothing is done twice", async () => {
  await cutEverywhere(
    "write_nest",
    (k, where) => {
      assert.equal(new Set(k.world.effects).size, k.world.effects.length, where);
    },
    true,
  );
});

/** A nest whose second call waits in the world until the crash; then it makes `after` in place of all. */
async function cutInSecond(before: readonly Part[], after: readonly Part[], secrets: readonly string[] = []) {
  const nest = new Nest();
  const seen: string[] = [];
  nest.body = async (on, parts) => {
    seen.length = 0;
    for (const part of parts) {
      const result = await make(on, part);
      seen.push(result.ok ? JSON.stringify(result.value) : result.code);
    }
    return "made";
  };
  const calls = { now: before };
  const made = { ...setup("run_nest", nest), secrets };
  const script = () => turns({ 2: [[["run_nest", {}]], [["finish", { result: "done" }]]] });
  const body = nest.body;
  nest.body = (on) => body(on, calls.now);
  const k = await TestKernel.open({ ...made, model: script() });
  k.world.files.set(at("a"), secrets[0] ?? "old");
  let stuck = true;
  k.world.before = (what) => (stuck && what.startsWith("send") ? new Promise(() => undefined) : undefined);
  k.launch(GRANTS, { image: NESTS });
  await k.settle();
  stuck = false;
  calls.now = after;
  k.world.verdict = { state: "not-started" };
  const next = await k.crash();
  await finish(next);
  return { next, seen };
}

test("the result of a call that had ended is given again from the record", async () => {
  const read: Part = { op: "box.read", args: { at: at("a") } };
  const { next, seen } = await cutInSecond([read, send], [read, send]);
  assert.deepEqual(seen, ['{"content":"old"}', '{"sent":"one.org"}']);
  assert.equal(next.world.touched.filter((t) => t === `read ${at("a")}`).length, 1, "it is not read again");
  check(next, "after the cut");
});

test("another request in the place of one that had ended, or had begun, is ESTALE and not made", async () => {
  const other: Part = { op: "box.read", args: { at: at("a") } };
  const { next, seen } = await cutInSecond([write("a"), send], [other, write("b")]);
  assert.deepEqual(seen, ["ESTALE", "ESTALE"]);
  assert.deepEqual(next.world.effects, [`write ${at("a")} a`]);
  assert.equal(next.of("call.end").find((e) => e.data.op === "box.send")?.data.outcome, "not-run");
  check(next, "after the cut");
});

test("a result that the record does not hold whole is not given again: the call says so", async () => {
  const read: Part = { op: "box.read", args: { at: at("a") } };
  const { seen } = await cutInSecond([read, send], [read, send], ["a-value-that-is-kept-out"]);
  assert.deepEqual(seen, ["ESTALE", '{"sent":"one.org"}']);
});

test("the results that are kept for a restart are bounded", async () => {
  const nest = new Nest();
  const k = await TestKernel.open({ ...setup("run_nest", nest), hands: true });
  k.world.files.set(at("a"), "x".repeat(KEPT_MOST / 2));
  k.launch(GRANTS, { image: NESTS });
  nest.body = async (on) => {
    for (let i = 0; i < 5; i++) await on.sub("box.read", { at: at("a") });
    const rows = [...(k.process(2).made?.get("2.0.0")?.byNumber.values() ?? [])];
    return rows.map((row) => row.result !== undefined);
  };
  const result = await k.call(2, "nest.run", {}, { id: "0.0" });
  assert.deepEqual(result.ok && result.value, { came: [true, false, false, false, false] });
});

test("an orderly stop cuts a call off with its calls: neither has an end, and both go on later", async () => {
  const k = await TestKernel.open(setup("run_nest"));
  k.launch(GRANTS, { image: NESTS });
  await k.settle();
  assert.equal(k.question.call, "2.0.0.2");
  await k.kernel.stop();
  assert.deepEqual(
    k.of("call.end").map((e) => e.call),
    ["2.0", "2.0.0.1"],
  );
  const next = await k.crash();
  assert.equal(next.question.call, "2.0.0.2", "the same question waits");
  await finish(next);
  assert.deepEqual([...next.world.effects].sort(), EFFECTS);
  check(next, "after the stop");
});

test("a call whose last call an orderly stop cuts off does not end with that fault", async () => {
  const nest = new Nest();
  const script = turns({
    2: [[["run_nest", { calls: [write("asked")] }]], [["finish", { result: "done" }]]],
  });
  const k = await TestKernel.open({ ...setup("run_nest", nest), model: script });
  k.launch(GRANTS, { image: NESTS });
  await k.settle();
  await k.kernel.stop();
  assert.deepEqual(
    k.of("call.end").map((e) => e.call),
    ["2.0"],
  );
  const next = await k.crash();
  await finish(next);
  assert.deepEqual(next.world.effects, [`write ${at("asked")} asked`]);
  check(next, "after the stop");
});

test("a call outside of all turns is not made again; what it had begun gets its end", async () => {
  const nest = new Nest();
  const k = await TestKernel.open({ ...setup("run_nest", nest), hands: true });
  k.launch(GRANTS, { image: NESTS });
  void k.call(2, "nest.write", { calls: [write("asked"), send] });
  await k.settle();
  const next = await k.crash();
  assert.equal(next.open.length, 0);
  assert.equal(next.kernel.state.open.size, 0);
  assert.equal(next.process(2).made, undefined);
  assert.equal(code(await next.call(2, "nest.run", { calls: [] })), "ok");
});
