// Disk space: the bytes that a tree of files takes.
import fs from "node:fs";
import path from "node:path";
import { TimedBreath } from "./fs/breath.ts";
import { direntsOf } from "./shell/layers/stat.ts";

/** Bytes that a tree takes on disk; stops when they are more than `max`. */
export async function diskSizeOf(at: string, max: number): Promise<number> {
  const breath = new TimedBreath();
  let bytes = 0;
  const folders = [at];
  for (let folder = folders.pop(); folder !== undefined && bytes <= max; folder = folders.pop()) {
    if (breath.due) await breath.take();
    for (const entry of direntsOf(folder)) {
      const inside = path.join(folder, entry.name);
      if (entry.isDirectory()) folders.push(inside);
      // A name alone costs as much as a small block.
      bytes += Math.max(512, (fs.lstatSync(inside, { throwIfNoEntry: false })?.blocks ?? 0) * 512);
    }
  }
  return bytes;
}
