// Output of a command as its model gets it: the beginning and the end, and how much is left out between.

/** How many characters of the beginning and of the end are kept. */
export const HEAD = 8_000;
export const TAIL = 24_000;

/** Collects what a command puts out. It holds no more than it gives. */
export class KeptOutput {
  #head = "";
  #tail = "";
  #length = 0;

  push(text: string): void {
    this.#length += text.length;
    const room = HEAD - this.#head.length;
    if (room > 0) this.#head += text.slice(0, room);
    this.#tail += room > 0 ? text.slice(room) : text;
    if (this.#tail.length > 2 * TAIL) this.#tail = this.#tail.slice(-TAIL);
  }

  /** The whole text, or its beginning and end in whole lines where there are lines. */
  get text(): string {
    const tail = this.#tail.slice(-TAIL);
    if (this.#head.length + tail.length >= this.#length) return (this.#head + tail).toWellFormed();
    const from = tail.indexOf("\n") + 1;
    const to = this.#head.lastIndexOf("\n") + 1;
    const head = to > 0 ? this.#head.slice(0, to) : `${this.#head}\n`;
    const end = from > 0 && from < tail.length ? tail.slice(from) : tail;
    const omitted = this.#length - head.length - end.length;
    return `${head}[… ${omitted} characters are left out here …]\n${end}`.toWellFormed();
  }
}
