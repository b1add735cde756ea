// The contract every operation in the table keeps at the door, whatever it does behind it.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { isFault, type Result } from "../../src/abi/errors.ts";
import type { AnyRecord } from "../../src/abi/record.ts";
import { IMAGES } from "../../src/agent/images.ts";
import { toolSchemas, toolTable } from "../../src/agent/tools.ts";
import { nodeFs } from "../../src/host/node/fs.ts";
import type { Bound, Operation } from "../../src/kernel/operation.ts";
import { mint, type Caller } from "../../src/kernel/witness.ts";
import { BOXES, TestKernel, turns } from "../support/kernel.ts";
import { FREE, SAMPLES } from "./samples.ts";

interface Bench {
  readonly on: TestKernel;
  readonly pid: number;
  /** Steps behind the door that were reached for the operation under test. */
  readonly reached: string[];
  args: unknown;
  fails: boolean;
}

/** The operation with every step behind the decision written down, and its effect replaced by a bug on demand. */
function spied(op: Operation, bench: { reached: string[]; fails: boolean }): Operation {
  return {
    ...op,
    decode(raw) {
      const bound = op.decode(raw);
      if (isFault(bound)) return bound;
      const note = <T>(step: string, go: () => Promise<T>): Promise<T> => {
        bench.reached.push(step);
        return go();
      };
      const watched: Bound = {
        ...bound,
        resolve: (...a) => note("resolve", () => bound.resolve(...a)),
        prepare: (...a) => note("prepare", () => bound.prepare(...a)),
        invoke: (on) =>
          note("invoke", () => (bench.fails ? Promise.reject(new Error("a planted bug")) : bound.invoke(on))),
      };
      return watched;
    },
  };
}

async function bench(t: TestContext, name: string, grants: readonly string[]): Promise<Bench> {
  const scratch = mkdtempSync(join(tmpdir(), "agentlibos-contract-"));
  const root = join(scratch, "app");
  mkdirSync(join(root, "sub"), { recursive: true });
  writeFileSync(join(root, "a.txt"), "hello\n");
  const folders = [{ name: "app", path: root }];
  const files = nodeFs({ folders: () => folders, reserved: () => [], preImages: join(scratch, "pre") });
  const on = await TestKernel.open({ roots: folders, files, model: turns({}), hands: true });
  t.after(() => {
    files.close();
    rmSync(scratch, { recursive: true });
  });
  const pid = on.launch(grants);
  const made: Bench = { on, pid, reached: [], args: undefined, fails: false };
  on.kernel.onRecord((record) => {
    if (record.kind !== "question.open") return;
    const { id } = record.data;
    queueMicrotask(
      () => void on.kernel.answer(on.person, id, { allow: true, scope: "agent", text: "this one" }),
    );
  });
  const sample = SAMPLES[name];
  made.args = sample?.make === undefined ? sample?.args : await sample.make(on, pid);
  const table = on.kernel.core.operations as Map<string, Operation>;
  const op = table.get(name);
  assert.ok(op);
  table.set(name, spied(op, made));
  return made;
}

/** What the record says of the newest call: its begins and ends. */
function ofLast(records: readonly AnyRecord[]): {
  begins: number;
  ends: (AnyRecord & { kind: "call.end" })[];
} {
  const call = records.findLast((r) => r.kind === "call.end")?.call;
  const mine = records.filter((r) => r.call === call);
  return {
    begins: mine.filter((r) => r.kind === "call.begin").length,
    ends: mine.filter((r) => r.kind === "call.end"),
  };
}

function faultOf(result: Result<unknown>): { code: string; message: string; hint: string } {
  assert.ok(isFault(result), `expected a fault, got ${JSON.stringify(result)}`);
  assert.notEqual(result.message, "");
  return result;
}

const whole = await TestKernel.open();
const NAMES = [...whole.kernel.core.operations.keys()].filter((name) => !name.startsWith("box."));

test("every operation has a sample here, a summary, a name of two words, and a tool name of its own", () => {
  assert.deepEqual(Object.keys(SAMPLES).sort(), [...NAMES].sort());
  const ops = NAMES.map((name) => whole.kernel.core.operations.get(name));
  for (const op of ops) {
    assert.match(op?.name ?? "", /^[a-z]+\.[a-z]+$/u);
    assert.ok((op?.summary.length ?? 0) > 10);
  }
  const tools = ops.map((op) => op?.tool).filter((tool) => tool !== undefined);
  assert.equal(new Set(tools).size, tools.length);
});

test("every tool an image lists is there, and a coding agent's schemas stay under 16 KB", () => {
  for (const image of IMAGES.values()) {
    const table = toolTable(image, whole.kernel.core.operations);
    assert.deepEqual([...table.keys()], image.tools, image.name);
    assert.ok(JSON.stringify(toolSchemas(table)).length <= 16 * 1024);
  }
});

