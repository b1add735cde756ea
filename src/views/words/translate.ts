// Translation: how a view says its texts when no editor translates them, and how it joins words.
import type { Translate } from "../../abi/kind.ts";

export { english } from "../../abi/kind.ts";
export type { Translate } from "../../abi/kind.ts";

/** Joins words with commas and an "and" before the last. */
export function joinWords(t: Translate, words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return t("{0} and {1}", words.slice(0, -1).join(", "), words.at(-1) ?? "");
}
