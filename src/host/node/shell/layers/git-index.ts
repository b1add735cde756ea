// Indexes of git: whether two of them stage the same, whatever git remembers beside that about times and sizes of files.
import { createHash } from "node:crypto";
import fs from "node:fs";

/** A larger index is not read. */
const MAX_BYTES = 256 * 1024 * 1024;
const HEADER = 12;
/** Where the mode, the object and the flags of an entry begin, and where its name does. */
const MODE = 24;
const OBJECT = 40;
const FLAGS = 60;
const NAME = 62;
/** The flag of an entry with two more bytes of flags. */
const EXTENDED = 0x4000;

/** Whether both files stage the same. An index that cannot be read stages something else than any other. */
export function stagesSame(one: string, other: string): boolean {
  const staged = stagedIn(one);
  return staged !== undefined && staged === stagedIn(other);
}

/** A digest of the modes, objects, flags and names of an index; undefined for a file of another form. */
function stagedIn(file: string): string | undefined {
  const stat = fs.lstatSync(file, { throwIfNoEntry: false });
  if (stat?.isFile() !== true || stat.size > MAX_BYTES) return undefined;
  const index = fs.readFileSync(file);
  if (index.length < HEADER || index.toString("latin1", 0, 4) !== "DIRC") return undefined;
  const version = index.readUInt32BE(4);
  const digest = createHash("sha256");
  let at = HEADER;
  for (let left = index.readUInt32BE(8); left > 0; left--) {
    if (at + NAME > index.length) return undefined;
    const extended = version > 2 && (index.readUInt16BE(at + FLAGS) & EXTENDED) !== 0;
    let name = at + NAME + (extended ? 2 : 0);
    // From version 4 on a number tells how much of the name before is left out; its last byte is below 128.
    if (version > 3) while ((index[name++] ?? 0) > 127);
    const end = index.indexOf(0, name);
    if (end < 0) return undefined;
    digest.update(index.subarray(at + MODE, at + MODE + 4)).update(index.subarray(at + OBJECT, end + 1));
    at = version > 3 ? end + 1 : at + Math.floor((end - at) / 8) * 8 + 8;
  }
  return digest.digest("hex");
}
