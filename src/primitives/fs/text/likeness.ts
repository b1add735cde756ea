// Likeness: how near a name is to one that is not there, from the same look to a slip of the keys.
import { lookOf } from "../../../abi/quoted.ts";

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
