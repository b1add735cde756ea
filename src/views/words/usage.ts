// Usage in words: what was used of what may be used, what it cost, and the mark of what was guessed.
import type { Budget, Usage } from "../../abi/image.ts";
import type { Translate } from "./translate.ts";

/** What was used, beside what may be used where that is limited; what was guessed says so. */
export function usageWords(t: Translate, used: Usage, budget: Budget = {}): string {
  const { modelCalls, toolCalls, tokens, activeSeconds, microdollars } = budget;
  const spent = `${about(used)}${used.tokens}`;
  const seconds = Math.round(used.activeSeconds * 10) / 10;
  const cost = costWords(used);
  return [
    modelCalls === undefined
      ? t("{0} model calls", used.modelCalls)
      : t("{0} of {1} model calls", used.modelCalls, modelCalls),
    toolCalls === undefined
      ? t("{0} tool calls", used.toolCalls)
      : t("{0} of {1} tool calls", used.toolCalls, toolCalls),
    tokens === undefined ? t("{0} tokens", spent) : t("{0} of {1} tokens", spent, tokens),
    ...(cost === ""
      ? []
      : [microdollars === undefined ? cost : t("{0} of {1}", cost, dollars(microdollars))]),
    activeSeconds === undefined
      ? t("{0} active seconds", seconds)
      : t("{0} of {1} active seconds", seconds, activeSeconds),
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
