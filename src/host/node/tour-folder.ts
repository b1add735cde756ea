// The tour's places on disk: its project in a folder of its own, and a copy of a record with one byte flipped.
import { cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Writes the project into a new folder that nobody else can read; `name` is the last part of its path. */
export async function makeTourFolder(
  files: Readonly<Record<string, string>>,
  name = "price-list",
): Promise<string> {
  const scratch = await realpath(await mkdtemp(join(tmpdir(), "agentlibos-tour-")));
  const folder = join(scratch, name);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text, { flag: "wx" });
  }
  return folder;
}

/**
 * Copies a folder's record elsewhere and flips one bit in the middle of its first segment. Then `check` looks at the
 * copy, which is removed. The record itself is only read.
 */
export async function withDamagedCopy<T>(root: string, check: (copy: string) => Promise<T>): Promise<T> {
  const scratch = await realpath(await mkdtemp(join(tmpdir(), "agentlibos-copy-")));
  try {
    const record = join(scratch, ".agentlibos");
    await cp(join(root, ".agentlibos"), record, { recursive: true });
    const segment = join(record, "journal", "00000001.jsonl");
    const bytes = await readFile(segment);
    const at = Math.floor(bytes.length / 2);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    await writeFile(segment, bytes);
    return await check(scratch);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
