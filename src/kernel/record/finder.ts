// The finder: finds the places of many literals in a text with one look at each character, however many there are.

/** A literal that was found: where it ends, and what it stands for. */
export interface Found<T> {
  readonly end: number;
  readonly of: T;
}

/** A place where literals begin, the longest first. */
export interface Hit<T> {
  readonly at: number;
  readonly found: readonly [Found<T>, ...Found<T>[]];
}

/** The shortest literal that can be looked for. */
export const SHORTEST = 3;

interface Bucket<T> {
  readonly literals: Map<string, T>;
  /** Matches the longest of the literals at one place; made at the first look. */
  pattern?: RegExp;
  /** The literals that a longer one begins with; made at the first look. */
  within?: Map<string, readonly string[]>;
}

const HASH = 0x7fff;

/**
 * Looks for literals of at least {@link SHORTEST} characters. A table over all runs of three characters tells where none
 * can begin; only elsewhere are the literals compared. The expression of a bucket shares common beginnings, so many
 * literals that begin alike cost no more than one.
 */
export class Finder<T> {
  readonly #may = new Uint8Array(HASH + 1);
  readonly #buckets = new Map<string, Bucket<T>>();

  constructor(literals: Iterable<readonly [string, T]>) {
    for (const [literal, of] of literals) {
      let hash = 0;
      for (let i = 0; i < SHORTEST; i++) hash = ((hash << 5) ^ literal.charCodeAt(i)) & HASH;
      this.#may[hash] = 1;
      const start = literal.slice(0, SHORTEST);
      const bucket = this.#buckets.get(start) ?? { literals: new Map<string, T>() };
      bucket.literals.set(literal, of);
      this.#buckets.set(start, bucket);
    }
  }

  /** The first place at or after `from` where a literal begins; undefined when there is none. */
  next(text: string, from: number): Hit<T> | undefined {
    const may = this.#may;
    let hash = 0;
    for (let i = from; i < text.length; i++) {
      hash = ((hash << 5) ^ text.charCodeAt(i)) & HASH;
      if (may[hash] === 0 || i < from + SHORTEST - 1) continue;
      const at = i - SHORTEST + 1;
      const bucket = this.#buckets.get(text.slice(at, i + 1));
      const hit = bucket === undefined ? undefined : hitAt(bucket, text, at);
      if (hit !== undefined) return hit;
    }
    return undefined;
  }
}

function hitAt<T>(bucket: Bucket<T>, text: string, at: number): Hit<T> | undefined {
  const { literals } = bucket;
  bucket.pattern ??= anyOf([...literals.keys()]);
  bucket.pattern.lastIndex = at;
  const longest = bucket.pattern.exec(text)?.[0];
  const of = longest === undefined ? undefined : literals.get(longest);
  if (longest === undefined || of === undefined) return undefined;
  bucket.within ??= new Map<string, readonly string[]>();
  let shorter = bucket.within.get(longest);
  if (shorter === undefined) {
    shorter = [...literals.keys()].filter((l) => l !== longest && longest.startsWith(l));
    bucket.within.set(longest, shorter);
  }
  const found: [Found<T>, ...Found<T>[]] = [{ end: at + longest.length, of }];
  for (const literal of shorter) {
    const also = literals.get(literal);
    if (also !== undefined) found.push({ end: at + literal.length, of: also });
  }
  return { at, found };
}

function anyOf(literals: string[]): RegExp {
  const sorted = literals.sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  return new RegExp(sorted.map((l) => l.replace(/[\\^$.*+?()[\]{}|/]/gu, "\\$&")).join("|"), "y");
}
