// Translating: how a view says its texts in the language of whoever reads them.

/**
 * Says a text in the reader's language, with the values in place of `{0}`, `{1}` and so on; the editor's own `l10n.t`
 * is one. What the record holds, and what a program or a model reads, is never said through it.
 */
export type Translate = (text: string, ...values: (string | number)[]) => string;

/** The text as it was written: what the command line says. */
export const english: Translate = (text, ...values) =>
  text.replace(/\{(\d)\}/gu, (_, nth: string) => `${values[Number(nth)] ?? ""}`);
