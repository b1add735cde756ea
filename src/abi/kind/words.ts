// Words of kinds: how a kind says its actions, notes and calls in the reader's language.

/**
 * Says a text in the reader's language, with the values in place of `{0}`, `{1}` and so on. The editor's own `l10n.t`
 * is one. Texts of the record, and texts for programs and models, are never translated.
 */
export type Translate = (text: string, ...values: (string | number)[]) => string;

/** Says an action with its target, and for a move with the new place. */
export type SayAction = (t: Translate, target: string, to: string) => string;

/** Says a note with its values. A record of another version may hold fewer of them. */
export type SayNote = (t: Translate, ...values: readonly (string | number | undefined)[]) => string;

/** Makes notes of a table: only keys that the table has words for. */
export function notesOf<K extends string>(
  _: Readonly<Record<K, SayNote>>,
): (key: K, ...values: (string | number)[]) => { key: K; values: (string | number)[] } {
  return (key, ...values) => ({ key, values });
}

/** The text as written, in English. The command line, records and models have it. */
export const english: Translate = (text, ...values) =>
  text.replace(/\{(\d)\}/gu, (_, nth: string) => `${values[Number(nth)] ?? ""}`);

/** The reason of an ask: an English sentence, and the note that says the same in any language. */
export interface SaidReason {
  readonly reason: string;
  readonly why: { key: string; values: (string | number)[] };
}

/** Makes reasons of a table. The kind has the same table among its notes. */
export function reasonsOf<K extends string>(
  words: Readonly<Record<K, SayNote>>,
): (key: K, ...values: (string | number)[]) => SaidReason {
  return (key, ...values) => ({ reason: words[key](english, ...values), why: { key, values } });
}

/** A call in words for people. */
export interface SaidCall {
  readonly line: string;
  /** The text that it came to, such as its output. */
  readonly text?: string;
  /** True when a receipt lists it by itself. */
  readonly listed?: true;
}

/**
 * Says a call from its arguments, and from its value once it has ended well. `quote` makes a text of an agent harmless
 * where the line stands. Undefined for arguments of another shape, such as a record of another version may hold.
 */
export type SayCall = (
  t: Translate,
  args: unknown,
  value: unknown,
  quote: (text: string) => string,
) => SaidCall | undefined;
