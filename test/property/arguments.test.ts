// Arguments: understanding never changes a valid argument, and every other form of one gives it back.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import * as z from "zod";
import { isFault } from "../../src/abi/errors.ts";
import { readArguments } from "../../src/kernel/arguments.ts";
import { shapeOf, understandArguments } from "../../src/kernel/understood.ts";
import { share } from "../support/runs.ts";

const input = z.strictObject({
  path: z.string(),
  count: z.int().optional(),
  part: z.number().optional(),
  all: z.boolean().optional(),
  kind: z.enum(["json", "text"]).optional(),
  names: z.array(z.string()).optional(),
  lines: z.array(z.int()).optional(),
  either: z.union([z.string(), z.array(z.string())]).optional(),
  inner: z.strictObject({ tokens: z.int().optional(), label: z.string().optional() }).optional(),
  any: z.unknown().optional(),
});
const of = { name: "box.take", tool: "take_box", input };
const shape = shapeOf(input);

/** Texts that look like something else, among others. */
const text = fc.oneof(
  fc.string(),
  fc.constantFrom(
    "",
    "1",
    "1.0",
    "-7",
    "true",
    "null",
    "None",
    "[]",
    '["a"]',
    "{}",
    '{"path":"b"}',
    "[x",
    '"a"',
  ),
);
const int = fc.integer();
const valid = fc
  .record(
    {
      path: text,
      count: int,
      part: fc.double({ noNaN: true, noDefaultInfinity: true }),
      all: fc.boolean(),
      kind: fc.constantFrom("json" as const, "text" as const),
      names: fc.array(text, { maxLength: 4 }),
      lines: fc.array(int, { maxLength: 4 }),
      either: fc.oneof(text, fc.array(text, { maxLength: 4 })),
      inner: fc.record({ tokens: int, label: text }, { requiredKeys: [] }),
      any: fc.oneof(text, fc.jsonValue()),
    },
    { requiredKeys: ["path"] },
  )
  // JSON has neither a negative zero nor lone halves of pairs that come back alike.
  .map((args) => JSON.parse(JSON.stringify(args)) as z.infer<typeof input>);

const runs = { numRuns: share(4000) };

test("valid arguments are taken as they are, and understanding them changes nothing", () => {
  fc.assert(
    fc.property(valid, (args) => {
      const read = readArguments(of, args);
      assert.ok(!isFault(read));
      assert.deepEqual(read, { args, given: undefined });
      assert.equal(understandArguments(shape, args), args, "not even copied");
    }),
    runs,
  );
});

test("a valid argument stays beside one that is understood, and beside one that is not", () => {
  fc.assert(
    fc.property(valid, ({ count: _, ...rest }) => {
      const read = readArguments(of, { ...rest, count: "41", offset: null });
      assert.ok(!isFault(read));
      assert.deepEqual(read, { args: { ...rest, count: 41 }, given: { count: "41", offset: null } });
      assert.deepEqual(understandArguments(shape, { ...rest, count: "many" }), { ...rest, count: "many" });
    }),
    runs,
  );
});

test("numbers, truths and lists come back from their JSON text, and all of them from one text or wrapper", () => {
  fc.assert(
    fc.property(valid, (args) => {
      const forms: unknown[] = [{ arguments: args }, { input: JSON.stringify(args) }, JSON.stringify(args)];
      const { count, all, names, lines } = args;
      const texts = Object.entries({ count, all, names, lines }).flatMap(([key, value]) =>
        value === undefined ? [] : [[key, JSON.stringify(value)]],
      );
      if (texts.length > 0) forms.push({ ...args, ...(Object.fromEntries(texts) as object) });
      for (const form of forms) {
        const read = readArguments(of, form);
        assert.ok(!isFault(read), JSON.stringify([form, read]));
        assert.deepEqual(read.args, args);
      }
    }),
    runs,
  );
});

test("what is understood is valid, and understood again it is the same", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom(...Object.keys(input.shape)), fc.jsonValue())),
      (raw) => {
        const read = readArguments(of, raw);
        if (isFault(read)) return;
        assert.deepEqual(readArguments(of, read.args), { args: read.args, given: undefined });
      },
    ),
    runs,
  );
});
