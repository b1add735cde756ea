// Results as a model reads them: the text of the operation, else JSON, never more than the bound.
import { strictEqual } from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod";
import { RESULT_MAX, resultText } from "../../../src/agent/context/results.ts";
import { define, type Operation } from "../../../src/kernel/operation.ts";

const listing = (told: boolean): Operation =>
  define<{ path: string }, { names: string[] }>({
    name: "box.list",
    summary: "List.",
    effect: "read",
    idempotent: true,
    input: z.strictObject({ path: z.string() }),
    output: z.strictObject({ names: z.array(z.string()) }),
    needs: () => [],
    ...(told ? { told: ({ names }, { path }) => `${path}: ${names.join(" and ")}` } : {}),
    invoke: () => Promise.resolve({ names: [] }),
  });

test("a value is told by its operation", () => {
  strictEqual(resultText(listing(true), { path: "a" }, { names: ["x", "y"] }), "a: x and y");
});

test("a value without words, of an unknown tool, or of another shape is JSON", () => {
  const value = { names: ["x"] };
  strictEqual(resultText(listing(false), { path: "a" }, value), '{"names":["x"]}');
  strictEqual(resultText(undefined, { path: "a" }, value), '{"names":["x"]}');
  strictEqual(resultText(listing(true), { path: "a" }, { name: "x" }), '{"name":"x"}');
  strictEqual(resultText(listing(true), "no object", value), '{"names":["x"]}');
  strictEqual(resultText(listing(true), { path: "a" }, undefined), "null");
});

test("a long value says first how much there is", () => {
  const text = resultText(listing(true), { path: "a" }, { names: ["b".repeat(RESULT_MAX)] });
  strictEqual(text.startsWith(`(The first ${RESULT_MAX} of ${RESULT_MAX + 3} characters.`), true);
  strictEqual(text.length < RESULT_MAX + 200, true);
});
