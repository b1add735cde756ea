// Registered operations: who sees them, that they hide nothing, what their calls name, and when they go.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod";
import { fault, isFault, type Fault, type Result } from "../../../src/abi/errors.ts";
import type { ModelRequest } from "../../../src/abi/model.ts";
import { define, type Primitive } from "../../../src/kernel/operation.ts";
import type { KernelOps } from "../../../src/kernel/ops.ts";
import {
  registerOperation,
  REGISTERED_MOST,
  removeOperation,
  type Registration,
} from "../../../src/kernel/operations/register.ts";
import { readSchema, type JsonSchema } from "../../../src/kernel/operations/schema.ts";
import type { Grant } from "../../../src/kernel/witness.ts";
import { BOXES, code, TestKernel, turns, type Setup, type Turn } from "../../support/kernel.ts";

/** The parts of a registration that a test may change. */
interface Wanted {
  readonly tool: string;
  readonly says?: string;
  readonly need?: string;
  readonly summary?: string;
  readonly code?: string;
  readonly input?: JsonSchema;
}

const WORDS = {
  type: "object",
  properties: { text: { type: "string" } },
  required: ["text"],
  additionalProperties: false,
};

function counting({ tool, says = "counted", need, input, ...more }: Wanted): Registration | Fault {
  const read = readSchema(input ?? WORDS, "object");
  if (isFault(read)) return read;
  return {
    ...{ space: "kit", tool, summary: "Count the words of a text.", ...more },
    ...{ effect: "kernel", idempotent: true, input: read },
    needs: () => (need === undefined ? [] : [{ resource: need, right: "read" }]),
    told: (value: unknown) => `it says ${JSON.stringify(value)}`,
    invoke: (args: unknown) => Promise.resolve({ says, args }),
  };
}

/** Registers with `register`, if there is something to register. */
function readAndAdd(
  args: Wanted,
  register: (declared: Registration) => Result<{ name: string; hash: string }>,
  more: Partial<Registration> = {},
): Result<{ name: string; hash: string }> {
  const declared = counting(args);
  return isFault(declared) ? declared : register({ ...declared, ...more });
}

/** A primitive whose operations register and remove others, as those of tools and servers do. */
function kit(ops: KernelOps, grants: Grant[]): Primitive {
  const act = (name: string, run: (grant: Grant, args: Wanted) => Result<unknown>) =>
    define({
      name,
      tool: name.replace(".", "_"),
      summary: "Do something with operations.",
      effect: "kernel",
      idempotent: true,
      input: z.looseObject({ tool: z.string() }),
      output: z.unknown(),
      needs: () => [],
      invoke(args, on) {
        grants.push(on.grant);
        const done = run(on.grant, args);
        return Promise.resolve(isFault(done) ? done : done.value);
      },
    });
  const peek = define({
    name: "kit.peek",
    summary: "Try to register with a grant that only looks.",
    effect: "read",
    idempotent: true,
    input: z.strictObject({ tool: z.string() }),
    output: z.unknown(),
    needs: () => [],
    resolve: (args, _view, look) =>
      Promise.resolve({
        needs: [],
        state: code(readAndAdd(args, (made) => ops.registerOperation(look, made))),
      }),
    invoke: (_, on) => Promise.resolve(on.state),
  });
  const pass = define({
    name: "kit.pass",
    summary: "Try to register as a caller with a part of the authority.",
    effect: "read",
    idempotent: true,
    input: z.strictObject({ tool: z.string() }),
    output: z.unknown(),
    needs: () => [],
    async invoke(args, on) {
      const part = on.narrow([]);
      return code(isFault(part) ? part : await on.sub("kit.add", args, part));
    },
  });
  return {
    kind: "kit",
    operations: [
      peek,
      pass,
      act("kit.add", (grant, args) => readAndAdd(args, (made) => ops.registerOperation(grant, made))),
      act("kit.remove", (grant, { tool }) => ops.removeOperation(grant, tool, "not needed")),
    ],
  };
}

const SPAWN = ["allow:spawn:process:/children", "allow:execute:image:/boxes"];
const KIT = { ...BOXES, tools: ["kit_add", "kit_remove", "finish"] };

async function open(setup: Setup = {}) {
  const grants: Grant[] = [];
  const k = await TestKernel.open({ ...setup, more: (ops) => [kit(ops, grants)] });
  const child = async (of: number): Promise<number> => {
    const born = await k.call(of, "process.spawn", { goal: "part" });
    assert.ok(born.ok, JSON.stringify(born));
    return (born.value as { pid: number }).pid;
  };
  return { k, grants, child };
}

