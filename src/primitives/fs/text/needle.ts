// Needles: exact texts to look for, found in time linear in the text, whatever both of them are.

/**
 * Up to this length the engine's own search is used. It compares every place of a text anew. On texts made against it,
 * a needle of 100,000 characters takes a minute in 4 MB.
 */
const SHORT = 32;

/** A text to look for (Knuth, Morris and Pratt when it is long). It must not be empty. */
export class Needle {
  readonly text: string;
  /** For each length of a beginning, the longest shorter beginning that it ends with; undefined when short. */
  readonly #back: Int32Array | undefined;

  constructor(text: string) {
    this.text = text;
    this.#back = text.length > SHORT ? backSteps(text) : undefined;
  }

  /** True when the text holds the needle. */
  isIn(text: string): boolean {
    return this.#back === undefined ? text.includes(this.text) : !(this.places(text).next().done === true);
  }

  /** The positions of the needle in order; with `overlapping` also those that begin inside an earlier one. */
  *places(text: string, overlapping = false): Generator<number, undefined> {
    const { length } = this.text;
    const back = this.#back;
    if (back === undefined) {
      const step = overlapping ? 1 : length;
      for (let at = text.indexOf(this.text); at >= 0; at = text.indexOf(this.text, at + step)) yield at;
      return undefined;
    }
    let held = 0;
    for (let at = 0; at < text.length; at++) {
      const c = text.charCodeAt(at);
      while (held > 0 && this.text.charCodeAt(held) !== c) held = back[held - 1] ?? 0;
      if (this.text.charCodeAt(held) === c) held += 1;
      if (held < length) continue;
      yield at - length + 1;
      held = overlapping ? (back[held - 1] ?? 0) : 0;
    }
    return undefined;
  }
}

function backSteps(text: string): Int32Array {
  const back = new Int32Array(text.length);
  let held = 0;
  for (let at = 1; at < text.length; at++) {
    while (held > 0 && text.charCodeAt(held) !== text.charCodeAt(at)) held = back[held - 1] ?? 0;
    if (text.charCodeAt(held) === text.charCodeAt(at)) held += 1;
    back[at] = held;
  }
  return back;
}
