// Parts of text files: one pass over the bytes decodes, counts and collects, whatever the size of the file.
import type {
  FileForm,
  LikelyEncodings,
  Lines,
  NoText,
  TextRange,
} from "../../../../primitives/fs/text/form.ts";
import { Digest, readWhole, stream } from "../bytes.ts";
import { refuse } from "../errno.ts";
import type { Node } from "../node.ts";
import { BROKEN, decode, passIn, takeSample, toldBy, unicodePass, type Pass } from "./encoding.ts";

/** Files up to this size are decoded whole, which takes one pass in every encoding. */
const WHOLE = 1024 * 1024;

/** The number of whole characters of a text. */
function lengthOf(text: string): number {
  let count = text.length;
  if (!/[\u{10000}-\u{10ffff}]/u.test(text)) return count;
  for (let at = 0; at < text.length; at++) if ((text.charCodeAt(at) & 0xfc00) === 0xdc00) count--;
  return count;
}

/** The largest end of a text at or before `end` that cuts no character and no CR LF. */
function wholeEnd(text: string, end: number): number {
  const cuts = (text.charCodeAt(end) & 0xfc00) === 0xdc00 || (text[end] === "\n" && text[end - 1] === "\r");
  return end > 0 && end < text.length && cuts ? end - 1 : end;
}

/** The position of a column, from 0, counted in whole characters. */
function positionOf(text: string, characters: number): number {
  let at = 0;
  for (let n = 0; n < characters && at < text.length; n++) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  return at;
}

/** Takes a text chunk by chunk and keeps what a range wants of it. No chunk ends inside a character. */
class Collector {
  readonly range: TextRange;
  readonly ends = { lf: 0, crlf: 0, cr: 0 };
  ascii = true;
  characters = 0;
  /** The line that is passing by, and how many of its characters have passed. */
  #line = 1;
  #passed = 0;
  /** The characters of the first wanted line, and of the line that was cut. */
  #columns = 0;
  #cutColumns = 0;
  #pieces: string[] = [];
  #room: number;
  /** Where the last kept line begins among the pieces, and the room that there was before it. */
  #begins = { line: 0, pieces: 0, room: 0 };
  #next: { line: number; column: number } | undefined;
  /** The line and column of the last character that is kept. */
  #reached = { line: 0, column: 0 };
  #breaks: "\n" | "\r" | undefined;
  #ends = true;
  #held = "";

  constructor(range: TextRange) {
    this.range = range;
    this.#room = range.max;
  }

  push(given: string): void {
    // A CR at the end of a chunk may belong to a LF in the next one.
    const text = this.#held + given;
    this.#held = text.endsWith("\r") ? "\r" : "";
    this.#take(this.#held === "" ? text : text.slice(0, -1));
  }

  #take(text: string): void {
    if (text === "") return;
    this.#breaks ??= text.includes("\r") && !text.includes("\n") ? "\r" : "\n";
    this.#count(text);
    for (let at = 0; at < text.length;) {
      const end = text.indexOf(this.#breaks, at);
      const to = end < 0 ? text.length : end + 1;
      this.#pass(text.slice(at, to), end >= 0);
      at = to;
    }
  }

