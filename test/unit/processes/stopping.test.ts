// Stopping by a person: one call or one handle ends, its process goes on, and what a handle puts out is shown until then.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fault, isFault } from "../../../src/abi/errors.ts";
import type { Invocation, Primitive } from "../../../src/kernel/operation.ts";
import type { Person } from "../../../src/kernel/witness.ts";
import { BOXES, code, TestKernel } from "../../support/kernel.ts";
import { Nest, NESTS, nestPrimitive } from "../../support/nest.ts";

async function open() {
  const nest = new Nest();
  const ended: string[] = [];
  const things: Primitive = {
    ...{ kind: "thing", operations: [] },
    handles: [{ kind: "thing", end: async (id, why) => void ended.push(`${id} ${why}`) }],
  };
  const k = await TestKernel.open({
    more: () => [nestPrimitive(nest), things],
    images: new Map([NESTS, BOXES].map((image) => [image.name, image])),
    hands: true,
  });
  const shown: string[] = [];
  k.kernel.onOutput(({ call, text }) => shown.push(`${call} ${text}`));
  const pid = k.launch(["ask:write:fs:/app/**"], { image: NESTS });
  return { k, nest, ended, shown, pid };
}

/** Lasts until the call is stopped. */
const lasting = ({ signal }: Invocation<unknown>): Promise<unknown> =>
  new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(fault("EINTR", "The program was cut off.", "")));
  });

test("a person stops one call: it says so, and the other one goes on", async () => {
  const { k, nest, pid } = await open();
  nest.body = lasting;
  const [one, other] = [k.call(pid, "nest.run", {}), k.call(pid, "nest.run", {})];
  await k.settle();
  assert.equal(k.kernel.stopCall(k.person, "2.x0"), undefined);
  const result = await one;
  assert.deepEqual([code(result), isFault(result) && result.message], ["EINTR", "A person stopped this."]);
  assert.ok(k.kernel.running("2.x1") !== undefined);
  assert.equal(k.kernel.stopCall(k.person, "2.x0")?.code, "ESTALE");
  k.kernel.stopCall(k.person, "2.x1");
  await other;
  assert.equal(k.process(2).life.ended, undefined);
});

test("the calls that it made end with it, also those that wait for a person", async () => {
  const { k, nest, pid } = await open();
  nest.body = (on) => on.sub("box.write", { at: "fs:/app/a", content: "new" });
  const call = k.call(pid, "nest.run", {});
  await k.settle();
  assert.equal(k.open.length, 1);
  k.kernel.stopCall(k.person, "2.x0");
  await call;
  assert.deepEqual(
    [k.open.length, k.of("call.end").map((e) => [e.call, e.data.outcome])],
    [
      0,
      [
        ["2.x0.1", "not-run"],
        ["2.x0", "error"],
      ],
    ],
  );
});

test("nobody but a person stops anything here", async () => {
  const { k, nest, pid, ended } = await open();
  nest.body = async (on) => on.opened("thing", "a server");
  const opened = await k.call(pid, "nest.run", {});
  const id = opened.ok ? (opened.value as { came: string }).came : "";
  nest.body = lasting;
  const call = k.call(pid, "nest.run", {});
  await k.settle();
  for (const who of [k.launcher, { as: "person" } as Person]) {
    assert.equal(k.kernel.stopCall(who, "2.x1")?.code, "EACCES");
    assert.equal((await k.kernel.stopHandle(who, pid, id))?.code, "EACCES");
  }
  assert.ok(k.kernel.running("2.x1") !== undefined);
  assert.deepEqual(ended, []);
  k.kernel.stopCall(k.person, "2.x1");
  await call;
});

test("what a handle puts out is shown by its call until it ends, and no record keeps it", async () => {
  const { k, nest, pid, ended, shown } = await open();
  let emit: (text: string) => void = () => undefined;
  nest.body = async (on) => {
    on.emit("starting\n");
    emit = (text) => on.emit(text);
    return on.opened("thing", "a server");
  };
  const opened = await k.call(pid, "nest.run", {});
  const id = opened.ok ? (opened.value as { came: string }).came : "";
  const key = `sk-ant-${"a1b2c3d4".repeat(5)}`;
  emit("listening\n");
  emit(`key ${key}\n`);
  assert.deepEqual(shown.slice(0, 2), ["2.x0 starting\n", "2.x0 listening\n"]);
  assert.doesNotMatch(shown.join(""), /a1b2c3d4/u);
  assert.equal(await k.kernel.stopHandle(k.person, pid, id), undefined);
  assert.deepEqual(ended, [`${id} a person stopped it`]);
  const before = shown.length;
  emit("too late\n");
  assert.equal(shown.length, before);
  assert.doesNotMatch(JSON.stringify(k.records), /listening|too late/u);
  assert.equal((await k.kernel.stopHandle(k.person, pid, id))?.code, "ESTALE");
  assert.equal(k.of("handle.close")[0]?.data.why, "a person stopped it");
});
