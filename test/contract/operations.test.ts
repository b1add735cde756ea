// The contract: how the door treats every operation, in each way that a call can go.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { toolSchema } from "../../src/agent/context/tools.ts";
import { isFault } from "../../src/abi/errors.ts";
import type { Operation } from "../../src/kernel/operation.ts";
import { shapeOf } from "../../src/kernel/understood.ts";
import { code } from "../support/kernel.ts";
import { LOOKS, makeFixture, strip, type Fixture, type Sample } from "./fixture.ts";
import { SAMPLES } from "./samples.ts";

const fixtures: Fixture[] = [];
after(() => {
  for (const fixture of fixtures) fixture.close();
});

async function fixture(grants: readonly string[]): Promise<Fixture> {
  const made = await makeFixture(grants);
  fixtures.push(made);
  return made;
}

/** The operations of the fake world and of the nest, which stand in for others in tests. */
const FAKE = /^(?:box\.(?:read|write|delete|send)|nest\..*)$/u;
const probe = await fixture([]);
const OPERATIONS: Operation[] = [...probe.k.kernel.operations.values()].filter((o) => !FAKE.test(o.name));

/** A fixture where the sample's world is ready, and where the record stands now. */
async function ready(sample: Sample, grants = sample.grants) {
  const made = await fixture([...grants, ...(sample.before === undefined ? [] : sample.grants)]);
  await sample.before?.(made);
  made.watched.touched.length = 0;
  const from = made.k.records.length;
  const since = () => made.k.records.slice(from);
  const kinds = () => since().map((r) => r.kind);
  return { ...made, since, kinds };
}

/** Makes the sample's call and lets a person and the world do their part. */
async function perform(on: Fixture, op: Operation, sample: Sample, args = sample.args(on)) {
  const call = on.k.call(on.pid, op.name, args);
  await on.k.settle();
  for (const asked of on.k.open) on.k.answer(sample.answer ?? {}, asked.question.id);
  sample.meanwhile?.(on);
  return call;
}

function spoken(
  end: { readonly error?: { readonly message: string; readonly hint: string } | undefined } | undefined,
) {
  assert.ok(end?.error, "it says why");
  assert.notEqual(end.error.message, "");
  assert.notEqual(end.error.hint, "", `"${end.error.message}" gives no hint`);
}

/** What a process may do to itself without any capability. A new one here is a decision. */
const FREE = [
  ...[
    "box.forget",
    "box.leave",
    "capability.drop",
    "capability.list",
    "checkpoint.list",
    "object.list",
    "process.events",
    "process.exit",
  ],
  ...["process.receive", "shell.list", "shell.read", "shell.stop", "tools.find"],
];

test("every operation of the table has a sample here, and no sample is left over", () => {
  assert.deepEqual(OPERATIONS.map((o) => o.name).sort(), Object.keys(SAMPLES).sort());
  const free = Object.entries(SAMPLES).filter(([name, s]) => s.deny === undefined && !name.startsWith("fs."));
  assert.deepEqual(free.map(([name]) => name).sort(), FREE);
});