const NAME = "kit/p2/count_words";
const ARGS = { text: "a b" };

test("a registered operation is called by its own name, checked by its schema and named by its hash", async () => {
  const { k } = await open();
  const pid = k.launch();
  assert.equal(code(await k.call(pid, NAME, ARGS)), "ENOSYS");
  const added = await k.call(pid, "kit.add", { tool: "count_words" });
  assert.ok(added.ok);
  const [row] = k.of("operation.add");
  assert.deepEqual(row?.data, {
    ...{ name: NAME, owner: "pid:2", tool: "count_words", summary: "Count the words of a text." },
    ...{ input: WORDS, hash: row?.data.hash, scope: "family" },
  });
  assert.match(row?.data.hash ?? "", /^[0-9a-f]{64}$/u);
  assert.deepEqual(added.value, { name: NAME, hash: row?.data.hash });
  assert.deepEqual(await k.call(pid, NAME, ARGS), { ok: true, value: { says: "counted", args: ARGS } });
  assert.equal(k.lastEnd.hash, row?.data.hash);
  assert.equal(code(await k.call(pid, NAME, { text: 1, more: 2 })), "EINVAL");
  assert.equal(k.lastEnd.hash, row?.data.hash);
});

test("it grants nothing: each call is decided by its needs", async () => {
  const { k, child } = await open();
  const pid = k.launch([...SPAWN, "allow:read:fs:/app/a"]);
  await k.call(pid, "kit.add", { tool: "count_words", need: "fs:/app/a" });
  const other = await child(pid);
  assert.equal(code(await k.call(pid, NAME, ARGS)), "ok");
  assert.equal(code(await k.call(other, NAME, ARGS)), "ENOTCAPABLE");
});

test("one of a process is seen by its family alone, one of a person by all", async () => {
  const { k, child } = await open();
  const pid = k.launch(SPAWN);
  const stranger = k.launch();
  const first = await child(pid);
  const second = await child(pid);
  await k.call(first, "kit.add", { tool: "count_words" });
  const name = `kit/p${first}/count_words`;
  for (const who of [pid, first, second]) assert.equal(code(await k.call(who, name, ARGS)), "ok");
  assert.equal(code(await k.call(stranger, name, ARGS)), "ENOSYS");
  const given = readAndAdd({ tool: "count_lines" }, (made) => k.kernel.registerOperation(k.person, made));
  assert.ok(given.ok);
  assert.equal(given.value.name, "kit/person/count_lines");
  for (const who of [pid, second, stranger])
    assert.equal(code(await k.call(who, given.value.name, ARGS)), "ok");
  assert.deepEqual(
    k.of("operation.add").map((r) => [r.data.owner, r.data.scope, r.pid]),
    [
      [`pid:${first}`, "family", first],
      ["person", "workspace", undefined],
    ],
  );
});

test("no registered tool has the name of another one that the same process sees", async () => {
  const { k, child } = await open();
  const pid = k.launch(SPAWN);
  const stranger = k.launch();
  const other = await child(pid);
  const add = async (who: number, tool: string) => code(await k.call(who, "kit.add", { tool }));
  for (const op of k.kernel.operations.values())
    if (op.tool !== undefined) assert.equal(await add(pid, op.tool), "EEXIST", op.tool);
  assert.deepEqual(
    [await add(pid, "one"), await add(other, "one"), await add(stranger, "one")],
    [...["ok", "EEXIST", "ok"]],
  );
  const byPerson = (tool: string) =>
    code(readAndAdd({ tool }, (made) => k.kernel.registerOperation(k.person, made)));
  assert.deepEqual([byPerson("one"), byPerson("two"), byPerson("finish")], ["EEXIST", "ok", "EEXIST"]);
  assert.deepEqual([await add(pid, "two"), await add(stranger, "two")], ["EEXIST", "EEXIST"]);
});

