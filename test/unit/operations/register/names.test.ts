// Registered operations: what their calls name, who sees them, and that they hide nothing.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod";
import { fault, isFault } from "../../../../src/abi/errors.ts";
import type { ModelRequest } from "../../../../src/abi/model.ts";
import { type Registration } from "../../../../src/kernel/operations/register.ts";
import { readSchema } from "../../../../src/kernel/operations/schema.ts";
import { BOXES, code } from "../../../support/kernel.ts";
import { turns, type Turn } from "../../../support/kernel/turns.ts";
import { type Wanted, WORDS, readAndAdd, SPAWN, open, NAME, ARGS } from "./kit.ts";

const KIT = { ...BOXES, tools: ["kit_add", "kit_remove", "finish"] };

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
