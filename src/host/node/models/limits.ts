// Limits: windows, longest answers and prices of models, and estimates for providers that report no usage.
import * as z from "zod";
import type { ModelAnswer, ModelCall, ModelRequest, Spent, ToolSchema } from "../../../abi/model.ts";
import { estimateTokens, weighText } from "../../../abi/size.ts";

/**
 * Tokens by the beginning of the family name without its publisher; the longest match counts. The second
 * number is the longest answer that the provider accepts, if that is less than {@link ANSWER}.
 */
const FAMILIES: Readonly<Record<string, readonly [window: number, answer?: number]>> = {
  "gpt-3.5": [16_385, 4_096],
  "gpt-4": [8_192],
  "gpt-4-turbo": [128_000, 4_096],
  "gpt-4o": [128_000, 16_384],
  "gpt-4.1": [1_047_576],
  "gpt-4.5": [128_000, 16_384],
  "gpt-5": [400_000],
  "gpt-5.4": [1_050_000],
  "gpt-oss": [131_072],
  o1: [200_000],
  o3: [200_000],
  o4: [200_000],
  "chatgpt-4o": [128_000, 16_384],
  claude: [200_000, 8_192],
  "claude-3-opus": [200_000, 4_096],
  "claude-3-sonnet": [200_000, 4_096],
  "claude-3-haiku": [200_000, 4_096],
  "claude-3-7": [200_000],
  "claude-opus-4": [200_000],
  "claude-sonnet-4": [200_000],
  "claude-haiku-4": [200_000],
  "claude-opus-5": [1_000_000],
  "claude-sonnet-5": [1_000_000],
  "claude-haiku-5": [1_000_000],
  "claude-fable": [1_000_000],
  "claude-mythos": [1_000_000],
  gemini: [1_048_576, 8_192],
  gemma: [8_192],
  "gemma-3": [131_072, 8_192],
  llama: [8_192],
  "llama-3.1": [131_072, 8_192],
  "llama-3.2": [131_072, 8_192],
  "llama-3.3": [131_072, 8_192],
  mistral: [32_768],
  "mistral-large": [131_072, 8_192],
  codestral: [32_768],
  deepseek: [65_536, 8_192],
  qwen: [32_768],
  "qwen3-coder": [262_144],
  "kimi-k2": [131_072],
  "glm-4": [131_072],
  grok: [131_072],
};

/**
 * The limits of an unknown family; nearly every model made for tool calls has at least these. A window
 * assumed too small only trims old turns sooner. The provider refuses one assumed too large.
 */
const UNKNOWN: readonly [number, number] = [32_768, 8_192];

/**
 * The longest answer to ask for. Every call reserves it from the budget, so a larger one would block agents
 * early.
 */
const ANSWER = 32_768;

/** The context window of `vendor/family`, or of `vendor/publisher/family`, in tokens. */
export function windowOf(model: string): number {
  return familyOf(model)[0];
}

/** The most tokens one answer of this model is allowed; never more than a quarter of its window. */
export function answerMaxOf(model: string): number {
  const [window, answer = ANSWER] = familyOf(model);
  return Math.min(answer, ANSWER, Math.floor(window / 4));
}

function familyOf(model: string): readonly [number, number?] {
  const family = model.slice(model.lastIndexOf("/") + 1).toLowerCase();
  let best = "";
  for (const prefix of Object.keys(FAMILIES)) {
    if (family.startsWith(prefix) && prefix.length > best.length) best = prefix;
  }
  return FAMILIES[best] ?? UNKNOWN;
}

/** The usage of an answer, estimated from lengths and marked so. */
export function estimateUsage(
  request: ModelRequest,
  answer: Pick<ModelAnswer, "text" | "calls" | "reasoning">,
): ModelAnswer["usage"] {
  let input = request.system;
  let tools = 0;
  for (const message of request.messages) {
    if (message.role === "tool") input += message.content;
    else input += message.text + (message.role === "assistant" ? textOf(message.calls) : "");
  }
  for (const tool of request.tools) tools += weighTool(tool);
  const thought = (answer.reasoning ?? []).map(({ text }) => text).join("");
  const output = answer.text + thought + textOf(answer.calls);
  const tokens = Math.ceil(weighText(input) + tools);
  return { input: tokens, output: estimateTokens(output), estimated: true };
}

/** Weighed once, because every call of a process sends the same ones. */
const weights = new WeakMap<ToolSchema, number>();

function weighTool(tool: ToolSchema): number {
  let known = weights.get(tool);
  if (known === undefined) {
    known = weighText(tool.name + tool.description + JSON.stringify(tool.schema));
    weights.set(tool, known);
  }
  return known;
}

function textOf(calls: readonly ModelCall[]): string {
  return calls.map((call) => call.tool + (JSON.stringify(call.args) ?? "")).join("");
}

const dollars = z.number().nonnegative().max(1_000_000);
const priceSchema = z.strictObject({
  input: dollars,
  output: dollars,
  cachedInput: dollars.optional(),
  storedInput: dollars.optional(),
});
type Price = z.infer<typeof priceSchema>;

/**
 * The cost of one call in millionths of a dollar, rounded up; undefined without a price. Keys are
 * `vendor/family`. A key that ends in `*` matches every name with that beginning, and the longest match
 * counts. A malformed entry counts as none.
 */
export function costOf(table: unknown, model: string, spent: Spent): number | undefined {
  const price = priceIn(table, model);
  if (price === undefined) return undefined;
  const cached = Math.min(spent.cached ?? 0, spent.input);
  // Dollars per million tokens are millionths of a dollar per token.
  const stored = Math.min(spent.stored ?? 0, spent.input - cached);
  const kept = cached * (price.cachedInput ?? price.input) + stored * (price.storedInput ?? price.input);
  const input = (spent.input - cached - stored) * price.input;
  return Math.ceil(kept + input + spent.output * price.output - 1e-6);
}

function priceIn(table: unknown, model: string): Price | undefined {
  if (typeof table !== "object" || table === null) return undefined;
  const name = model.toLowerCase();
  let best: { length: number; price: Price } | undefined;
  for (const [key, value] of Object.entries(table)) {
    const wanted = key.toLowerCase();
    const open = wanted.endsWith("*");
    const stem = open ? wanted.slice(0, -1) : wanted;
    if (open ? !name.startsWith(stem) : name !== stem) continue;
    const length = open ? stem.length : Infinity;
    const price = priceSchema.safeParse(value);
    if (price.success && length >= (best?.length ?? 0)) best = { length, price: price.data };
  }
  return best?.price;
}
