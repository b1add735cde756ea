// Quoted: names and texts of agents, as they may stand inside a sentence of ours without passing for a part of it, and
// names that look the same, so that the difference shows.

/** Names of these characters need no quotation marks: no blank, no quotation mark, no sign that joins two names. */
const PLAIN = /^[\p{L}\p{N}\p{M}._\-/@+,~#%&!:;=$^*?()[\]{}']*$/u;

/**
 * A path, resource or other name as people read it: as it is, or in quotation marks if a part of it could be read as
 * ours. A file may be named `a -> b` or `x  done`. No quotation mark inside ends it.
 */
export function quotedName(name: string): string {
  return PLAIN.test(name) ? name : `"${name.replace(/["\\]/gu, "\\$&")}"`;
}

/** A text of an agent on one line, in quotation marks, of at most `max` characters; its whole length is told. */
export function quotedLine(text: string, max = 200): string {
  const quoted = JSON.stringify(text.slice(0, max));
  return text.length <= max ? quoted : `${quoted}… (${text.length} characters)`;
}

/** Typographic characters by the plain one that people and models write instead. Spaces have their own rule. */
const TYPED: ReadonlyMap<string, string> = new Map(
  (
    [
      ["'", "\u2018\u2019\u201a\u201b\u2032\u02bc\u02b9\u00b4\uff07"],
      ['"', "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\uff02"],
      ["-", "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"],
      [".", "\uff0e\u2024"],
      ["_", "\uff3f"],
    ] as const
  ).flatMap(([plain, others]) => [...others].map((other) => [other, plain] as const)),
);

/** Characters that another name can have in their place without looking different. */
const TYPOGRAPHIC = new RegExp(`[${[...TYPED.keys()].join("")}\u2026]`, "gu");
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}]/gu;
const HARMFUL = /["\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
// oxlint-disable-next-line no-control-regex -- what is plain ASCII needs no Unicode work
const ASCII = /^[\u0000-\u007f]*$/u;

/**
 * A name by its look. Composition, kinds of spaces, quotes and dashes, invisible characters, and white space around it
 * make no difference. Case does.
 */
export function lookOf(name: string): string {
  const seen = ASCII.test(name)
    ? name
    : name
        .normalize("NFC")
        .replace(TYPOGRAPHIC, (c) => TYPED.get(c) ?? "...")
        .replace(/\p{Zs}|\p{Zl}|\p{Zp}/gu, " ");
  return seen
    .replace(/[\t\n\v\f\r ]+/gu, " ")
    .replace(INVISIBLE, "")
    .trim();
}

const escapeOf = (c: string): string =>
  Array.from({ length: c.length }, (_, i) => `\\u${c.charCodeAt(i).toString(16).padStart(4, "0")}`).join("");

/**
 * A path with an escape in the place of each character that looks like another one or like nothing. A path argument may
 * be written so. Escapes are those of JSON.
 */
export function escapedLook(path: string): string {
  return path
    .replace(/[\p{M}\p{Zs}\p{Zl}\p{Zp}]/gu, (c) => (c === " " ? c : escapeOf(c)))
    .replace(TYPOGRAPHIC, escapeOf)
    .replace(INVISIBLE, escapeOf)
    .replace(/"|\\(?!u[0-9a-f]{4})/gu, escapeOf)
    .replace(/ (?=$|\/| )|(?<=^|\/) /gu, "\\u0020");
}

/** Of a longer path only the beginning is shown, in UTF-16 units. */
const MAX_PATH = 1000;

/** A path in quotation marks as it is, and once more with escapes where that shows more. */
export function bothLooks(path: string): string {
  if (path.length > MAX_PATH) return `${bothLooks(path.slice(0, MAX_PATH).toWellFormed())}…`;
  const escaped = escapedLook(path);
  if (escaped === path) return `"${path}"`;
  // A text of a disk must not end a line, close our quotation marks or turn the direction of ours.
  return path.search(HARMFUL) < 0 ? `"${path}" (with escapes: "${escaped}")` : `"${escaped}"`;
}
