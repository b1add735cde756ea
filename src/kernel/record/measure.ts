// Measures of a JSON text, taken before it is parsed: how deep it nests, and how much it holds.
import { MAX_NESTING } from "./line.ts";

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPENS, CLOSES] = [new Set([0x5b, 0x7b]), new Set([0x5d, 0x7d])];

/** Up to this many bytes a line cannot nest so deep that parsing it takes long. */
const SHORT = 64 * 1024;

/** Why a long line is not parsed: it nests deeper than any record. */
export function whyTooDeep(bytes: Uint8Array): string | undefined {
  const depth = bytes.length > SHORT ? measure(bytes).depth : 0;
  return depth > MAX_NESTING ? `it is nested ${depth} deep` : undefined;
}

/** What a JSON text holds, told without parsing it: how deep it nests, how many lists and objects, how many values. */
interface Measure {
  readonly depth: number;
  readonly lists: number;
  readonly values: number;
}

/** Measures a JSON text. Any other text gets some measure, too. */
export function measure(bytes: Uint8Array): Measure {
  let depth = 0;
  let deepest = 0;
  let lists = 0;
  let commas = 0;
  let quoted = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) quoted = !quoted;
    else if (quoted) at += byte === BACKSLASH ? 1 : 0;
    else if (byte === COMMA) commas += 1;
    else if (OPENS.has(byte)) {
      lists += 1;
      depth += 1;
      deepest = Math.max(deepest, depth);
    } else if (CLOSES.has(byte)) depth -= 1;
  }
  return { depth: deepest, lists, values: lists + commas };
}
