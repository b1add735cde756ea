// Excerpts: a line with a match as the part of it that holds the match, in whole characters.
import type { Fault } from "../../../abi/errors.ts";

/** The longest excerpt of a line, and the most of it that stands before the match, in UTF-16 units. */
const MAX_EXCERPT = 400;
const MAX_BEFORE = 120;

/** Finds a pattern in lines without ever holding up the host; ETIMEDOUT when a pattern takes too long. */
export interface LineMatcher {
  /** The first `limit` lines after line `from` that match. */
  match(text: string, limit: number, from: number): Promise<readonly FoundLine[] | Fault>;
  /** Ends a match that runs with EINTR, and every later one. A second time does nothing. */
  readonly close: () => void;
}

/** A line with a match. Line and column of its first match count from 1, columns by whole characters. */
export interface FoundLine {
  readonly line: number;
  readonly column: number;
  /** A part of the line around the match, and where the match begins in it. Lengths are in UTF-16 units. */
  readonly part: string;
  readonly at: number;
  /** How much of the line lies before the part and after it. */
  readonly before: number;
  readonly after: number;
}

const isLow = (text: string, at: number): boolean => (text.charCodeAt(at) & 0xfc00) === 0xdc00;

/** The positions between which an excerpt around `at` lies: whole characters, and no mark without its letter. */
export function excerptRange(text: string, at: number): { from: number; to: number } {
  let from =
    text.length <= MAX_EXCERPT ? 0 : Math.max(0, Math.min(at - MAX_BEFORE, text.length - MAX_EXCERPT));
  while (from > 0 && from < at && (isLow(text, from) || /^\p{M}/u.test(text.slice(from, from + 2)))) from++;
  let to = Math.min(text.length, from + MAX_EXCERPT);
  if (to < text.length && isLow(text, to)) to--;
  return { from, to };
}

/** The excerpt of a line that was found, with a sign where something is left out. */
export function excerptOf({ part, at, before, after }: FoundLine): string {
  const { from, to } = excerptRange(part, at);
  const start = before + from > 0 ? "…" : "";
  const end = after + part.length - to > 0 ? "…" : "";
  return ownText(start + part.slice(from, to) + end);
}

/**
 * A copy of a text, well formed. A part of a string keeps the whole string in memory. So 200 matches would hold 200
 * files for as long as their result lives.
 */
function ownText(text: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(text));
}
