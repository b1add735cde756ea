// Schemas from outside: read as far as every word of them is checked, bounded, and refused with the place of what is not.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod";
import { isFault } from "../../../src/abi/errors.ts";
import { readSchema, SCHEMA_MOST, type JsonSchema } from "../../../src/kernel/operations/schema.ts";

const object = (properties: object, more: object = {}): JsonSchema => ({
  type: "object",
  properties,
  ...more,
});

const TAKEN: readonly [
  name: string,
  schema: JsonSchema,
  right: readonly unknown[],
  wrong: readonly unknown[],
][] = [
  ["no arguments", object({}, { additionalProperties: false }), [{}], [{ a: 1 }, null, []]],
  [
    "texts and numbers",
    object(
      {
        name: { type: "string", minLength: 2, maxLength: 4, description: "Its name." },
        count: { type: "integer", minimum: 1, maximum: 3, default: 1 },
      },
      { required: ["name"], additionalProperties: false, title: "Count" },
    ),
    [{ name: "ab" }, { name: "abcd", count: 3 }],
    [{}, { name: "a" }, { name: "abcde" }, { name: "ab", count: 4 }, { name: "ab", other: 1 }],
  ],
  [
    "lists, words and nulls",
    object({
      words: { type: "array", items: { enum: ["red", "blue"] }, minItems: 1, uniqueItems: true },
      maybe: { type: ["string", "null"] },
    }),
    [{ words: ["red"] }, { maybe: null }, { maybe: "x" }],
    [{ words: [] }, { words: ["red", "red"] }, { words: ["green"] }, { maybe: 1 }],
  ],
  [
    "references",
    object(
      { from: { $ref: "#/$defs/point" }, to: { $ref: "#/$defs/point" } },
      { $defs: { point: object({ x: { type: "number" } }, { required: ["x"] }) } },
    ),
    [{ from: { x: 1 } }],
    [{ from: {} }, { to: { x: "1" } }],
  ],
  [
    "alternatives",
    object({ a: { anyOf: [{ type: "string" }, { type: "boolean" }] } }),
    [{ a: true }],
    [{ a: 1 }],
  ],
];

for (const [name, schema, right, wrong] of TAKEN)
  test(`a schema of ${name} is taken, and checks what it says`, () => {
    const read = readSchema({ $schema: "https://json-schema.org/draft/2020-12/schema", ...schema }, "object");
    assert.ok(!isFault(read), JSON.stringify(read));
    assert.deepEqual(read.json, schema);
    for (const value of right) assert.ok(read.zod.safeParse(value).success, JSON.stringify(value));
    for (const value of wrong) assert.ok(!read.zod.safeParse(value).success, JSON.stringify(value));
  });

const eight = (name: string): JsonSchema => ({
  anyOf: Array.from({ length: 8 }, () => ({ $ref: `#/$defs/${name}` })),
});
const growing = Object.fromEntries(Array.from({ length: 4 }, (_, i) => [`d${i}`, eight(`d${i + 1}`)]));
let deep: JsonSchema = { type: "string" };
for (let i = 0; i < 20; i++) deep = object({ a: deep });

const REFUSED: readonly [why: RegExp, schema: unknown][] = [
  [/its root is not of type "object"/u, { type: "string" }],
  [/its root is not of type "object"/u, {}],
  [/root is no JSON object/u, []],
  [/root is no JSON object/u, null],
  [/its root says "anyOf"; it must be one object/u, { type: "object", anyOf: [{ type: "object" }] }],
  [
    /properties\.a says "pattern": expressions from outside/u,
    object({ a: { type: "string", pattern: "(a+)+$" } }),
  ],
  [/says "patternProperties"/u, { type: "object", patternProperties: { "(a+)+$": {} } }],
  [/properties\.a says "if": that cannot be checked here/u, object({ a: { if: {}, then: {} } })],
  [/says "not"/u, object({ a: { not: { type: "string" } } })],
  [/says "unevaluatedProperties"/u, object({}, { unevaluatedProperties: false })],
  [/says "dependentRequired"/u, object({}, { dependentRequired: { a: ["b"] } })],
  [/properties\.a says "minLength" and not that its type is string/u, object({ a: { minLength: 2 } })],
  [/properties\.a says "properties" and not/u, object({ a: { properties: { b: {} } } })],
  [
    /properties\.a says "minLength" beside "enum"/u,
    object({ a: { type: "string", enum: ["a"], minLength: 2 } }),
  ],
  [/an object or a list/u, object({ a: { enum: [{ b: 1 }] } })],
  [/"enum" that is no list/u, object({ a: { enum: "a" } })],
  [/refers to "https:/u, object({ a: { $ref: "https://example.com/a.json" } })],
  [/refers to "#\/\$defs\/gone"/u, object({ a: { $ref: "#/$defs/gone" } })],
  [/refers to "#"/u, object({ a: { $ref: "#" } })],
  [
    /contains itself/u,
    object({ a: { $ref: "#/$defs/a" } }, { $defs: { a: object({ a: { $ref: "#/$defs/a" } }) } }),
  ],
  [
    /more than 1000 parts/u,
    object({ a: { $ref: "#/$defs/d0" } }, { $defs: { ...growing, d4: { type: "string" } } }),
  ],
  [/nested too deep/u, deep],
  [
    /over 3000 characters/u,
    object({ a: { type: "string", description: "x".repeat(SCHEMA_MOST.characters) } }),
  ],
  [/says "\$defs", which only the root may/u, object({ a: { $defs: {} } })],
  [/__proto__/u, JSON.parse('{"type":"object","properties":{"__proto__":{"type":"string"}}}')],
  [/is no schema/u, object({ a: "string" })],
  [/no list of schemas/u, object({ a: { anyOf: {} } })],
  [/Unsupported type: money/u, object({ a: { type: "money" } })],
];

for (const [why, schema] of REFUSED)
  test(`refused: ${JSON.stringify(schema).slice(0, 80)}`, () => {
    const read = readSchema(schema as JsonSchema, "object");
    assert.ok(isFault(read), "it was taken");
    assert.equal(read.code, "EINVAL");
    assert.match(read.message, why);
    assert.ok(read.message.length < 400, "the words are bounded");
    assert.notEqual(read.hint, "");
  });

test("a schema that contains itself as data, or cannot be JSON, is refused", () => {
  const round: Record<string, unknown> = { type: "object" };
  round["properties"] = { a: round };
  assert.ok(isFault(readSchema(round, "object")));
  assert.ok(isFault(readSchema({ type: "object", default: 1n }, "object")));
});

test("a zod schema is shown as JSON Schema and decodes as it is", () => {
  const input = z.strictObject({ a: z.string().regex(/^a/u), b: z.int().default(3) });
  const read = readSchema(input, "object");
  assert.ok(!isFault(read));
  assert.equal(read.zod, input);
  assert.deepEqual(Object.keys(read.json["properties"] ?? {}), ["a", "b"]);
  assert.ok(isFault(readSchema(z.string(), "object")));
  assert.ok(!isFault(readSchema(z.string(), "any")));
});
