// Bytes of regular files: whole within a bound, by lines, or only their digest, read through descriptors that never block.
import { createHash, hash, type Hash } from "node:crypto";
import fs from "node:fs";
import { promisify } from "node:util";
import type { Bytes, Lines } from "../../../primitives/fs/backend.ts";
import { refuse } from "./errno.ts";
import { openToRead, type Node } from "./node.ts";

/** Above this a file is neither read nor hashed: it would hold a call for seconds. */
export const MAX_HASHED = 256 * 1024 * 1024;
/** Up to this a file is read in one synchronous step, which is faster than any hand-over to another thread. */
const AT_ONCE = 128 * 1024;
const CHUNK = 1024 * 1024;
const NEWLINE = 10;
const read = promisify(fs.read);
/** The buffer of synchronous reads. Each read is copied out before the next one begins. */
const scratch = Buffer.allocUnsafeSlow(AT_ONCE + 1);

export function sha256(bytes: Uint8Array): string {
  return hash("sha256", bytes, "hex");
}

/** A digest of chunks. Most files are one chunk, and its digest is made in one step. */
class Digest {
  #hash: Hash | undefined;
  #whole: string | undefined;

  push(bytes: Uint8Array, isWhole: boolean): void {
    if (isWhole) this.#whole = sha256(bytes);
    else (this.#hash ??= createHash("sha256")).update(bytes);
  }

  hex(): string {
    return this.#whole ?? (this.#hash ?? createHash("sha256")).digest("hex");
  }
}

/** Calls back with each chunk in order; `isWhole` when it is all there is. A file that grows meanwhile ends at the bound; the digest says what was read. */
async function stream(
  node: Node,
  signal: AbortSignal,
  chunk: (bytes: Buffer, isWhole: boolean) => void,
): Promise<void> {
  if (node.stat.size > BigInt(MAX_HASHED)) {
    refuse(
      "E2BIG",
      `It has ${node.stat.size} bytes; files over ${MAX_HASHED} are not read.`,
      "Work on a smaller file.",
    );
  }
  const fd = openToRead(node);
  try {
    let sum = 0;
    if (signal.aborted) refuse("EINTR", "Interrupted.");
    if (node.stat.size <= BigInt(AT_ONCE)) {
      // One byte of room more than the file had shows at once that it has ended.
      const room = Math.max(Number(node.stat.size) + 1, 4096);
      const n = fs.readSync(fd, scratch, 0, room, 0);
      const isWhole = n < room && n >= Number(node.stat.size);
      if (n > 0) chunk(scratch.subarray(0, n), isWhole);
      if (n === 0 || isWhole) return;
      sum = n;
    }
    const buffer = Buffer.allocUnsafe(CHUNK);
    while (sum <= MAX_HASHED) {
      if (signal.aborted) refuse("EINTR", "Interrupted.");
      const n = (await read(fd, buffer, 0, buffer.length, sum)).bytesRead;
      if (n === 0) return;
      chunk(buffer.subarray(0, n), false);
      sum += n;
    }
    refuse("E2BIG", "It grew too large while it was read.");
  } finally {
    fs.closeSync(fd);
  }
}

/** A whole file of at most `max` bytes. */
export async function readWhole(node: Node, max: number, signal: AbortSignal): Promise<Bytes> {
  const tooLarge = (): never =>
    refuse(
      "E2BIG",
      `It has ${node.stat.size} bytes, over ${max}.`,
      "Read it in parts with start_line and end_line.",
    );
  if (node.kind === "file" && node.stat.size > BigInt(max)) tooLarge();
  const parts: Buffer[] = [];
  let size = 0;
  await stream(node, signal, (bytes) => {
    size += bytes.length;
    if (size > max) tooLarge();
    parts.push(Buffer.from(bytes));
  });
  const bytes = parts.length === 1 ? (parts[0] ?? Buffer.alloc(0)) : Buffer.concat(parts);
  return { bytes, sha256: sha256(bytes), size };
}

/** The mark of a thing's content; a file too large to hash is told by identity, size and time. */
export async function markOf(node: Node, signal: AbortSignal): Promise<string> {
  const { size, mtimeNs } = node.stat;
  if (node.kind !== "file") return `${node.kind} ${node.identity}`;
  if (size > BigInt(MAX_HASHED)) return `large ${node.identity} ${size} ${mtimeNs}`;
  const digest = new Digest();
  await stream(node, signal, (bytes, isWhole) => digest.push(bytes, isWhole));
  return digest.hex();
}

/** Collects the bytes of a range of lines while a file passes by. A UTF-16 file has no newline bytes: all of it. */
class LineRange {
  readonly first: number;
  readonly last: number;
  readonly max: number;
  readonly digest = new Digest();
  readonly kept: Buffer[] = [];
  keptBytes = 0;
  line = 1;
  size = 0;
  wide = false;
  truncated = false;
  endsInNewline = false;

