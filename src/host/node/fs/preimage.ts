// Pre-images: raw copies of what a write or delete will take away, by digest, in the user's data folder.
import { createHash, randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import * as z from "zod";
import type { ListedFile } from "../../../kernel/ports.ts";
import { markOf, readWhole } from "./bytes.ts";
import { refuse } from "./errno.ts";
import type { Ground, Node } from "./node.ts";
import { decode } from "./text/encoding.ts";

/** A file above this is not copied, and neither is what goes over the bound of one folder; previews say so. */
export const KEEPS = { file: 64 * 1024 * 1024, folder: 256 * 1024 * 1024 };
const TEMP = "tmp-";
/** Begins the names of lists of files; the digest of the folder follows. */
const LIST = "tree-";
const read = promisify(fs.readFile);
const write = promisify(fs.writeFile);
const sync = promisify(fs.fsync);
const copy = promisify(fs.copyFile);

/** Makes the folder for copies, private to this user, and clears what a crash left half written. */
export function openPreImages(directory: string): void {
  if (!fs.existsSync(directory)) fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  for (const name of fs.readdirSync(directory)) {
    if (name.startsWith(TEMP)) fs.rmSync(path.join(directory, name), { force: true });
  }
}

/**
 * Keeps one file's bytes under their digest; `expected` is the digest that the call was approved with. Gives the digest,
 * or undefined for a file that is too large to be copied.
 */
export async function keepFile(
  directory: string,
  node: Node,
  expected: string | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (node.stat.size > BigInt(KEEPS.file)) return undefined;
  if (node.stat.size >= CLONED && expected !== undefined) {
    if (!(await cloneFile(directory, node.self, expected)))
      refuse("ESTALE", "It changed since it was looked at.", "Read it again, then repeat.");
    return expected;
  }
  const { bytes, sha256 } = await readWhole(node, KEEPS.file, signal);
  if (expected !== undefined && sha256 !== expected) {
    refuse("ESTALE", "It changed since it was looked at.", "Read it again, then repeat.");
  }
  await store(directory, sha256, bytes);
  return sha256;
}

/** From this size on a copy shares its blocks with the file, where the file system can do that. */
const CLONED = 1024n * 1024n;

/** True when a copy of this name is there already. It counts as new from now on, so that it does not go as an old one. */
function isKept(to: string): boolean {
  const now = new Date();
  try {
    fs.utimesSync(to, now, now);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

function tempIn(directory: string): string {
  return path.join(directory, TEMP + randomBytes(8).toString("hex"));
}

/**
 * Keeps a copy of a file by its digest, synced, and whole or not at all. The copy shares the blocks of the file where the
 * file system can do that, and is never another name of it. False when the bytes that were copied have another digest.
 */
async function cloneFile(directory: string, from: string, sha256: string): Promise<boolean> {
  const to = path.join(directory, sha256);
  if (isKept(to)) return true;
  const temp = tempIn(directory);
  try {
    await copy(from, temp, fs.constants.COPYFILE_EXCL | fs.constants.COPYFILE_FICLONE);
    fs.chmodSync(temp, 0o600);
    const digest = createHash("sha256");
    await pipeline(fs.createReadStream(temp), digest);
    if (digest.digest("hex") !== sha256) return false;
    const fd = fs.openSync(temp, "r+");
    try {
      await sync(fd);
    } finally {
      fs.closeSync(fd);
    }
    fs.renameSync(temp, to);
    return true;
  } finally {
    fs.rmSync(temp, { force: true });
  }
}

/** Stores bytes under a name, such as their digest, synced, and whole or not at all. */
async function store(directory: string, name: string, bytes: Uint8Array): Promise<void> {
  const to = path.join(directory, name);
  if (isKept(to)) return;
  const temp = tempIn(directory);
  const fd = fs.openSync(temp, "wx", 0o600);
  try {
    await write(fd, bytes);
    await sync(fd);
    fs.renameSync(temp, to);
  } catch (error) {
    fs.rmSync(temp, { force: true });
    throw error;
  } finally {
    fs.closeSync(fd);
  }
}

/** Keeps the bytes of a file that nothing changes any more, such as one that an ended command has left. */
export async function storeFile(directory: string, from: string, sha256: string): Promise<void> {
  if (!(await cloneFile(directory, from, sha256))) throw new Error(`${from} has changed`);
}

/** The bytes of a copy, which must still be what its name says. */
export async function keptFile(directory: string, sha256: string): Promise<Uint8Array> {
  const bytes = await read(path.join(directory, sha256)).catch(() => undefined);
  if (bytes === undefined || createHash("sha256").update(bytes).digest("hex") !== sha256)
    return refuse("ENOENT", "No copy of it was kept.", "It was too large, or the copies were cleared away.");
  return bytes;
}

/** The text of a copy, in the encoding that its bytes are in; undefined when there is none, or it is no text. */
export async function keptText(directory: string, sha256: string): Promise<string | undefined> {
  const bytes = await keptFile(directory, sha256).catch(() => undefined);
  if (bytes === undefined) return undefined;
  const decoded = await decode(bytes, () => Promise.resolve({ names: [], guessFirst: true }));
  return "text" in decoded ? decoded.text : undefined;
}

/**
 * Keeps every file of a folder, entering no link, as far as the bound goes, and the list of all of them under the digest
 * of the folder. A file that is beyond the bound is on the list by its digest alone.
 */
export async function keepTree(
  ground: Ground,
  directory: string,
  folder: Node,
  digest: string,
  signal: AbortSignal,
): Promise<void> {
  const listed: ListedFile[] = [];
  let left = KEEPS.folder;
  const enter = async (node: Node, above: readonly string[]): Promise<void> => {
    for (const name of fs.readdirSync(node.self)) {
      const child = ground.open(node, name);
      if (child === undefined) continue;
      try {
        const segments = [...above, name];
        if (child.kind === "folder") await enter(child, segments);
        if (child.kind !== "file") continue;
        left -= Number(child.stat.size);
        const kept = left >= 0 ? await keepFile(directory, child, undefined, signal) : undefined;
        const sha256 = kept ?? (await markOf(child, signal));
        listed.push({ segments, sha256, runs: (child.stat.mode & 0o111n) !== 0n });
      } finally {
        child.close();
      }
    }
  };
  await enter(folder, []);
  await store(directory, LIST + digest, new TextEncoder().encode(JSON.stringify(listed)));
}

const list = z.array(
  z.strictObject({ segments: z.array(z.string()), sha256: z.string(), runs: z.boolean() }),
);

/** The list of the files of a folder that was kept; undefined when there is none. */
export async function listedFiles(
  directory: string,
  digest: string,
): Promise<readonly ListedFile[] | undefined> {
  const text = await read(path.join(directory, LIST + digest), "utf8").catch(() => undefined);
  return text === undefined ? undefined : list.safeParse(JSON.parse(text)).data;
}
