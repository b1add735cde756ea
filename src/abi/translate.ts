// Translation: the function by which code says its texts for people in the reader's language.

/**
 * Says a text in the reader's language, with the values in place of `{0}`, `{1}` and so on. The editor's own `l10n.t`
 * is one. Texts of the record, and texts for programs and models, are never translated.
 */
export type Translate = (text: string, ...values: (string | number)[]) => string;
