// Bytes of regular files: whole within a bound, by lines, or only their digest, read through descriptors that never block.
import { createHash, type Hash } from "node:crypto";
import fs from "node:fs";
import { promisify } from "node:util";
import type { Bytes, Lines } from "../../primitives/fs-backend.ts";
import { refuse } from "./fs-errno.ts";
import { openToRead, type Node } from "./fs-node.ts";

/** Above this a file is neither read nor hashed: it would hold a call for seconds. */
export const MAX_HASHED = 256 * 1024 * 1024;
/** Up to this a file is read in one synchronous step, which is faster than any hand-over to another thread. */
const AT_ONCE = 128 * 1024;
const CHUNK = 1024 * 1024;
const read = promisify(fs.read);

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Calls back with each chunk in order. A file that grows meanwhile ends at the bound; the digest says what was read. */
async function stream(node: Node, signal: AbortSignal, chunk: (bytes: Buffer) => void): Promise<void> {
  if (node.stat.size > BigInt(MAX_HASHED)) {
    refuse(
      "E2BIG",
      `It has ${node.stat.size} bytes; files over ${MAX_HASHED} are not read.`,
      "Work on a smaller file.",
    );
  }
  const fd = openToRead(node);
  try {
    const small = node.stat.size <= BigInt(AT_ONCE);
    // One byte of room more than the file had shows at once that it has ended.
    const buffer = Buffer.allocUnsafe(small ? Math.max(Number(node.stat.size) + 1, 4096) : CHUNK);
    for (let sum = 0; sum <= MAX_HASHED;) {
      if (signal.aborted) refuse("EINTR", "Interrupted.");
      const atOnce = small && sum === 0;
      const n = atOnce
        ? fs.readSync(fd, buffer, 0, buffer.length, sum)
        : (await read(fd, buffer, 0, buffer.length, sum)).bytesRead;
      if (n > 0) chunk(buffer.subarray(0, n));
      if (n === 0 || (atOnce && n < buffer.length && n >= Number(node.stat.size))) return;
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

/** What tells a thing's content from any other; a file too large to hash is told by identity, size and time. */
export async function markOf(node: Node, signal: AbortSignal): Promise<string> {
  const { size, mtimeNs } = node.stat;
  if (node.kind !== "file") return `${node.kind} ${node.identity}`;
  if (size > BigInt(MAX_HASHED)) return `large ${node.identity} ${size} ${mtimeNs}`;
  const hash = createHash("sha256");
  await stream(node, signal, (bytes) => hash.update(bytes));
  return hash.digest("hex");
}

/** Collects the bytes of a range of lines while a file passes by. */
class LineRange {
  readonly first: number;
  readonly last: number;
  readonly max: number;
  readonly hash: Hash = createHash("sha256");
  readonly kept: Buffer[] = [];
  keptBytes = 0;
  line = 1;
  size = 0;
  truncated = false;
  endsInNewline = false;
  reached = 0;

  constructor(range: { first: number; last: number; max: number }) {
    this.first = range.first;
    this.last = range.last;
    this.max = range.max;
  }

  push(bytes: Buffer): void {
    this.hash.update(bytes);
    this.size += bytes.length;
    this.endsInNewline = bytes.at(-1) === 10;
    for (let at = 0; at < bytes.length;) {
      const newline = bytes.indexOf(10, at);
      const end = newline < 0 ? bytes.length : newline + 1;
      if (this.line >= this.first && this.line <= this.last) this.take(bytes.subarray(at, end));
      if (newline >= 0) this.line++;
      at = end;
    }
  }

  take(part: Buffer): void {
    const room = this.max - this.keptBytes;
    if (this.truncated || room <= 0) {
      this.truncated = true;
      return;
    }
    const cut = part.subarray(0, part.length <= room ? part.length : wholeCharacters(part, room));
    this.truncated = cut.length < part.length;
    this.kept.push(Buffer.from(cut));
    this.keptBytes += cut.length;
    this.reached = this.line;
  }
}

/** The largest end at or before `end` that does not cut a UTF-8 character. */
function wholeCharacters(bytes: Buffer, end: number): number {
  let at = end;
  while (at > 0 && ((bytes[at] ?? 0) & 0xc0) === 0x80) at--;
  return at;
}

/** Lines of a file; UTF-16, which has no single newline byte, comes back whole when it is within `max`. */
export async function readLines(
  node: Node,
  range: { first: number; last: number; max: number },
  signal: AbortSignal,
): Promise<Lines> {
  if (node.kind === "file" && isWide(node)) {
    const whole = await readWhole(node, range.max, signal);
    return { ...whole, first: 1, last: 0, total: 0, truncated: false };
  }
  const lines = new LineRange(range);
  await stream(node, signal, (bytes) => lines.push(bytes));
  const total = lines.size === 0 ? 0 : lines.line - (lines.endsInNewline ? 1 : 0);
  return {
    bytes: Buffer.concat(lines.kept),
    sha256: lines.hash.digest("hex"),
    size: lines.size,
    first: range.first,
    last: lines.reached,
    total,
    truncated: lines.truncated,
  };
}

/** True when a file starts with a UTF-16 byte order mark. */
function isWide(node: Node): boolean {
  const fd = openToRead(node);
  try {
    const mark = Buffer.alloc(2);
    fs.readSync(fd, mark, 0, 2, 0);
    return mark.equals(Buffer.from([0xff, 0xfe])) || mark.equals(Buffer.from([0xfe, 0xff]));
  } finally {
    fs.closeSync(fd);
  }
}
