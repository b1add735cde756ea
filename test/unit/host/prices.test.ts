// Prices: which entry of the table counts, what a call costs by it, and that nonsense in the table costs nothing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { costOf } from "../../../src/host/node/models/limits.ts";
import { costWords, usageWords } from "../../../src/views/words/processes.ts";
import { english } from "../../../src/views/words/translate.ts";

const USED = { modelCalls: 1, toolCalls: 2, tokens: 3, activeSeconds: 0 };
const table = {
  "anthropic/*": { input: 1, output: 1 },
  "anthropic/claude-opus*": { input: 5, output: 25, cachedInput: 0.5, storedInput: 6.25 },
  "anthropic/claude-opus-x": { input: 9, output: 9 },
  "openai/Gpt-5": { input: 1.25, output: 10 },
  "openai/bad": { input: -1, output: 1 },
  "openai/odd": "free",
};
const spent = { input: 1000, output: 100 };

for (const [model, used, cost] of [
  ["anthropic/claude-other", spent, 1100],
  ["anthropic/claude-opus-5", spent, 7500],
  ["anthropic/claude-opus-5", { ...spent, cached: 800 }, 1000 + 400 + 2500],
  ["anthropic/claude-opus-5", { ...spent, cached: 600, stored: 200 }, 1000 + 300 + 1250 + 2500],
  ["anthropic/claude-opus-x", spent, 9900],
  ["openai/gpt-5", { ...spent, stored: 400 }, 2250],
  ["openai/gpt-5", { ...spent, cached: 1000 }, 2250],
  ["openai/gpt-5", { input: 1, output: 0 }, 2],
  ["openai/gpt-5-mini", spent, undefined],
  ["openai/bad", spent, undefined],
  ["openai/odd", spent, undefined],
  ["ollama/qwen3", spent, undefined],
] as const)
  test(`${model} costs ${cost} for ${JSON.stringify(used)}`, () =>
    assert.equal(costOf(table, model, used), cost));

test("a table that is none has no prices", () => {
  for (const none of [undefined, null, 3, "x", []])
    assert.equal(costOf(none, "openai/gpt-5", spent), undefined);
});

test("money is said in dollars, with a mark where it was guessed, and not at all where no price is known", () => {
  assert.equal(costWords({ ...USED, microdollars: 1_234_567 }), "$1.23");
  assert.equal(costWords({ ...USED, microdollars: 420, estimated: true }), "≈$0.0004");
  assert.equal(costWords({ ...USED, estimated: true }), "");
  const words = usageWords(
    english,
    { ...USED, microdollars: 20_000, estimated: true },
    { microdollars: 5_000_000 },
  );
  assert.match(words, /≈3 tokens, ≈\$0\.02 of \$5\.00, /u);
});
