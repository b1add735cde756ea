// Sizes: whether a JSON value or a folder is larger than one call may carry, and how many tokens a text takes.

/**
 * The most that the arguments of one call, or of one answer, may hold: characters of all texts and keys, values, and
 * levels. A write holds 4 MB; deeper values would overflow the stack of recursive readers.
 */
export const JSON_MOST = { characters: 8_000_000, values: 200_000, depth: 64 } as const;

/** The most names inside a folder that one call deletes or moves: nobody could judge more. */
export const MAX_TREE = 10_000;

/** Says which bound a JSON value is over; undefined when it is within all. `room` is less where others share it. */
export function whyTooLarge(value: unknown, room: number = JSON_MOST.characters): string | undefined {
  const size = measureJson(value, room);
  if (size.depth > JSON_MOST.depth) return `are nested more than ${JSON_MOST.depth} deep`;
  if (size.values > JSON_MOST.values) return `hold more than ${JSON_MOST.values} values`;
  return size.characters > room ? `hold more than ${JSON_MOST.characters} characters` : undefined;
}

/** The size of a JSON value. It stops counting at the first bound that is passed. */
export function measureJson(
  value: unknown,
  room: number = JSON_MOST.characters,
): { readonly characters: number; readonly values: number; readonly depth: number } {
  const open: { readonly value: unknown; readonly depth: number }[] = [{ value, depth: 0 }];
  const size = { characters: 0, values: 1, depth: 0 };
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next.value === "string") size.characters += next.value.length;
    if (size.characters > room) break;
    if (typeof next.value !== "object" || next.value === null) continue;
    const depth = next.depth + 1;
    size.depth = Math.max(size.depth, depth);
    const keys = Array.isArray(next.value) ? [] : Object.keys(next.value);
    for (const key of keys) size.characters += key.length;
    const inside: unknown[] = Array.isArray(next.value) ? next.value : Object.values(next.value);
    size.values += inside.length;
    if (depth > JSON_MOST.depth || size.values > JSON_MOST.values || size.characters > room) break;
    for (const each of inside) open.push({ value: each, depth });
  }
  return size;
}

/**
 * Tokens for each character of a script, as upper bounds over the tokenizers in use (cl100k, o200k, Llama 3, Claude): a
 * quarter for ASCII, and a half for other alphabets with few letters. It is one for scripts with many signs, for
 * symbols and for each half of a surrogate pair. Ranges begin at their code unit and end at the next.
 */
const SCRIPTS: readonly (readonly [from: number, tokens: number])[] = [
  [0x0000, 1 / 4], // ASCII
  [0x0080, 1 / 2], // Latin with marks, Greek, Cyrillic, Armenian
  [0x0590, 3 / 4], // Hebrew, Arabic
  [0x0700, 1], // Indic, Thai, Georgian, Ethiopic and others
  [0x1e00, 1 / 2], // Latin and Greek with marks
  [0x2000, 1], // punctuation, symbols, Chinese, Japanese, Korean, surrogates, private use
];

/** The average length of a token of ASCII text, in characters. */
export const CHARS_PER_TOKEN = 4;

/** The estimated tokens of a text. */
export function estimateTokens(text: string): number {
  return Math.ceil(weighText(text));
}

/**
 * The same before it is rounded up, so that a whole weighs as much as its parts together. It costs one native scan for
 * ASCII, and a table look-up a character otherwise.
 */
export function weighText(text: string): number {
  // oxlint-disable-next-line no-control-regex -- the whole range is meant
  if (!/[^\u0000-\u007f]/u.test(text)) return text.length / CHARS_PER_TOKEN;
  let tokens = 0;
  for (let at = 0; at < text.length; at++) tokens += TOKENS[text.charCodeAt(at)] ?? 1;
  return tokens;
}

/** Tokens by code unit below the last range, where every character counts as one. */
const TOKENS = Float64Array.from({ length: SCRIPTS.at(-1)?.[0] ?? 0 }, (_, unit) =>
  SCRIPTS.reduce((found, [from, tokens]) => (unit >= from ? tokens : found), 1),
);

/** The beginning of a text that takes at most so many tokens, cut at whole characters. */
export function firstTokens(text: string, most: number): string {
  let tokens = 0;
  let at = 0;
  for (; at < text.length && tokens <= most; at++) tokens += TOKENS[text.charCodeAt(at)] ?? 1;
  return tokens <= most ? text : wholeStart(text, at - 1);
}

/** The first `most` code units of a text, without a half of a pair at the end. */
export function wholeStart(text: string, most: number): string {
  const last = text.charCodeAt(most - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? most - 1 : most);
}
