// Bytes of regular files: whole within a bound, in chunks, or only their digest, read through descriptors that never block.
import { createHash, hash, type Hash } from "node:crypto";
import fs from "node:fs";
import { promisify } from "node:util";
import type { Bytes } from "../../../primitives/fs/backend.ts";
import { refuse } from "./errno.ts";
import { openToRead, type Node } from "./node.ts";

/** Above this a file is neither read nor hashed: it would hold a call for seconds. */
export const MAX_HASHED = 256 * 1024 * 1024;
/** Up to this a file is read in one synchronous step, which is faster than any hand-over to another thread. */
const AT_ONCE = 128 * 1024;
const CHUNK = 1024 * 1024;
const read = promisify(fs.read);
/** The buffer of synchronous reads. Each read is copied out before the next one begins. */
const scratch = Buffer.allocUnsafeSlow(AT_ONCE + 1);

export function sha256(bytes: Uint8Array): string {
  return hash("sha256", bytes, "hex");
}

/** A digest of chunks. Most files are one chunk, and its digest is made in one step. */
export class Digest {
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
export async function stream(
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
