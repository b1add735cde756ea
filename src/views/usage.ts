// Usage in words: what was used of what may be used, what it cost, and the mark of what was guessed.
import type { Budget, Usage } from "../abi/image.ts";

/** What was used, beside what may be used where that is limited; what was guessed says so. */
export function usageWords(used: Usage, budget: Budget = {}): string {
  const of = (unit: keyof Budget): string => (budget[unit] === undefined ? "" : ` of ${budget[unit]}`);
  const cost = costWords(used);
  const limit = budget.microdollars === undefined ? "" : ` of ${dollars(budget.microdollars)}`;
  return [
    `${used.modelCalls}${of("modelCalls")} model calls`,
    `${used.toolCalls}${of("toolCalls")} tool calls`,
    `${about(used)}${used.tokens}${of("tokens")} tokens`,
    ...(cost === "" ? [] : [`${cost}${limit}`]),
    `${Math.round(used.activeSeconds * 10) / 10}${of("activeSeconds")} active seconds`,
  ].join(", ");
}

/** What it cost, as far as prices are known; nothing where none is. */
export function costWords(used: Pick<Usage, "microdollars" | "estimated">): string {
  return used.microdollars === undefined ? "" : `${about(used)}${dollars(used.microdollars)}`;
}

/** The mark of what was guessed. */
export function about(used: Pick<Usage, "estimated">): "≈" | "" {
  return used.estimated === true ? "≈" : "";
}

/** Cents, and more places where there would be nothing else to see. */
function dollars(micro: number): string {
  return `$${(micro / 1e6).toFixed(micro > 0 && micro < 10_000 ? 4 : 2)}`;
}