test("a name, a space, a summary and a schema that do not fit are refused, and leave nothing", async () => {
  const { k } = await open();
  const pid = k.launch();
  const wrong: Wanted[] = [
    ...["", "Read", "read file", "read/file", "a__b", "_a", "a_", "1a", "ünicode", "a".repeat(65)].map(
      (tool) => ({ tool }),
    ),
    ...["", "x", "two\nlines", "esc\u001b[2J", "bidi \u202e", "x".repeat(301)].map((summary) => ({
      tool: "ok",
      summary,
    })),
    { tool: "ok", input: { type: "string" } },
    { tool: "ok", input: { type: "object", properties: { a: { type: "string", pattern: "(a+)+$" } } } },
  ];
  for (const each of wrong)
    assert.equal(code(await k.call(pid, "kit.add", each)), "EINVAL", JSON.stringify(each));
  const register = (made: Registration) => k.kernel.registerOperation(k.person, made);
  const spaced = readAndAdd({ tool: "ok" }, register, { space: "../x" });
  assert.equal(code(spaced), "EINVAL");
  const any = readSchema({ type: "string" }, "any");
  assert.ok(!isFault(any));
  for (const input of [any, { zod: z.strictObject({}), json: { type: "object" } }])
    assert.equal(code(readAndAdd({ tool: "ok" }, register, { input })), "EINVAL");
  assert.equal(code(readAndAdd({ tool: "ok" }, register, { output: { ...any } })), "EINVAL");
  assert.deepEqual([k.of("operation.add").length, k.kernel.state.operations.size], [0, 0]);
});

test("only a running call or a person registers; a grant that is over, a copy or a rule is refused", async () => {
  const { k, grants } = await open();
  const pid = k.launch();
  await k.call(pid, "kit.add", { tool: "count_words" });
  const [over] = grants;
  assert.ok(over);
  for (const by of [over, { ...over, pid, live: true, mode: "full" }, null, k.launcher]) {
    const tried = readAndAdd({ tool: "more" }, (made) => registerOperation(k.core, by as Grant, made));
    assert.equal(code(tried), "EACCES");
    assert.equal(code(removeOperation(k.core, by as Grant, NAME, "no")), "EACCES");
  }
  assert.deepEqual(await k.call(pid, "kit.peek", { tool: "more" }), { ok: true, value: "EACCES" });
  assert.deepEqual(await k.call(pid, "kit.pass", { tool: "more" }, { id: "0.0" }), {
    ok: true,
    value: "EACCES",
  });
  assert.equal(k.kernel.state.operations.size, 1);
});

test("its owner or a person removes it, nobody else; a call that waited for an answer meanwhile is not run", async () => {
  const { k, child } = await open();
  const pid = k.launch([...SPAWN, "ask:read:fs:/app/a"]);
  const other = await child(pid);
  await k.call(pid, "kit.add", { tool: "count_words", need: "fs:/app/a" });
  assert.equal(code(await k.call(other, "kit.remove", { tool: NAME })), "ENOENT");
  const waits = k.call(pid, NAME, ARGS);
  await k.settle();
  assert.equal(code(await k.call(pid, "kit.remove", { tool: NAME })), "ok");
  await k.call(pid, "kit.add", { tool: "count_words", need: "fs:/app/a", says: "something else" });
  k.answer();
  assert.equal(code(await waits), "ESTALE");
  assert.equal(k.lastEnd.outcome, "not-run");
  assert.equal(code(k.kernel.removeOperation(k.person, NAME, "not here")), "ok");
  assert.equal(code(await k.call(pid, NAME, ARGS)), "ENOSYS");
  assert.deepEqual(
    k.of("operation.remove").map((r) => [r.data.name, r.data.by]),
    [
      [NAME, "pid:2"],
      [NAME, "person"],
    ],
  );
});

test("it goes when its owner ends, however that ends, and not before", async () => {
  for (const how of ["exit", "kill"] as const) {
    const { k, child } = await open();
    const pid = k.launch(SPAWN);
    const first = await child(pid);
    const name = `kit/p${first}/count_words`;
    await k.call(first, "kit.add", { tool: "count_words" });
    await k.call(pid, "kit.add", { tool: "count_lines" });
    assert.equal(code(await k.call(pid, name, ARGS)), "ok");
    if (how === "kill") k.kernel.signal(k.person, first, "kill", "enough");
    else await k.call(first, "process.exit", { result: "done" });
    assert.equal(code(await k.call(pid, name, ARGS)), "ENOSYS", how);
    assert.deepEqual([...k.kernel.state.operations.keys()], ["kit/p2/count_lines"]);
    assert.deepEqual(
      k.of("operation.remove").map((r) => [r.data.name, r.data.by, r.pid]),
      [[name, "kernel", first]],
    );
  }
});

