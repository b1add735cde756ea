// The folder `.agentlibos` of a workspace: reading what lies there without being led elsewhere.
import { constants, lstatSync, readdirSync, type Stats } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { JournalFile, JournalSource } from "../../../kernel/ports.ts";
import { OpenFile, SMALL } from "./disk.ts";

export const FOLDER = ".agentlibos";
const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
const MAX_IDENTITY = 64 * 1024;

/** The record that lies in a workspace. `identity` is absent when there are journal files without one. */
export type Found =
  | { readonly kind: "nothing" }
  | { readonly kind: "refused"; readonly detail: string }
  | { readonly kind: "there"; readonly identity?: Uint8Array; readonly source: JournalSource };

/** Looks at a workspace's journal; rejects when the disk does not let it. Links, and whatever is no plain file or folder, are refused, not followed. */
export async function lookAt(root: string): Promise<Found> {
  const folder = join(root, FOLDER);
  for (const [path, name] of [
    [folder, FOLDER],
    [join(folder, "journal"), `${FOLDER}/journal`],
    [join(folder, "bodies"), `${FOLDER}/bodies`],
  ] as const) {
    const about = aboutPath(path);
    if (about === undefined && path === folder) return { kind: "nothing" };
    if (about !== undefined && !about.isDirectory()) {
      const what = about.isSymbolicLink() ? "a symbolic link" : "no folder";
      return {
        kind: "refused",
        detail: `${name} is ${what}; a journal is never read or written through one`,
      };
    }
  }
  // In this order a writer may go on meanwhile: it makes a bodies file before its segment, empty, and fills it before
  // the lines that name it.
  const early = filesIn(join(folder, "bodies"), /^(\d{8})$/u);
  const segments = filesIn(join(folder, "journal"), /^(\d{8})\.jsonl$/u);
  const bodies =
    typeof early === "string" || typeof segments === "string" ? early : again(folder, early, segments);
  const identity = plainFile(join(folder, "identity.json"), "identity.json");
  for (const files of [segments, bodies, identity]) {
    if (typeof files === "string") return { kind: "refused", detail: `${FOLDER}/${files} is no plain file` };
  }
  if (typeof segments === "string" || typeof bodies === "string" || typeof identity === "string")
    return { kind: "nothing" };
  if (identity === undefined) {
    if (segments.length === 0 && bodies.length === 0) return { kind: "nothing" };
    return { kind: "there", source: { identity: new Uint8Array(0), segments, bodies } };
  }
  const bytes = await identity.read(0, MAX_IDENTITY);
  return { kind: "there", identity: bytes, source: { identity: bytes, segments, bodies } };
}

/** The files of a folder in order, or the name of one that is no plain file. */
function filesIn(folder: string, names: RegExp): JournalFile[] | string {
  const found: JournalFile[] = [];
  for (const entry of entriesOf(folder).sort()) {
    const name = names.exec(entry)?.[1];
    if (name === undefined) continue;
    const file = plainFile(join(folder, entry), name);
    if (typeof file === "string") return file;
    if (file !== undefined) found.push(file);
  }
  return found;
}

/** The bodies of these segments as they are now, and those that go with none. */
function again(
  folder: string,
  early: readonly JournalFile[],
  segments: readonly JournalFile[],
): JournalFile[] | string {
  const found = early.filter((body) => !segments.some((s) => s.name === body.name));
  for (const { name } of segments) {
    const file = plainFile(join(folder, "bodies", name), name);
    if (typeof file === "string") return file;
    if (file !== undefined) found.push(file);
  }
  return found;
}

function plainFile(path: string, name: string): JournalFile | string | undefined {
  const about = aboutPath(path);
  if (about === undefined) return undefined;
  if (!about.isFile()) return name;
  return { name, size: about.size, read: (from, to) => readRange(path, from, to) };
}

function aboutPath(path: string): Stats | undefined {
  return unlessAbsent(() => lstatSync(path), undefined);
}

function entriesOf(folder: string): string[] {
  return unlessAbsent(() => readdirSync(folder), []);
}

/** Takes "not there" for an answer and throws every other error. */
function unlessAbsent<T, E>(step: () => T, instead: E): T | E {
  try {
    return step();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return instead;
    throw error;
  }
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
