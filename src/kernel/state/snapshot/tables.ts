// Tables of what several rows share: each thing stands in one place, and rows refer to it by its number.

/** Numbers things in the order in which they are first asked for. */
export class Numbered<T> {
  readonly #numbers = new Map<T, number>();

  /** The number of one thing; the same thing has the same number. */
  of(thing: T): number {
    const known = this.#numbers.get(thing);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(thing, number);
    return number;
  }

  /** All numbered things, in the order of their numbers. */
  all(): T[] {
    return [...this.#numbers.keys()];
  }
}

/** Numbers values by their JSON text, so that equal ones stand in the table once. */
export class Shared<T> {
  readonly #texts = new Map<string, number>();
  readonly #values: T[] = [];

  of(value: T): number {
    const text = JSON.stringify(value);
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    this.#texts.set(text, this.#values.length);
    return this.#values.push(value) - 1;
  }

  /** All values, in the order of their numbers. */
  all(): readonly T[] {
    return this.#values;
  }
}

/** The thing of a number. A number that is not in the table is a fault of the snapshot, which is then left unused. */
export function at<T>(table: readonly T[], number: number): T {
  const thing = table[number];
  if (thing === undefined) throw new RangeError(`the table has no row ${number}`);
  return thing;
}

/** An entry of a map as a row. A value that is undefined is left out, because JSON has none. */
export type Pair<K, V> = readonly [K, V] | readonly [K];

/** A map as rows; undefined for one that is not there. */
export function pairsOf<K, V>(map: ReadonlyMap<K, V> | undefined): Pair<K, V>[] | undefined {
  return map && [...map].map((pair) => (pair[1] === undefined ? [pair[0]] : pair));
}

/** The map of such rows. */
export function mapOf<K, V>(pairs: readonly Pair<K, V>[] | undefined): Map<K, V> | undefined {
  // A pair without a value had the value undefined, which its type then allows.
  return pairs && new Map(pairs.map(([key, value]) => [key, value as V]));
}