test("after a restart it is there without its code, and says so, until the same declaration comes again", async () => {
  const { k } = await open();
  const pid = k.launch();
  await k.call(pid, "kit.add", { tool: "count_words", code: "a" });
  const next = await k.crash();
  assert.deepEqual([...next.kernel.state.operations.values()], [...k.kernel.state.operations.values()]);
  const call = () => next.call(pid, NAME, ARGS);
  const gone = await call();
  assert.ok(isFault(gone) && gone.code === "EUNAVAILABLE");
  assert.match(
    `${gone.message} ${gone.hint}`,
    /The code of the tool "count_words" is not here.*Register it again/u,
  );
  assert.deepEqual([next.lastEnd.decision, next.lastEnd.outcome], ["none", "not-run"]);
  assert.match(next.lastEnd.hash ?? "", /^[0-9a-f]{64}$/u);
  const add = async (more: object) => code(await next.call(pid, "kit.add", { tool: "count_words", ...more }));
  for (const other of [{ code: "b" }, {}, { code: "a", summary: "Count other words." }])
    assert.equal(await add(other), "EEXIST", JSON.stringify(other));
  assert.equal(code(await call()), "EUNAVAILABLE");
  assert.equal(await add({ code: "a" }), "ok");
  assert.equal(code(await call()), "ok");
  assert.equal(next.of("operation.add").length, 1, "it is declared once");
});

test("a model finds it, calls it by its tool, and reads what it tells; nothing of it is sent before", async () => {
  const asked: ModelRequest[] = [];
  const scripts: Record<number, Turn[]> = {
    2: [
      [["kit_add", { tool: "count_words" }]],
      [["find_tools", { query: "count" }]],
      [["count_words", ARGS]],
      [["kit_remove", { tool: NAME }]],
      [["count_words", ARGS]],
      "done",
    ],
  };
  const model = turns(scripts);
  const { k } = await open({
    images: new Map([["boxes", KIT]]),
    model: (request, signal) => (asked.push(request), model(request, signal)),
  });
  k.launch([], { image: KIT });
  await k.kernel.rest();
  const sent = (turn: number): unknown => asked[turn]?.tools.find(({ name }) => name === "count_words");
  assert.deepEqual([0, 1, 3, 4, 5].map(sent), [undefined, undefined, sent(2), undefined, undefined]);
  assert.deepEqual(sent(2), {
    name: "count_words",
    description: "Count the words of a text.",
    schema: WORDS,
  });
  assert.deepEqual(
    [asked[0], asked[1]].map((r) => r?.system.includes("find_tools")),
    [false, true],
  );
  const told = asked[3]?.messages.flatMap((m) => (m.role === "tool" ? [m.content] : [])) ?? [];
  assert.equal(told[2], `it says {"says":"counted","args":{"text":"a b"}}`);
  const results = asked[5]?.messages.flatMap((m) => (m.role === "tool" ? [m.content] : [])) ?? [];
  assert.match(results[1] ?? "", /count_words: Count the words of a text\./u);
  assert.equal(results[2], `{"says":"counted","args":{"text":"a b"}}`);
  assert.match(results[4] ?? "", /ENOSYS/u);
  const ends = k.of("call.end").filter((r) => r.data.tool === "count_words");
  assert.deepEqual(
    ends.map((r) => r.data.op),
    [NAME, "tool.count_words"],
  );
});

test("their number is bounded, for a family and for all", async () => {
  const { k, child } = await open();
  const pid = k.launch(SPAWN);
  const other = await child(pid);
  const add = async (who: number, i: number) => code(await k.call(who, "kit.add", { tool: `t${i}` }));
  for (let i = 0; i < REGISTERED_MOST.family; i++)
    assert.equal(await add(i % 2 === 0 ? pid : other, i), "ok");
  assert.deepEqual([await add(pid, 1000), await add(other, 1000)], ["EDQUOT", "EDQUOT"]);
  assert.equal(await add(k.launch(), 1000), "ok");
});

test("a fault of its code and a value that does not fit end as those of any operation", async () => {
  const { k } = await open();
  const pid = k.launch();
  const register = (tool: string, more: Partial<Registration>) =>
    readAndAdd({ tool }, (made) => k.kernel.registerOperation(k.person, made), more);
  assert.ok(register("fails", { invoke: () => Promise.resolve(fault("EIO", "It broke.", "Try again.")) }).ok);
  const text = readSchema({ type: "string" }, "any");
  assert.ok(!isFault(text));
  assert.ok(register("lies", { output: text }).ok);
  assert.equal(code(await k.call(pid, "kit/person/fails", ARGS)), "EIO");
  assert.equal(code(await k.call(pid, "kit/person/lies", ARGS)), "EFAULT");
  assert.equal(k.process(pid).life.ended, "failed");
});
