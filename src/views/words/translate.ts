// Translation: how a view says its texts in the reader's language.

// Translation: how a view says its texts in the reader's language.

/**
 * Says a text in the reader's language, with the values in place of `{0}`, `{1}` and so on. The editor's own `l10n.t`
 * is one. Texts of the record, and texts for programs and models, are never translated.
 */
export type Translate = (text: string, ...values: (string | number)[]) => string;

/** The text as written, in English. The command line uses it. */
export const english: Translate = (text, ...values) =>
  text.replace(/\{(\d)\}/gu, (_, nth: string) => `${values[Number(nth)] ?? ""}`);

/** Joins words with commas and an "and" before the last. */
export function joinWords(t: Translate, words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return t("{0} and {1}", words.slice(0, -1).join(", "), words.at(-1) ?? "");
}
