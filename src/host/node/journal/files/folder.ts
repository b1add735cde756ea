// The files of a record in a workspace: finding and reading them without being led elsewhere.
import { constants, lstatSync, opendirSync } from "node:fs";
import { open } from "node:fs/promises";
import type { JournalFile, JournalSource } from "../../../../kernel/ports/files.ts";
import { childPath, type Node } from "../../fs/node.ts";
import { OpenFile, SMALL } from "../disk.ts";
import { FOLDER, type HeldRecord, type Part } from "./hold.ts";

const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
const MAX_IDENTITY = 64 * 1024;

/** A folder of a record with more names than this is refused; it would hold 160 GB of lines. */
const MAX_NAMES = 10_000;

/** The record that lies in a workspace. `identity` is absent when there are journal files without one. */
export type FoundRecord =
  | { readonly kind: "nothing" }
  | { readonly kind: "refused"; readonly detail: string }
  | { readonly kind: "there"; readonly identity?: Uint8Array; readonly source: JournalSource };

/** Why a folder of a record is not read. */
class Refused extends Error {}

/**
 * Looks at a workspace's journal; rejects when the disk does not let it. Links, and whatever is no plain file or folder,
 * are refused, not followed. The files can be read while the record is held.
 */
export async function lookAt(held: HeldRecord): Promise<FoundRecord> {
  const detail = held.look();
  if (detail !== undefined) return { kind: "refused", detail };
  const { folder } = held;
  if (folder === undefined) return { kind: "nothing" };
  try {
    // In this order a writer may go on meanwhile: it makes a bodies file before its segment, empty, and fills it before
    // the lines that name it.
    const early = filesIn(held, "bodies", /^(\d{8})$/u);
    const segments = filesIn(held, "journal", /^(\d{8})\.jsonl$/u);
    const bodies = again(held, early, segments);
    const identity = plainFile(folder, "identity.json", "identity.json");
    if (identity === undefined) {
      if (segments.length === 0 && bodies.length === 0) return { kind: "nothing" };
      return { kind: "there", source: { identity: new Uint8Array(0), segments, bodies } };
    }
    const bytes = await identity.read(0, MAX_IDENTITY);
    return { kind: "there", identity: bytes, source: { identity: bytes, segments, bodies } };
  } catch (error) {
    if (error instanceof Refused) return { kind: "refused", detail: `${FOLDER}/${error.message}` };
    throw error;
  }
}

/** The files of a folder in order. */
function filesIn(held: HeldRecord, part: Part, names: RegExp): JournalFile[] {
  const folder = held.part(part);
  if (folder === undefined) return [];
  const found: JournalFile[] = [];
  for (const entry of namesIn(folder, part).sort()) {
    const name = names.exec(entry)?.[1];
    const file = name === undefined ? undefined : plainFile(folder, entry, name);
    if (file !== undefined) found.push(file);
  }
  return found;
}

function namesIn(folder: Node, part: Part): string[] {
  const names: string[] = [];
  const listing = opendirSync(folder.self);
  try {
    for (let entry = listing.readSync(); entry !== null; entry = listing.readSync()) {
      if (names.push(entry.name) > MAX_NAMES) throw new Refused(`${part} holds more than ${MAX_NAMES} names`);
    }
  } finally {
    listing.closeSync();
  }
  return names;
}

/** The bodies of these segments as they are now, and those that go with none. */
function again(
  held: HeldRecord,
  early: readonly JournalFile[],
  segments: readonly JournalFile[],
): JournalFile[] {
  const named = new Set(segments.map((segment) => segment.name));
  const found = early.filter((body) => !named.has(body.name));
  const folder = held.part("bodies");
  for (const name of named) {
    const file = folder === undefined ? undefined : plainFile(folder, name, name);
    if (file !== undefined) found.push(file);
  }
  return found;
}

/** One file of a record by its name; undefined when there is none. Throws when it is no plain file. */
export function segmentFile(held: HeldRecord, part: Part, segment: string): JournalFile | undefined {
  const folder = held.part(part);
  return folder && plainFile(folder, part === "journal" ? `${segment}.jsonl` : segment, segment);
}

function plainFile(folder: Node, entry: string, name: string): JournalFile | undefined {
  const path = childPath(folder, entry);
  const about = lstatSync(path, { throwIfNoEntry: false });
  if (about === undefined) return undefined;
  if (!about.isFile()) throw new Refused(`${name} is no plain file`);
  return { name, size: about.size, read: (from, to) => readRange(path, from, to) };
}

/** Opened anew for each block: nothing stays open, and a link or a pipe put in its place is refused. */
async function readRange(path: string, from: number, to: number): Promise<Uint8Array> {
  if (to - from <= SMALL) return readSmall(path, from, to);
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const buffer = Buffer.allocUnsafe(Math.max(to - from, 0));
    let filled = 0;
    while (filled < buffer.length) {
      const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, from + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  } finally {
    await file.close();
  }
}

function readSmall(path: string, from: number, to: number): Uint8Array {
  const file = OpenFile.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    return file.read(from, Math.max(to - from, 0));
  } finally {
    file.close();
  }
}