for (const name of NAMES) {
  const sample = SAMPLES[name];
  test(`${name}: done with its capability: one end, a begin before an effect`, async (t) => {
    const b = await bench(t, name, sample?.grants ?? []);
    const result = await b.on.call(b.pid, name, b.args);
    assert.ok(result.ok, JSON.stringify(result));
    const { begins, ends } = ofLast(b.on.records);
    const effect = b.on.kernel.core.operations.get(name)?.effect;
    assert.equal(begins, effect === "write" || effect === "external" ? 1 : 0);
    assert.deepEqual(
      ends.map((e) => e.data.outcome),
      ["ok"],
    );
    assert.ok(b.reached.includes("invoke"));
  });

  test(`${name}: without a capability nothing behind the decision is reached`, async (t) => {
    const b = await bench(t, name, sample?.grants ?? []);
    for (const held of [...b.on.kernel.state.capabilities.heldBy(b.pid)])
      b.on.kernel.revoke(b.on.person, held.cap.id, "test");
    const result = await b.on.call(b.pid, name, b.args);
    if (FREE.includes(name)) return;
    const { code, hint } = faultOf(result);
    assert.equal(code, "ENOTCAPABLE");
    assert.notEqual(hint, "");
    assert.deepEqual(b.reached, []);
    const { begins, ends } = ofLast(b.on.records);
    assert.equal(begins, 0);
    assert.deepEqual(
      ends.map((e) => [e.data.decision, e.data.outcome]),
      [["deny", "not-run"]],
    );
  });

  test(`${name}: arguments that make no sense are EINVAL and reach nothing`, async (t) => {
    const b = await bench(t, name, sample?.grants ?? []);
    for (const bad of [{ nonsense: 1 }, "text", null, [], 7]) {
      const { code, hint } = faultOf(await b.on.call(b.pid, name, bad));
      assert.equal(code, "EINVAL");
      assert.notEqual(hint, "");
      assert.deepEqual(
        ofLast(b.on.records).ends.map((e) => e.data.decision),
        ["none"],
      );
    }
    assert.deepEqual(b.reached, []);
  });

  test(`${name}: aborted on the way it is EINTR and has no effect`, async (t) => {
    const b = await bench(t, name, sample?.grants ?? []);
    const running = b.on.call(b.pid, name, b.args);
    for (const call of b.on.kernel.core.live.values()) call.abort.abort("signal");
    assert.equal(faultOf(await running).code, "EINTR");
    assert.ok(!b.reached.includes("invoke"));
    assert.deepEqual(
      ofLast(b.on.records).ends.map((e) => e.data.outcome),
      ["not-run"],
    );
  });

  test(`${name}: a bug in it is EFAULT on the record and ends that process alone`, async (t) => {
    const b = await bench(t, name, sample?.grants ?? []);
    const other = b.on.launch([]);
    b.fails = true;
    assert.equal(faultOf(await b.on.call(b.pid, name, b.args)).code, "EFAULT");
    const { ends } = ofLast(b.on.records);
    assert.deepEqual(
      ends.map((e) => e.data.error?.code),
      ["EFAULT"],
    );
    assert.equal(b.on.process(b.pid).life.ended, "failed");
    assert.equal(b.on.process(other).life.ended, undefined);
  });
}

test("a caller that the kernel did not make is refused and leaves no trace", async () => {
  const on = await TestKernel.open();
  const pid = on.launch([]);
  const real = on.caller(pid);
  const before = on.records.length;
  const forged: unknown[] = [
    { pid },
    { ...real },
    structuredClone({ pid }),
    Object.create(Object.getPrototypeOf(real) as object),
    new Proxy(real, {}),
    pid,
    undefined,
  ];
  for (const caller of forged) {
    assert.equal(faultOf(await on.kernel.syscall(caller as Caller, "capability.list", {})).code, "EACCES");
  }
  assert.equal(on.records.length, before);
  assert.throws(() => Reflect.construct(real.constructor as new () => unknown, [pid, Symbol("seal")]));
  assert.ok((await on.kernel.syscall(real, "capability.list", {})).ok);
});

test("a grant made for one call is no good once that call has ended", async (t) => {
  const scratch = mkdtempSync(join(tmpdir(), "agentlibos-contract-"));
  t.after(() => rmSync(scratch, { recursive: true }));
  mkdirSync(join(scratch, "app"));
  writeFileSync(join(scratch, "app", "a.txt"), "hello\n");
  const files = nodeFs({
    folders: () => [{ name: "app", path: join(scratch, "app") }],
    reserved: () => [],
    preImages: join(scratch, "pre"),
  });
  const place = { folder: "app", segments: ["a.txt"] };
  const needs = [{ resource: "fs:/app/a.txt", right: "read" as const }];
  const grant = mint.grant({ mode: "look", call: "2.0", pid: 2, needs, entry: () => true });
  assert.ok(!isFault(await files.follow(place, "read", grant)));
  grant.expire();
  assert.ok(isFault(await files.follow(place, "read", grant)));
  assert.ok(isFault(await files.follow(place, "read", { ...grant } as never)));
  files.close();
});

test("the tool table of the test image is what it says", () => {
  assert.equal(toolTable(BOXES, whole.kernel.core.operations).size, BOXES.tools.length);
});