  #count(text: string): void {
    this.characters += lengthOf(text);
    if (this.ascii)
      for (let at = 0; at < text.length && this.ascii; at++) this.ascii = text.charCodeAt(at) < 128;
    const returns = text.includes("\r");
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) {
      if (returns && text[at - 1] === "\r") this.ends.crlf++;
      else this.ends.lf++;
    }
    if (!returns) return;
    for (let at = text.indexOf("\r"); at >= 0; at = text.indexOf("\r", at + 1))
      if (text[at + 1] !== "\n") this.ends.cr++;
  }

  /** Takes a part of one line; `closes` when its line end is in it. */
  #pass(part: string, closes: boolean): void {
    const { first, last } = this.range;
    const wanted = this.#line >= first && this.#line <= last;
    if (wanted && this.#next === undefined) this.#keep(part);
    if (wanted) {
      const length = lengthOf(part);
      const columns = this.#passed + length - (!closes ? 0 : part.endsWith("\r\n") ? 2 : 1);
      if (this.#line === first) this.#columns = columns;
      if (this.#line === (this.#next?.line ?? last)) this.#cutColumns = columns;
      this.#passed += length;
    }
    this.#ends = closes;
    if (!closes) return;
    this.#line++;
    this.#passed = 0;
  }

  #keep(part: string): void {
    const { first, column, last, lastColumn } = this.range;
    const from = this.#line === first ? Math.max(0, column - 1 - this.#passed) : 0;
    const to = this.#line === last ? lastColumn - this.#passed : Infinity;
    if (to <= 0) return;
    const start = from === 0 ? 0 : positionOf(part, from);
    const kept = part.slice(start, to >= part.length ? part.length : positionOf(part, to));
    if (kept === "") return;
    if (this.#begins.line !== this.#line) {
      this.#begins = { line: this.#line, pieces: this.#pieces.length, room: this.#room };
      this.#room -= this.range.perLine;
    }
    const room = wholeEnd(kept, Math.max(0, Math.min(this.#room, kept.length)));
    if (room < kept.length) return this.#cut(kept.slice(0, room), from);
    this.#pieces.push(kept);
    this.#room -= kept.length;
    this.#reached = { line: this.#line, column: this.#passed + from + lengthOf(kept) };
  }

  /** Ends the answer: before this line if it holds an earlier one, else inside it. */
  #cut(fits: string, from: number): void {
    const { line, pieces } = this.#begins;
    if (pieces > 0) {
      this.#pieces.length = pieces;
      this.#next = { line, column: 1 };
      this.#reached = { line: line - 1, column: Infinity };
      return;
    }
    this.#pieces.push(fits);
    this.#reached = { line: this.#line, column: this.#passed + from + lengthOf(fits) };
    this.#next = { line: this.#line, column: this.#reached.column + 1 };
  }

  /** The collected result, once all of the text has been given. */
  finish(): Omit<Lines, "encoding" | "sha256" | "size"> {
    const held = this.#held;
    this.#held = "";
    this.#take(held);
    const total = this.characters === 0 ? 0 : this.#line - (this.#ends ? 1 : 0);
    const { first, last, lastColumn } = this.range;
    const { line, column } = this.#reached;
    const reached = line === 0 ? Math.min(first - 1, total) : line;
    const next = this.#next;
    const cut =
      line > 0 &&
      column <= this.#cutColumns &&
      (next?.line === line || (line === last && lastColumn < Infinity));
    const inside = cut && column < this.#cutColumns;
    return {
      text: this.#pieces.join(""),
      ...{ first, last: reached, total, characters: this.characters, columns: this.#columns },
      ...{ ends: this.ends, ascii: this.ascii },
      ...(inside ? { cut: { column, columns: this.#cutColumns } } : {}),
      ...(next === undefined ? {} : { next }),
    };
  }
}

type Told = NoText & { readonly size: number; readonly sha256: string };

/** A part of a text file, or why it is no text. */
export async function readLines(
  node: Node,
  range: TextRange,
  likely: () => Promise<LikelyEncodings>,
  signal: AbortSignal,
): Promise<Lines | Told> {
  if (node.kind === "file" && node.stat.size <= BigInt(WHOLE)) {
    const { bytes, sha256, size } = await readWhole(node, WHOLE, signal);
    const decoded = await decode(bytes, likely);
    if (!("text" in decoded)) return { ...decoded, sha256, size };
    const collector = new Collector(range);
    collector.push(decoded.text);
    return { ...collector.finish(), encoding: decoded.encoding, sha256, size };
  }
  return readLong(node, range, likely, signal);
}

/** Encoding and line ends of a whole file. */
export async function formOf(
  node: Node,
  likely: () => Promise<LikelyEncodings>,
  signal: AbortSignal,
): Promise<FileForm | NoText> {
  const nothing = { first: 1, column: 1, last: 0, lastColumn: Infinity, max: 0, perLine: 0 };
  return readLines(node, nothing, likely, signal);
}

/** A sample for a guess: bytes from the first line on that says something about the encoding. */
class Sample {
  bytes: Buffer | undefined;

  push(chunk: Buffer): void {
    const part = this.bytes === undefined ? takeSample(chunk) : undefined;
    if (part !== undefined) this.bytes = Buffer.from(part);
  }
}

type Read = Omit<Lines, "encoding" | "sha256" | "size">;

/** Reads a long file once; undefined when its bytes are not in the encoding of the pass. */
async function readOnce(
  node: Node,
  range: TextRange,
  begin: (first: Buffer) => Pass,
  each: (bytes: Buffer, isWhole: boolean) => void,
  signal: AbortSignal,
): Promise<Read | undefined> {
  const collector = new Collector(range);
  let pass: Pass | undefined;
  let fits = true;
  const take = (bytes: Uint8Array, isLast: boolean): void => {
    const text = fits ? pass?.(bytes, isLast) : undefined;
    if (text === undefined) fits = false;
    else collector.push(text);
  };
  await stream(node, signal, (bytes, isWhole) => {
    each(bytes, isWhole);
    pass ??= begin(bytes);
    take(bytes, false);
  });
  take(new Uint8Array(), true);
  return fits ? collector.finish() : undefined;
}

/** The same for a file that is read chunk by chunk; each encoding that is tried takes one more pass. */
async function readLong(
  node: Node,
  range: TextRange,
  likely: () => Promise<LikelyEncodings>,
  signal: AbortSignal,
): Promise<Lines | Told> {
  const digest = new Digest();
  const sample = new Sample();
  let size = 0;
  let told = toldBy(new Uint8Array());
  const unicode = await readOnce(
    node,
    range,
    (first) => {
      told = toldBy(first);
      return unicodePass(told.label, told.mark);
    },
    (bytes, isWhole) => {
      digest.push(bytes, isWhole);
      sample.push(bytes);
      size += bytes.length;
    },
    signal,
  );
  const sha256 = digest.hex();
  if (unicode !== undefined) return { ...unicode, encoding: told.encoding, sha256, size };
  if (told.mark > 0) return { ...BROKEN, sha256, size };
  const { candidatesFor, noneFits } = await import("./guess.ts");
  const candidates = await candidatesFor(sample.bytes ?? Buffer.alloc(0), likely, false);
  if ("why" in candidates) return { ...candidates, sha256, size };
  for (const encoding of candidates) {
    const again = new Digest();
    const pass = await passIn(encoding);
    const check = (bytes: Buffer, isWhole: boolean): void => again.push(bytes, isWhole);
    const read = await readOnce(node, range, () => pass, check, signal);
    if (again.hex() !== sha256) refuse("ESTALE", "It changed while it was read.", "Read it again.");
    if (read !== undefined) return { ...read, encoding, sha256, size };
  }
  return { ...noneFits(candidates), sha256, size };
}
