// Arguments as models really send them: understood where there is one meaning, on record both ways, else explained.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod";
import { isFault } from "../../../src/abi/errors.ts";
import { define } from "../../../src/kernel/operation.ts";
import { BOXES, code, TestKernel } from "../../support/kernel.ts";

const input = z.strictObject({
  path: z.string().min(1),
  line: z.int().positive().optional(),
  part: z.number().optional(),
  all: z.boolean().default(false),
  kind: z.enum(["json", "text"]).default("json"),
  names: z.array(z.string()).optional(),
  refs: z.array(z.union([z.string().startsWith("fs:/"), z.string().max(9)])).optional(),
  lines: z.array(z.int()).optional(),
  budget: z.strictObject({ tokens: z.int().optional() }).optional(),
  either: z.union([z.int(), z.boolean()]).optional(),
  nothing: z.string().nullable().optional(),
  value: z.unknown().optional(),
});
const op = define({
  name: "box.take",
  tool: "take_box",
  summary: "Take a box.",
  effect: "read",
  idempotent: true,
  input,
  output: z.null(),
  needs: () => [],
  invoke: () => Promise.resolve(null),
});

const BASE = { path: "a", all: false, kind: "json" };
const UNDERSTOOD: readonly (readonly [name: string, given: unknown, args: object, changed?: unknown])[] = [
  ["null for what is optional", { path: "a", line: null, all: null, names: null }, BASE],
  ["an unknown argument that says nothing", { path: "a", offset: null }, BASE],
  ["a whole number as text", { path: "a", line: "12" }, { ...BASE, line: 12 }],
  ["a whole number with a fraction of zero", { path: "a", line: "12.0" }, { ...BASE, line: 12 }],
  ["a number as text", { path: "a", part: " -0.5 " }, { ...BASE, part: -0.5 }],
  ["false as text", { path: "a", all: "false" }, BASE],
  ["true as Python writes it", { path: "a", all: "True" }, { ...BASE, all: true }],
  ["a word in another case", { path: "a", kind: "TEXT" }, { ...BASE, kind: "text" }],
  ["an empty text for an optional number", { path: "a", line: "", all: "" }, BASE],
  ["the word for nothing", { path: "a", line: "null", kind: "None" }, BASE],
  ["a number where text is wanted", { path: 404 }, { ...BASE, path: "404" }],
  ["a list as JSON text", { path: "a", names: '["x", "y"]' }, { ...BASE, names: ["x", "y"] }],
  ["a list of numbers as text", { path: "a", lines: ["1", 2] }, { ...BASE, lines: [1, 2] }],
  [
    "one value where a list is wanted",
    { path: "a", names: "x", lines: "3" },
    { ...BASE, names: ["x"], lines: [3] },
  ],
  [
    "one of several kinds of text where a list is wanted",
    { path: "a", refs: "fs:/a/long/name" },
    { ...BASE, refs: ["fs:/a/long/name"] },
  ],
  ["an object as JSON text", { path: "a", budget: '{"tokens":"5"}' }, { ...BASE, budget: { tokens: 5 } }],
  ["null inside an object", { path: "a", budget: { tokens: null } }, { ...BASE, budget: {} }],
  ["the one alternative that fits", { path: "a", either: "7" }, { ...BASE, either: 7 }],
  ["all of it as JSON text", '{"path":"a","line":"2"}', { ...BASE, line: 2 }],
  ["all of it as JSON text twice", JSON.stringify('{"path":"a"}'), BASE],
  ["wrapped in arguments", { arguments: { path: "a", line: 3 } }, { ...BASE, line: 3 }],
  ["wrapped in input as JSON text", { input: '{"path":"a"}' }, BASE],
];
for (const [name, given, args] of UNDERSTOOD)
  test(`understood: ${name}`, () => {
    const bound = op.decode(given);
    assert.ok(!isFault(bound), JSON.stringify(bound));
    assert.deepEqual(bound.args, args);
    assert.notEqual(bound.given, undefined);
  });

const KEPT: readonly (readonly [name: string, args: object])[] = [
  ["a text that looks like a number", { path: "1", value: "2" }],
  ["a text that looks like JSON", { path: '{"a":1}', value: "[1]" }],
  ["a text that is a word for nothing", { path: "null", value: "false" }],
  ["null where null is meant", { path: "a", nothing: null, value: null }],
];
for (const [name, args] of KEPT)
  test(`valid and left as it is, also beside what is understood: ${name}`, () => {
    const plain = op.decode(args);
    assert.ok(!isFault(plain) && plain.given === undefined);
    assert.deepEqual(plain.args, { ...BASE, ...args });
    const beside = op.decode({ ...args, line: "5" });
    assert.ok(!isFault(beside));
    assert.deepEqual([beside.args, beside.given], [{ ...BASE, ...args, line: 5 }, { line: "5" }]);
  });