for (const op of OPERATIONS) {
  const sample = SAMPLES[op.name];
  if (sample === undefined) continue;
  const lasting = op.effect === "write" || op.effect === "external";

  test(`${op.name}: it is declared in full`, () => {
    assert.match(op.name, /^[a-z]+\.[a-z]+$/u);
    assert.match(op.summary, /^[A-Z][^\n]{10,300}\.$/u);
    if (op.tool !== undefined) assert.match(op.tool, /^[a-z]+(?:_[a-z]+)*$/u);
    if (op.effect === "external" && op.idempotent)
      assert.equal(op.name, "model.call", "nothing else may be repeated");
  });

  test(`${op.name}: without a capability it is refused once, on record, and nothing is touched (P1, P5, P25, P36)`, async () => {
    const on = await ready(sample, FREE.includes(op.name) ? sample.grants : []);
    const args = sample.args(on);
    strip(on);
    const from = on.since().length;
    const result = await on.k.call(on.pid, op.name, args);
    if (FREE.includes(op.name)) return;
    assert.equal(code(result), "ENOTCAPABLE");
    assert.deepEqual(on.kinds().slice(from), ["call.end"]);
    const { decision, outcome } = on.k.lastEnd;
    assert.deepEqual([decision, outcome], ["deny", "not-run"]);
    spoken(on.k.lastEnd);
    assert.deepEqual(on.watched.touched, []);
  });

  if (sample.deny !== undefined)
    test(`${op.name}: a deny wins over all that is held (P6)`, async () => {
      const on = await ready(sample, [
        ...sample.grants,
        `deny:${rightsFor(sample.deny ?? "")}:${sample.deny}`,
      ]);
      const result = await on.k.call(on.pid, op.name, sample.args(on));
      assert.equal(code(result), "EACCES");
      assert.deepEqual(on.kinds(), ["call.end"]);
      spoken(on.k.lastEnd);
      assert.deepEqual(
        on.watched.touched.filter((m) => !LOOKS.has(m)),
        [],
      );
    });

  test(`${op.name}: a caller that is narrowed to nothing is refused once, on record, and nothing is touched`, async () => {
    const on = await ready(sample);
    on.nest.body = async (call) => {
      const as = call.narrow([]);
      assert.ok(!isFault(as));
      return code(await call.sub(op.name, sample.args(on), as));
    };
    const came = await on.k.call(on.pid, "nest.run");
    const expected = op.whole === true ? "EACCES" : FREE.includes(op.name) ? "ok" : "ENOTCAPABLE";
    assert.deepEqual(came, { ok: true, value: { came: expected } });
    assert.deepEqual(on.kinds(), ["call.end", "call.end"]);
    assert.deepEqual(on.watched.touched, []);
  });

  test(`${op.name}: arguments that do not fit are refused once, on record, and nothing is touched`, async () => {
    const on = await ready(sample);
    const good = sample.args(on);
    const bad: unknown[] = [null, 7, "text", [], [good], { ...(good as object), nonsense: 1 }];
    for (const key of Object.keys(good as object)) {
      bad.push({ ...(good as object), [key]: { deep: [1] } }, { ...(good as object), [key]: "\ud800" });
    }
    const strange = bad.filter((args) => !op.input.safeParse(args).success);
    assert.ok(strange.length >= 5);
    for (const args of strange) {
      const from = on.since().length;
      assert.equal(code(await on.k.call(on.pid, op.name, args)), "EINVAL", JSON.stringify(args));
      assert.deepEqual(on.kinds().slice(from), ["call.end"]);
      const { decision, outcome } = on.k.lastEnd;
      assert.deepEqual([decision, outcome], ["none", "not-run"]);
      spoken(on.k.lastEnd);
    }
    assert.deepEqual(on.watched.touched, []);
  });

  test(`${op.name}: its arguments are understood as text, wrapped, and with nulls for what is left out`, async () => {
    const on = await ready(sample);
    const args = sample.args(on) as object;
    const plain = op.decode(args);
    assert.ok(!isFault(plain) && plain.given === undefined);
    const left = Object.keys(shapeOf(op.input).properties ?? {}).filter((key) => !Object.hasOwn(args, key));
    const nulls = Object.fromEntries(left.map((key) => [key, null]));
    for (const form of [
      JSON.stringify(args),
      { arguments: args },
      { input: JSON.stringify(args) },
      { ...args, ...nulls },
    ]) {
      const bound = op.decode(form);
      assert.ok(!isFault(bound), JSON.stringify([form, bound]));
      // A value of any kind may be null, too.
      const free = Object.entries(bound.args as object).filter(
        ([key, value]) => !(value === null && left.includes(key)),
      );
      assert.deepEqual(Object.fromEntries(free), plain.args);
    }
  });

  test(`${op.name}: stopped before it is dispatched, it does not happen`, async () => {
    const on = await ready(sample);
    const call = on.k.call(on.pid, op.name, sample.args(on));
    on.k.kernel.signal(on.k.person, on.pid, "interrupt", "stop");
    assert.equal(code(await call), "EINTR");
    assert.deepEqual([on.k.lastEnd.error?.code, on.k.lastEnd.outcome], ["EINTR", "not-run"]);
    assert.equal(on.kinds().filter((k) => k === "call.end").length, 1);
    assert.deepEqual(
      on.watched.touched.filter((m) => !LOOKS.has(m) && m !== "content"),
      [],
    );
  });

  test(`${op.name}: killed before it is dispatched, it does not happen and its end is written`, async () => {
    const on = await ready(sample);
    const call = on.k.call(on.pid, op.name, sample.args(on));
    on.k.kernel.signal(on.k.person, on.pid, "kill", "stop");
    assert.equal(code(await call), "EINTR");
    assert.equal(on.k.lastEnd.outcome, "not-run");
    assert.equal(on.kinds().filter((k) => k === "call.end").length, 1);
  });

  if (sample.effect !== undefined && !LOOKS.has(sample.effect))
    test(`${op.name}: stopped on the way, it ends with EINTR or with what really happened`, async () => {
      const on = await ready(sample);
      const { promise, resolve } = Promise.withResolvers<undefined>();
      on.watched.before = (method) => (method === sample.effect ? promise : undefined);
      const call = on.k.call(on.pid, op.name, sample.args(on));
      while (!on.watched.touched.includes(sample.effect ?? "")) await on.k.settle();
      on.k.kernel.signal(on.k.person, on.pid, "interrupt", "stop");
      resolve(undefined);
      const result = await call;
      const { outcome } = on.k.lastEnd;
      if (result.ok) assert.equal(outcome, "ok");
      else assert.deepEqual([result.code, outcome], ["EINTR", "error"]);
      assert.equal(on.kinds().filter((k) => k === "call.end").length, 1);
      assert.equal(on.k.process(on.pid).life.ended, undefined);
    });

  if (sample.effect !== undefined)
    test(`${op.name}: a bug in its backend is EFAULT, on record, and ends this process and no other`, async () => {
      const on = await ready(sample);
      const other = on.k.launch([]);
      on.watched.before = (method) =>
        method === sample.effect ? Promise.reject(new Error("a null in the works")) : undefined;
      assert.equal(code(await on.k.call(on.pid, op.name, sample.args(on))), "EFAULT");
      const ends = on.since().filter((r) => r.kind === "call.end");
      assert.equal(ends.length, 1);
      spoken(on.k.lastEnd);
      // A call may have less effect than its operation; its begin says so.
      const begun = on.k.of("call.begin").find((b) => b.call === ends[0]?.call);
      const acts = ["write", "external"].includes(begun?.data.effect ?? op.effect);
      const unsure = acts && !op.idempotent;
      assert.equal(
        on.k.lastEnd.outcome,
        LOOKS.has(sample.effect ?? "") ? "not-run" : unsure ? "unknown" : "error",
      );
      assert.equal(on.k.process(on.pid).life.ended, "failed");
      assert.equal(on.k.process(other).life.ended, undefined);
    });

  test(`${op.name}: when it succeeds there is ${lasting ? "a begin and an end" : "one end"}, and the value fits`, async () => {
    const on = await ready(sample);
    const result = await perform(on, op, sample);
    assert.equal(code(result), "ok", JSON.stringify(result));
    assert.ok(result.ok && op.output.safeParse(result.value).success);
    const calls = on.since().filter((r) => r.kind === "call.begin" || r.kind === "call.end");
    const mine = calls.filter((r) => r.data.op === op.name);
    assert.deepEqual(
      mine.map((r) => r.kind),
      lasting ? ["call.begin", "call.end"] : ["call.end"],
    );
    const [begin] = mine;
    if (begin?.kind === "call.begin" && op.effect === "write") {
      assert.ok(
        typeof begin.data.prestate === "object" && begin.data.prestate !== null,
        "a write says what was there",
      );
      assert.equal(begin.data.digest.length, 64);
    }
    const { decision, outcome, needs, args } = on.k.lastEnd;
    assert.equal(outcome, "ok");
    assert.equal(decision, op.byPerson === true ? "approved" : "allow");
    assert.equal(args === undefined, lasting, "arguments stand in the first record of the call");
    assert.equal(needs === undefined, lasting);
  });

  test(`${op.name}: it is refused to a caller that the kernel did not make (P22)`, async () => {
    const on = await ready(sample);
    const real = on.k.caller(on.pid);
    const args = sample.args(on);
    const forged = [
      { pid: on.pid },
      structuredClone({ pid: on.pid }),
      new Proxy(real, {}),
      Object.create(real),
      null,
      on.pid,
    ];
    for (const caller of forged) {
      assert.equal(code(await on.k.kernel.syscall(caller as never, op.name, args)), "EACCES");
    }
    assert.deepEqual(on.kinds(), []);
    assert.deepEqual(on.watched.touched, []);
  });

  if (op.tool !== undefined)
    test(`${op.name}: the schema that a model sees takes what the door takes`, () => {
      const schema = toolSchema(op.tool ?? "", op);
      assert.equal(schema.schema["type"], "object");
      assert.equal(schema.schema["additionalProperties"], false);
      assert.ok(JSON.stringify(schema).length < 2000);
    });
}

/** All rights there are on a resource of that kind. */
function rightsFor(resource: string): string {
  return Object.keys(probe.k.kernel.state.kinds.of(resource)?.rights ?? {}).join(",");
}
