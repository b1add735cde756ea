// Single lines and bodies of a record in files: finds a line by its number with four bytes of index for each line.
import type { JournalFile } from "../../../../kernel/ports/files.ts";
import { FIRST_SEGMENT, nextSegment } from "../../../../kernel/ports/files.ts";
import type { BodyRef, StoredLines } from "../../../../kernel/ports/store.ts";
import { segmentFile } from "./folder.ts";
import type { HeldRecord } from "./hold.ts";

const BLOCK = 1024 * 1024;
const NEWLINE = 10;

/** A line begins with these bytes, and then its number. */
const NUMBER = /^\{"v":1,"seq":(\d+),/u;
const NUMBER_BYTES = 40;

/** Runs a function while the folders of a record are held open. */
export type Holding = <T>(use: (held: HeldRecord) => Promise<T>) => Promise<T>;

/** Where the lines of one segment begin, as far as it was read. */
class SegmentIndex {
  /** The number of the first line. */
  readonly first: number;
  #starts = new Uint32Array(256);
  count = 0;
  /** The byte behind the last whole line. */
  end = 0;

  constructor(first: number) {
    this.first = first;
  }

  /** Notes the whole lines that came since the last time. */
  async extend(file: JournalFile): Promise<void> {
    let start = this.end;
    for (let at = this.end; at < file.size;) {
      const block = await file.read(at, Math.min(at + BLOCK, file.size));
      if (block.length === 0) break;
      for (let hit = block.indexOf(NEWLINE); hit >= 0; hit = block.indexOf(NEWLINE, hit + 1)) {
        this.#note(start);
        start = at + hit + 1;
      }
      at += block.length;
    }
    this.end = start;
  }

  /** The first byte of a line; of the one behind the last, the end. */
  start(line: number): number {
    return line < this.count ? (this.#starts[line] ?? 0) : this.end;
  }

  #note(start: number): void {
    if (this.count === this.#starts.length) {
      const more = new Uint32Array(this.count * 2);
      more.set(this.#starts);
      this.#starts = more;
    }
    this.#starts[this.count] = start;
    this.count += 1;
  }
}

/** The lines and bodies of the record that `holding` holds. The index is made when it is first needed, segment by segment. */
export class FileLines implements StoredLines {
  readonly #holding: Holding;
  /** Segments in order, as far as one was ever looked for. */
  readonly #segments: { readonly name: string; readonly index: SegmentIndex }[] = [];

  constructor(holding: Holding) {
    this.#holding = holding;
  }

  at(seq: number): Promise<Uint8Array | undefined> {
    return this.#holding(async (held) => {
      const found = await this.#find(held, seq);
      if (found === undefined) return undefined;
      const { file, index, line } = found;
      return file.read(index.start(line), index.start(line + 1) - 1);
    });
  }

  async *read(after: number): AsyncGenerator<readonly Uint8Array[], void, void> {
    for (let seq = after + 1; ;) {
      const lines = await this.#holding((held) => this.#block(held, seq));
      if (lines.length === 0) return;
      seq += lines.length;
      yield lines;
    }
  }

  body({ file, offset, length }: BodyRef): Promise<Uint8Array | undefined> {
    return this.#holding(async (held) => {
      const from = /^\d{8}$/u.test(file) ? segmentFile(held, "bodies", file) : undefined;
      return from?.read(offset, Math.min(offset + length, from.size));
    });
  }

  /** Whole lines from this one on, about a megabyte of one segment. */
  async #block(held: HeldRecord, seq: number): Promise<Uint8Array[]> {
    const found = await this.#find(held, seq);
    if (found === undefined) return [];
    const { file, index, line } = found;
    const from = index.start(line);
    let last = line + 1;
    while (last < index.count && index.start(last + 1) - from <= BLOCK) last += 1;
    const bytes = await file.read(from, index.start(last));
    const lines: Uint8Array[] = [];
    for (let i = line; i < last; i++)
      lines.push(bytes.subarray(index.start(i) - from, index.start(i + 1) - 1 - from));
    return lines;
  }

  /** The segment that holds this line, with its index up to there. */
  async #find(
    held: HeldRecord,
    seq: number,
  ): Promise<{ file: JournalFile; index: SegmentIndex; line: number } | undefined> {
    const newest = this.#segments.at(-1);
    if (newest === undefined || seq >= newest.index.first + newest.index.count)
      await this.#discover(held, seq);
    const segment = this.#segments.findLast(({ index }) => index.first <= seq);
    const file = segment && segmentFile(held, "journal", segment.name);
    if (segment === undefined || file === undefined) return undefined;
    const { index } = segment;
    const line = seq - index.first;
    if (line >= index.count) await index.extend(file);
    return line < index.count ? { file, index, line } : undefined;
  }

  /** Looks for the segments behind those that are known, up to the one that begins behind this line. */
  async #discover(held: HeldRecord, seq: number): Promise<void> {
    held.look();
    for (;;) {
      const newest = this.#segments.at(-1);
      if (newest !== undefined && newest.index.first > seq) return;
      const name = newest === undefined ? FIRST_SEGMENT : nextSegment(newest.name);
      const file = segmentFile(held, "journal", name);
      const start = file && Buffer.from(await file.read(0, NUMBER_BYTES)).toString("latin1");
      const first = start === undefined ? undefined : NUMBER.exec(start)?.[1];
      if (first === undefined) return; // it is not there, or nothing was written to it yet
      // Another call may have found it meanwhile.
      if (this.#segments.at(-1) === newest)
        this.#segments.push({ name, index: new SegmentIndex(Number(first)) });
    }
  }
}