  constructor(range: { first: number; last: number; max: number }) {
    this.first = range.first;
    this.last = range.last;
    this.max = range.max;
  }

  push(bytes: Buffer, isWhole: boolean): void {
    if (this.size === 0) this.wide = [0xfffe, 0xfeff].includes(bytes.length < 2 ? 0 : bytes.readUInt16BE(0));
    this.digest.push(bytes, isWhole);
    this.size += bytes.length;
    this.endsInNewline = bytes.at(-1) === NEWLINE;
    if (this.wide) return this.take(bytes);
    // What is wanted of one chunk is one piece: from the first wanted line in it to the end of the last.
    let from = this.line >= this.first && this.line <= this.last ? 0 : -1;
    let to = -1;
    for (let at = 0; at < bytes.length; at++) {
      if (bytes[at] !== NEWLINE) continue;
      if (this.line === this.last) to = at + 1;
      if (++this.line === this.first) from = at + 1;
    }
    if (from >= 0 && from < bytes.length && !this.truncated)
      this.take(bytes.subarray(from, to < 0 ? bytes.length : to));
  }

  take(part: Buffer): void {
    const room = this.max - this.keptBytes;
    const cut = part.length <= room ? part : part.subarray(0, wholeCharacters(part, room));
    this.truncated = cut.length < part.length;
    this.kept.push(Buffer.from(cut));
    this.keptBytes += cut.length;
  }

  /** Lines of the whole file: a final newline does not start another one. */
  total(): number {
    return this.size === 0 ? 0 : this.line - (this.endsInNewline ? 1 : 0);
  }
}

/** The largest end at or before `end` that does not cut a UTF-8 character. */
function wholeCharacters(bytes: Buffer, end: number): number {
  let at = end;
  while (at > 0 && ((bytes[at] ?? 0) & 0xc0) === 0x80) at--;
  return at;
}

/** Lines of a file; a UTF-16 file comes back whole, and must be within `max`. */
export async function readLines(
  node: Node,
  range: { first: number; last: number; max: number },
  signal: AbortSignal,
): Promise<Lines> {
  const lines = new LineRange(range);
  await stream(node, signal, (bytes, isWhole) => lines.push(bytes, isWhole));
  if (lines.wide && lines.truncated) {
    refuse(
      "E2BIG",
      `It is UTF-16 with ${lines.size} bytes; at most ${range.max} are read.`,
      "Ask a person to convert it to UTF-8.",
    );
  }
  const bytes = lines.kept.length === 1 ? (lines.kept[0] ?? Buffer.alloc(0)) : Buffer.concat(lines.kept);
  const total = lines.total();
  const shown = bytes.length === 0 ? 0 : newlines(bytes) + (bytes.at(-1) === NEWLINE ? 0 : 1);
  const last = shown === 0 ? Math.min(range.first - 1, total) : range.first + shown - 1;
  return {
    bytes,
    sha256: lines.digest.hex(),
    size: lines.size,
    first: range.first,
    last,
    total,
    truncated: lines.truncated,
  };
}

function newlines(bytes: Buffer): number {
  let count = 0;
  for (const byte of bytes) if (byte === NEWLINE) count++;
  return count;
}