const WRONG: readonly (readonly [name: string, given: unknown, message: RegExp, hint?: RegExp])[] = [
  [
    "nothing for what must be there",
    {},
    /^take_box: "path" is missing; expected text\.$/u,
    /For example \{"path":"…"\}/u,
  ],
  ["null for what must be there", { path: null }, /"path" is null; expected text/u],
  [
    "another name for what must be there",
    { file: "a" },
    /"path" is missing; expected text; there is no argument "file"/u,
  ],
  [
    "an unknown argument",
    { path: "a", file: 1 },
    /there is no argument "file"/u,
    /It takes path, line, part/u,
  ],
  [
    "words for a number",
    { path: "a", line: "twelve" },
    /"line" is the text "twelve"; expected a whole number/u,
    /"line":1/u,
  ],
  [
    "a fraction for a whole number",
    { path: "a", line: 1.5 },
    /"line" is 1\.5; expected a whole number|"line" is wrong/u,
  ],
  ["a number in another notation", { path: "a", line: "0x10" }, /"line" is the text "0x10"/u],
  ["a number for a truth", { path: "a", all: 1 }, /"all" is 1; expected true or false/u],
  ["a word that is not in the list", { path: "a", kind: "yaml" }, /"kind" .*expected one of "json", "text"/u],
  ["a list for a text", { path: ["a"] }, /"path" is a list; expected text/u],
  ["a broken list", { path: "a", names: '["x"' }, /"names" is the text .*expected a list of text/u],
  ["a wrong item", { path: "a", lines: [1, "x"] }, /"lines\.1" is wrong/u],
  ["a number that is out of bounds", { path: "a", line: 0 }, /"line" is wrong: .*expected a whole number/u],
  ["no object", 7, /^take_box: the arguments are no JSON object\.$/u],
  ["a list of objects", [{ path: "a" }], /no JSON object/u],
  ["two wrappers", { arguments: { path: "a" }, input: {} }, /"path" is missing|no argument/u],
];
for (const [name, given, message, hint = /For example \{/u] of WRONG)
  test(`refused with what is expected: ${name}`, () => {
    const no = op.decode(given);
    assert.ok(isFault(no));
    assert.equal(no.code, "EINVAL");
    assert.match(no.message, message);
    assert.match(no.hint, hint);
  });

test("a value whose kind another argument decides is read from its JSON text, and only if it must be", async () => {
  const k = await TestKernel.open();
  const put = k.kernel.operations.get("object.put");
  const steps = '{"steps":[{"text":"greet"}]}';
  const plan = put?.decode({ name: "p", type: "plan", value: steps });
  assert.ok(plan !== undefined && !isFault(plan));
  assert.deepEqual((plan.args as { value: unknown }).value, JSON.parse(steps));
  assert.deepEqual(plan.given, { value: steps });
  const text = put?.decode({ name: "p", type: "text", value: steps });
  assert.ok(text !== undefined && !isFault(text) && text.given === undefined);
});

test("a hostile size of arguments makes no large message, and a deep text is not followed", () => {
  const keys = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`${"k".repeat(500)}${i}`, i]));
  for (const given of [keys, { path: "a", kind: "x".repeat(1e6) }, { path: "a", names: "[".repeat(1e6) }]) {
    const no = op.decode(given);
    assert.ok(isFault(no) && no.message.length + no.hint.length < 3000, JSON.stringify(no).slice(0, 200));
  }
});

test("the record holds the call as given and as understood, and authority is judged on the latter", async () => {
  const k = await TestKernel.open();
  const pid = k.launch(["allow:write:fs:/app/**"], { image: BOXES });
  const given = { input: { at: "fs:/app/a", content: 5 } };
  assert.equal(code(await k.call(pid, "box.write", given)), "ok");
  const begin = k.of("call.begin").at(-1)?.data;
  assert.deepEqual([begin?.args, begin?.given], [{ at: "fs:/app/a", content: "5" }, given]);
  assert.deepEqual(begin?.needs, [{ resource: "fs:/app/a", right: "write" }]);
  assert.equal(k.world.files.get("fs:/app/a"), "5");
  const outside = { arguments: '{"at":"fs:/other/a","content":"x"}' };
  assert.equal(code(await k.call(pid, "box.write", outside)), "ENOTCAPABLE");
  const end = k.lastEnd;
  assert.deepEqual([end.args, end.given], [{ at: "fs:/other/a", content: "x" }, outside]);
  assert.equal(code(await k.call(pid, "box.write", { at: "fs:/app/b", content: "x" })), "ok");
  assert.ok(!Object.hasOwn(k.of("call.begin").at(-1)?.data ?? {}, "given"), "valid ones are there once");
});

test("what was given in another form shows no text of a secret file", async () => {
  const k = await TestKernel.open();
  const pid = k.launch(["allow:write:fs:/app/**"], { image: BOXES });
  const held = k.call(pid, "box.write", { input: { at: "fs:/app/.env", content: "KEY=a-very-quiet-word" } });
  await k.settle();
  for (const asked of k.open) k.answer({ allow: false }, asked.question.id);
  await held;
  assert.ok(!JSON.stringify(k.records).includes("a-very-quiet-word"));
});
