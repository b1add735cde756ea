// Alike: which names look the same or nearly the same, and how a name is written so that the difference shows.

/** Typographic characters by the plain one that people and models write instead. Spaces have their own rule. */
const PLAIN: ReadonlyMap<string, string> = new Map(
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
const TYPOGRAPHIC = new RegExp(`[${[...PLAIN.keys()].join("")}\u2026]`, "gu");
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}]/gu;
const HARMFUL = /["\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
// eslint-disable-next-line no-control-regex -- what is plain ASCII needs no Unicode work
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
        .replace(TYPOGRAPHIC, (c) => PLAIN.get(c) ?? "...")
        .replace(/\p{Zs}|\p{Zl}|\p{Zp}/gu, " ");
  return seen
    .replace(/[\t\n\v\f\r ]+/gu, " ")
    .replace(INVISIBLE, "")
    .trim();
}

/** The kinds of likeness, the closest first: the look, the look without case, the ending, a slip of the keys. */
export type Likeness = "look" | "case" | "ending" | "slip";
export const LIKENESSES: readonly Likeness[] = ["look", "case", "ending", "slip"];

/** Names up to this length may differ by one slip, longer ones by two; shorter ones than the first by none. */
const ONE_SLIP = 4;
const TWO_SLIPS = 9;
/** The most names that are compared for slips; comparing them all would take long in a large folder. */
const MAX_COMPARED = 5000;

/**
 * Builds a comparison of many names with one that is not there. It gives the closest kind of likeness, or undefined.
 * A name is never like itself.
 */
export function likenessTo(wanted: string): (name: string) => Likeness | undefined {
  const look = lookOf(wanted);
  const low = look.toLowerCase();
  const stem = stemOf(low);
  const slips = low.length < ONE_SLIP ? 0 : low.length < TWO_SLIPS ? 1 : 2;
  let compared = 0;
  return (name) => {
    if (name === wanted || name.length > wanted.length * 4 + 64) return undefined;
    const other = lookOf(name);
    if (other === look) return "look";
    const lower = other.toLowerCase();
    if (lower === low) return "case";
    if (stem !== "" && (stemOf(lower) === stem || lower === stem || stemOf(lower) === low)) return "ending";
    if (Math.abs(lower.length - low.length) > slips || compared >= MAX_COMPARED) return undefined;
    compared += 1;
    return isWithin(low, lower, slips) ? "slip" : undefined;
  };
}

/** A name without its last ending; the whole when it has none. */
function stemOf(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(0, dot) : name;
}

/** True when `a` becomes `b` by at most `most` characters left out, put in, replaced, or swapped with the next one. */
function isWithin(a: string, b: string, most: number): boolean {
  if (most === 0) return a === b;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const replaced = (last[j - 1] ?? 0) + (same ? 0 : 1);
      let best = Math.min(replaced, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (before[j - 2] ?? 0) + 1);
      row.push(best);
    }
    if (row.every((cost) => cost > most)) return false;
    before = last;
    last = row;
  }
  return (last[b.length] ?? most + 1) <= most;
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

/** A path in quotation marks as it is, and once more with escapes where that shows more. */
export function bothLooks(path: string): string {
  const escaped = escapedLook(path);
  if (escaped === path) return `"${path}"`;
  // A text of a disk must not end a line, close our quotation marks or turn the direction of ours.
  return path.search(HARMFUL) < 0 ? `"${path}" (with escapes: "${escaped}")` : `"${escaped}"`;
}
