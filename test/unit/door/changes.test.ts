// Changes: the end of a call lists what its effect reported, whoever did it, bounded, and also after a crash.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod";
import { fault, type Fault } from "../../../src/abi/errors.ts";
import type { FileChange } from "../../../src/abi/record/files.ts";
import { define, type Invocation, type Primitive } from "../../../src/kernel/operation.ts";
import { CHANGES_MOST } from "../../../src/kernel/door/changes.ts";
import { callsOf } from "../../../src/views/record/calls.ts";
import { changedFiles, changedTurns } from "../../../src/views/record/changes.ts";
import { code, TestKernel, type Setup } from "../../support/kernel.ts";
import { turns } from "../../support/kernel/turns.ts";

const FILE = "fs:/app/a.txt";
const of = (digit: string): string => digit.repeat(64);
const change = (name: string, pre = "absent", post = of("1")): FileChange => ({
  resource: `fs:/app/${name}`,
  pre,
  post,
});

/** A program whose changes are known only after it ran: `act` makes and reports them. */
function program(act: (on: Invocation<unknown>) => Promise<Fault | undefined> | Fault | undefined) {
  const run = define({
    name: "program.run",
    summary: "Run a program.",
    effect: "external",
    idempotent: false,
    input: z.strictObject({}),
    output: z.strictObject({ exit: z.int() }),
    needs: () => [{ resource: "shell:/make", right: "execute" }],
    async invoke(_args, on) {
      return (await act(on)) ?? { exit: 0 };
    },
  });
  const primitive: Primitive = { kind: "program", operations: [run] };
  return () => [primitive];
}

async function ran(act: Parameters<typeof program>[0], setup: Setup = {}): Promise<TestKernel> {
  const k = await TestKernel.open({ more: program(act), ...setup });
  const pid = k.launch(["allow:execute:shell:/make", "allow:read,write:fs:/app/**"]);
  await k.call(pid, "program.run", {}, { id: "0.0" });
  return k;
}

test("changes known only after the act are in its end, and undo and receipt tell them", async () => {
  const k = await ran((on) => {
    on.changed(change("made"));
    on.changed(change("a.txt", of("1"), of("2")));
    on.changed(change("a.txt", of("2"), of("3")));
    return undefined;
  });
  const listed = [change("made"), change("a.txt", of("1"), of("3"))];
  assert.deepEqual([k.lastEnd.changed, k.lastEnd.changes], [true, listed]);
  const rows = callsOf(k.records);
  assert.deepEqual(
    changedTurns(rows).map((turn) => [turn.files.map((f) => f.resource), turn.beyond]),
    [[["fs:/app/a.txt", "fs:/app/made"], []]],
  );
  assert.deepEqual(
    changedFiles(k.kernel.state.kinds, rows).map((f) => f.resource),
    ["fs:/app/made", "fs:/app/a.txt"],
  );
});

test("a call that fails after it changed something says what it changed", async () => {
  const k = await ran((on) => {
    on.changed(change("half"));
    return fault("EIO", "it broke off");
  });
  assert.deepEqual(
    [k.lastEnd.outcome, k.lastEnd.changed, k.lastEnd.changes],
    ["error", true, [change("half")]],
  );
});

test("a call that throws says it too, and one that changed nothing says nothing", async () => {
  const k = await ran((on) => {
    on.changed(change("half"));
    throw new Error("a bug");
  });
  const end = k.of("call.end").at(-1)?.data;
  assert.deepEqual([end?.outcome, end?.changes], ["unknown", [change("half")]]);
  const quiet = await ran(() => undefined);
  assert.equal("changed" in quiet.lastEnd || "changes" in quiet.lastEnd, false);
});

test("so many changes are listed, the rest is counted, and a later report does nothing", async () => {
  let later: () => void = () => undefined;
  const k = await ran((on) => {
    for (let i = 0; i < CHANGES_MOST + 5; i++) on.changed(change(`f${i}`));
    on.changed(change("f0", of("1"), of("2")));
    later = () => on.changed(change("late"));
    return undefined;
  });
  later();
  const { changes, unlisted } = k.lastEnd;
  assert.deepEqual([changes?.length, unlisted], [CHANGES_MOST, 5]);
  assert.deepEqual(changes?.[0], change("f0", "absent", of("2")), "a listed file goes on");
  assert.equal(JSON.stringify(k.records).includes("late"), false);
});

test("a name that is a secret of a file is no secret among changes", async () => {
  const k = await ran((on) => {
    on.changed(change("production"));
    return undefined;
  });
  await k.journal.learn(["production"]);
  await k.call(2, "program.run", {}, { id: "0.1" });
  assert.deepEqual(k.lastEnd.changes, [change("production")]);
});

test("a change that a probe finds done after a crash is recorded like any other", async () => {
  const model = turns({ 2: [[["write_box", { at: FILE, content: "new" }]]] });
  const k = await TestKernel.open({ model });
  k.world.files.set(FILE, "old");
  k.launch(["allow:read,write:fs:/app/**"]);
  await k.settle();
  const [end] = k.of("call.end").filter((e) => e.data.op === "box.write");
  assert.equal(end?.data.changes?.length, 1);
  const next = await k.crash((end?.seq ?? 0) - 1, { paused: true });
  const [again] = next.of("call.end").filter((e) => e.data.op === "box.write");
  assert.deepEqual(
    [again?.data.recovered, again?.data.outcome, again?.data.changes],
    [true, "ok", end?.data.changes],
  );
});

test("a write that failed on the way and is found done is recorded with its change", async () => {
  const k = await TestKernel.open();
  const pid = k.launch(["allow:read,write:fs:/app/**"]);
  k.world.before = (what) => {
    if (!what.startsWith("write")) return undefined;
    k.world.files.set(FILE, "new");
    return fault("EIO", "the disk says no");
  };
  assert.equal(code(await k.call(pid, "box.write", { at: FILE, content: "new" })), "ok");
  assert.deepEqual(
    k.lastEnd.changes?.map((c) => [c.resource, c.pre]),
    [[FILE, "absent"]],
  );
});
