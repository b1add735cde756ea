// Prices: what people pay for a model, as their settings say; a model without a price costs nothing that is known.
import * as z from "zod";
import type { Spent } from "../../../abi/model.ts";

const dollars = z.number().nonnegative().max(1_000_000);
const priceSchema = z.strictObject({
  input: dollars,
  output: dollars,
  cachedInput: dollars.optional(),
  storedInput: dollars.optional(),
});
type Price = z.infer<typeof priceSchema>;

/**
 * The cost of one call in millionths of a dollar, rounded up; undefined when the table has no price. Keys are
 * `vendor/family`, or end in `*` and stand for everything that begins so; the longest that fits counts. An entry that
 * cannot be understood is no entry.
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
