// Reads a journal's files: lines in blocks, and bodies in the order in which records name them.
import type { Defect, Digests, JournalFile } from "../ports.ts";
import { MAX_LINE, textOf, unpackBodies, type BodyRef } from "./line.ts";

const BLOCK = 1024 * 1024;

/** One line without its newline; the last one of a file may have none. */
export interface RawLine {
  readonly bytes: Uint8Array;
  readonly byte: number;
  readonly ended: boolean;
}

/**
 * Gives the lines of a file from byte `first` on, one block at a time. A line over the limit is given as far as it was
 * read: it is not ended, and it is the last.
 */
export async function* readJournalLines(file: JournalFile, first: number): AsyncGenerator<RawLine[]> {
  let rest: Uint8Array = new Uint8Array(0);
  let start = first;
  for (let at = first; at < file.size;) {
    const block = await file.read(at, Math.min(at + BLOCK, file.size));
    if (block.length === 0) break;
    at += block.length;
    const buffer = rest.length === 0 ? block : concat(rest, block);
    const lines: RawLine[] = [];
    let from = 0;
    for (let end = buffer.indexOf(10, rest.length); end >= 0; end = buffer.indexOf(10, from)) {
      lines.push({ bytes: buffer.subarray(from, end), byte: start + from, ended: true });
      from = end + 1;
    }
    rest = buffer.subarray(from);
    start += from;
    if (lines.length > 0) yield lines;
    if (rest.length > MAX_LINE) break;
  }
  if (rest.length > 0) yield [{ bytes: rest, byte: start, ended: false }];
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}

/** Reads the bodies of one segment. Records must name bodies one after another, so that every byte is named. */
export class BodyReader {
  readonly #file: JournalFile | undefined;
  readonly name: string;
  readonly #digests: Digests;
  #block: Uint8Array = new Uint8Array(0);
  #blockAt = 0;
  /** Every byte before this one was named by a record. */
  next: number;

  constructor(name: string, file: JournalFile | undefined, digests: Digests, next: number) {
    this.name = name;
    this.#file = file;
    this.#digests = digests;
    this.next = next;
  }

  get size(): number {
    return this.#file?.size ?? 0;
  }

  /** Replaces each reference in a line's data by its body. Returns the first mismatch, and where it is. */
  async fill(line: { data: unknown }): Promise<{ what: string; at?: Defect } | undefined> {
    const unpacked = unpackBodies(line.data);
    if (unpacked === undefined) return { what: "it refers to a body in no known way" };
    for (const { ref, fill } of unpacked.slots) {
      const body = await this.#read(ref);
      if ("what" in body) {
        const at = { file: `bodies/${this.name}`, line: 0, byte: ref.offset, what: body.what };
        return { what: `it does not fit its body: ${body.what}`, at };
      }
      fill(body.text);
    }
    line.data = unpacked.data;
    return undefined;
  }

  async #read(ref: BodyRef): Promise<{ text: string } | { what: string }> {
    const { offset, length } = ref;
    if (ref.file !== this.name || offset !== this.next)
      return { what: `byte ${this.next} of bodies/${this.name} is next` };
    if (offset + length > this.size) return { what: `the file ends at byte ${this.size}` };
    const bytes = await this.#bytes(offset, offset + length);
    if (this.#digests.sha256(bytes) !== ref.sha256)
      return { what: `these ${length} bytes are not what was written` };
    this.next = offset + length;
    const text = textOf(bytes);
    return text === undefined ? { what: "these bytes are no UTF-8" } : { text };
  }

  async #bytes(from: number, to: number): Promise<Uint8Array> {
    if (from < this.#blockAt || to > this.#blockAt + this.#block.length) {
      this.#block =
        (await this.#file?.read(from, Math.min(Math.max(to, from + BLOCK), this.size))) ?? this.#block;
      this.#blockAt = from;
    }
    return this.#block.subarray(from - this.#blockAt, to - this.#blockAt);
  }
}
