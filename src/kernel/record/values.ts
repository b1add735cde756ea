// Known values: secrets that became known at run time, found in a text plainly and in the usual encodings.
import { formsOf, decodingsOf } from "./encodings.ts";
import { Finder } from "./finder.ts";

/** A value shorter than this is ignored: it would be found everywhere. */
const LEAST = 6;
/** What an escape begins with, and a line end; most texts have none of them, and looking for one mark costs nothing. */
const MARKS: readonly (readonly [mark: string, pattern: RegExp])[] = [
  ["%", /%[0-9A-Fa-f]{2}/u],
  ["&", /&(?:#|quot|apos|amp|lt|gt)/u],
  ["\\", /\\["'`\\/bfnrtux]/u],
  ["\n", /(?<=[A-Za-z0-9+/]{40}[ \t]*\r?)\n/u],
];

/** The end of a line of base64, which the next line may continue. */
const WRAPPED = /[A-Za-z0-9+/]{40}[ \t]*\r?\n$/u;

/** True when a value counts only as a whole word: it is so short or plain that it would be found inside others. */
function isWord(value: string): boolean {
  const mixed = /[0-9]/u.test(value) && /[G-Zg-z]/u.test(value);
  return value.length < (mixed ? 8 : 12);
}

/** A set of values to look for. */
export class KnownValues {
  readonly #values = new Set<string>();
  /** Those that are more than one word. */
  readonly #phrases: string[] = [];
  #finder: Finder<{ readonly word: boolean }> | undefined;

  get size(): number {
    return this.#values.size;
  }

  has(value: string): boolean {
    return this.#values.has(value);
  }

  /** Adds a value. A value under {@link LEAST} characters is ignored. */
  add(value: string): void {
    if (value.length < LEAST || this.#values.has(value)) return;
    this.#values.add(value);
    if (/\s/u.test(value)) this.#phrases.push(value);
    this.#finder = undefined;
  }

  /**
   * Where a text may go on as one of the values that is no single word: as a phrase, or in base64 that is cut into lines.
   * Its length when nowhere. `line` is where its last line begins.
   */
  openAt(text: string, line: number): number {
    if (this.#values.size === 0) return text.length;
    let open = text.length;
    for (const phrase of this.#phrases)
      for (let at = Math.max(0, text.length - phrase.length + 1); at < open; at++)
        if (phrase.startsWith(text.slice(at))) open = at;
    if (this.#phrases.length > 0 && /[%&\\]/u.test(text.slice(line))) open = Math.min(open, line);
    for (let at = line; at > 0 && WRAPPED.test(text.slice(Math.max(0, at - 64), at));) {
      at = text.lastIndexOf("\n", at - 2) + 1;
      open = Math.min(open, at);
    }
    return open;
  }

  /** The text with `instead` in the place of each known value; the text itself when it holds none. */
  replace(text: string, instead: string): string {
    if (this.#values.size === 0 || text.length < LEAST) return text;
    const spans = this.#spansOf(text);
    if (MARKS.some(([mark, pattern]) => text.includes(mark) && pattern.test(text))) {
      for (const reading of decodingsOf(text))
        for (const [from, to] of this.#spansOf(reading.text))
          spans.push([reading.place(from), reading.place(to)]);
      spans.sort(([a], [b]) => a - b);
    }
    if (spans.length === 0) return text;
    let out = "";
    let at = 0;
    for (const [from, to] of spans) {
      if (from >= at) out += text.slice(at, from) + instead;
      at = Math.max(at, to);
    }
    return out + text.slice(at);
  }

  /** The places of known values in order; overlapping ones are joined. */
  #spansOf(text: string): [from: number, to: number][] {
    this.#finder ??= this.#makeFinder();
    const spans: [number, number][] = [];
    for (let hit = this.#finder.next(text, 0); hit !== undefined; hit = this.#finder.next(text, hit.at + 1)) {
      const { at } = hit;
      const inWord = (end: number): boolean => /[A-Za-z0-9]/u.test(text.charAt(at - 1) + text.charAt(end));
      const longest = hit.found.find(({ end, of }) => !(of.word && inWord(end)));
      if (longest === undefined) continue;
      const last = spans.at(-1);
      if (last === undefined || at >= last[1]) spans.push([at, longest.end]);
      else last[1] = Math.max(last[1], longest.end);
    }
    return spans;
  }

  #makeFinder(): Finder<{ readonly word: boolean }> {
    const literals = new Map<string, { readonly word: boolean }>();
    for (const value of this.#values) {
      for (const form of formsOf(value)) literals.set(form, { word: form.length < 8 });
      literals.set(value, { word: isWord(value) });
    }
    return new Finder(literals);
  }
}
