// Plain text: finding it in lines without a pattern. It never takes long, so it needs no thread.
import { Needle } from "../text/needle.ts";
import type { FoundLine, LineMatcher } from "../text/excerpt.ts";
import { linesOf } from "../text/text.ts";

/** The place in `line` that a place in its lower-case form comes from; a few characters have a longer one. */
function unfolded(line: string, folded: string, at: number): number {
  if (folded.length === line.length) return at;
  let past = 0;
  let original = 0;
  for (const c of line) {
    past += c.toLowerCase().length;
    if (past > at) break;
    original += c.length;
  }
  return original;
}

/** The column of a place in a line, from 1, by whole characters. */
function columnOf(line: string, at: number): number {
  let column = 1;
  for (const _ of line.slice(0, at)) column += 1;
  return column;
}

/** Builds the matcher of a text, with or without regard to case. */
export function plainMatcher(query: string, ignoreCase: boolean): LineMatcher {
  const fold = (text: string): string => (ignoreCase ? text.toLowerCase() : text);
  const wanted = new Needle(fold(query));
  return {
    async match(text, limit, from) {
      if (!wanted.isIn(fold(text))) return [];
      const hits: FoundLine[] = [];
      let number = 0;
      for (const line of linesOf(text)) {
        number += 1;
        if (number <= from) continue;
        const folded = fold(line);
        const found = wanted.places(folded).next().value;
        if (found === undefined) continue;
        const at = unfolded(line, folded, found);
        hits.push({ line: number, column: columnOf(line, at), part: line, at, before: 0, after: 0 });
        if (hits.length >= limit) break;
      }
      return hits;
    },
    close: () => undefined,
  };
}
