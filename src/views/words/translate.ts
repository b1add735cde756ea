// Translation: how a view says its texts when no editor translates them, and how it joins words.
import type { Translate } from "../../abi/kind.ts";

export type { Translate } from "../../abi/kind.ts";

/** The text as written, in English. The command line uses it. */
export const english: Translate = (text, ...values) =>
  text.replace(/\{(\d)\}/gu, (_, nth: string) => `${values[Number(nth)] ?? ""}`);

/** Joins words with commas and an "and" before the last. */
export function joinWords(t: Translate, words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return t("{0} and {1}", words.slice(0, -1).join(", "), words.at(-1) ?? "");
}
