// Reads a journal's files: lines in blocks, and bodies in the order in which records name them.
import type { Digests } from "../../ports.ts";
import type { Defect, JournalFile } from "../../ports/files.ts";
import type { BodyRef } from "../../ports/store.ts";
import { MAX_BODY, MAX_LINE, textOf, unpackBodies } from "../line.ts";

const BLOCK = 1024 * 1024;

/** One line without its newline; the last one of a file may have none. */
export interface RawLine {
  readonly bytes: Uint8Array;
  readonly byte: number;
  readonly ended: boolean;
}

/**
 * Gives the lines of a file from byte `first` on, one block at a time. A line of more than `most` bytes is given as far
 * as it was read: it is not ended, and it is the last.
 */
export async function* readJournalLines(
  file: JournalFile,
  first: number,
  most = MAX_LINE,
): AsyncGenerator<RawLine[]> {
  let begun: Uint8Array[] = [];
  let length = 0;
  let byte = first;
  for (let at = first; at < file.size;) {
    const block = await file.read(at, Math.min(at + BLOCK, file.size));
    if (block.length === 0) break;
    at += block.length;
    const lines: RawLine[] = [];
    let from = 0;
    for (let end = block.indexOf(10); end >= 0; end = block.indexOf(10, from)) {
      const bytes = joined(begun, block.subarray(from, end));
      lines.push({ bytes, byte, ended: true });
      byte += bytes.length + 1;
      from = end + 1;
      begun = [];
      length = 0;
    }
    const rest = block.subarray(from);
    begun.push(rest);
    length += rest.length;
    if (lines.length > 0) yield lines;
    if (length > most) break;
  }
  if (length > 0) yield [{ bytes: joined(begun, new Uint8Array(0)), byte, ended: false }];
}

function joined(parts: readonly Uint8Array[], last: Uint8Array): Uint8Array {
  if (parts.length === 0) return last;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, last.length));
  let at = 0;
  for (const part of [...parts, last]) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Reads the bodies of one segment. Records must name bodies one after another, so that every byte is named. */
export class BodyReader {
  readonly #file: JournalFile | undefined;
  readonly name: string;
  readonly #digests: Digests;
  #block: Uint8Array = new Uint8Array(0);
  #blockAt = 0;
  readonly #most: number;
  /** Every byte before this one was named by a record. */
  next: number;

  /** `next` is the first byte that no record has named yet; a body has at most `most` bytes. */
  constructor(name: string, file: JournalFile | undefined, digests: Digests, next: number, most = MAX_BODY) {
    this.name = name;
    this.#file = file;
    this.#digests = digests;
    this.next = next;
    this.#most = most;
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
        const at = { file: `bodies/${this.name}`, line: 0, byte: ref.offset, ...body };
        return { what: `it does not fit its body: ${body.what}`, at };
      }
      fill(body.text);
    }
    line.data = unpacked.data;
    return undefined;
  }

  async #read(ref: BodyRef): Promise<{ text: string } | Pick<Defect, "what" | "refused">> {
    const { offset, length } = ref;
    if (ref.file !== this.name || offset !== this.next)
      return { what: `byte ${this.next} of bodies/${this.name} is next` };
    if (length < 0 || length > this.#most)
      return { what: `no body that is read has ${length} bytes`, refused: length <= MAX_BODY };
    if (offset + length > this.size) return { what: `the file ends at byte ${this.size}` };
    const { sha256, text } = length > BLOCK ? await this.#pieces(offset, length) : await this.#whole(ref);
    if (sha256 !== ref.sha256) return { what: `these ${length} bytes are not what was written` };
    this.next = offset + length;
    return text === undefined ? { what: "these bytes are no UTF-8" } : { text };
  }

  async #whole({ offset, length }: BodyRef): Promise<{ sha256: string; text: string | undefined }> {
    const bytes = await this.#bytes(offset, offset + length);
    return { sha256: this.#digests.sha256(bytes), text: textOf(bytes) };
  }

  /** Reads a long body one block at a time, so that only its text is held whole. */
  async #pieces(offset: number, length: number): Promise<{ sha256: string; text: string | undefined }> {
    const sum = this.#digests.begin();
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    let text: string | undefined = "";
    for (let at = 0; at < length;) {
      const bytes = await this.#file?.read(offset + at, offset + Math.min(at + BLOCK, length));
      if (bytes === undefined || bytes.length === 0) break;
      at += bytes.length;
      sum.add(bytes);
      text = appended(text, decoder, bytes, at < length);
    }
    return { sha256: sum.end(), text };
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

/** The text with the next bytes behind it; undefined when these are no UTF-8. */
function appended(
  text: string | undefined,
  decoder: InstanceType<typeof TextDecoder>,
  bytes: Uint8Array,
  more: boolean,
): string | undefined {
  try {
    return text === undefined ? undefined : text + decoder.decode(bytes, { stream: more });
  } catch {
    return undefined;
  }
}
