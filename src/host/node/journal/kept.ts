// Kept files: the second names of a journal's files in the user's data folder, as the way back from files that are gone.
import { constants, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { JournalFile, Scan, Scanned } from "../../../kernel/ports/files.ts";
import { OpenFile, tried } from "./disk.ts";
import type { HeldRecord, Part } from "./files/hold.ts";
import type { KnownJournal } from "./known.ts";

const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

/** The folders whose files have second names. */
export const PARTS = ["journal", "bodies"] as const;

const NAMES: Readonly<Record<Part, RegExp>> = { journal: /^(\d{8})\.jsonl$/u, bodies: /^(\d{8})$/u };

/** A file that the data folder keeps, and that the workspace lacks or has another file in the place of. */
export interface Strayed {
  readonly part: Part;
  readonly name: string;
  /** True when another file has its place. */
  readonly replaced: boolean;
}

/** The names of a part that the data folder keeps, in order. Where a disk has no second names there are none. */
export function keptNames(known: KnownJournal, part: Part): string[] {
  const names = tried(() => readdirSync(join(known.folder, part))) ?? [];
  return names.filter((name) => NAMES[part].test(name)).sort();
}

/** The files that the data folder keeps and that the workspace no longer has under their names. */
export function strayedFiles(known: KnownJournal, held: HeldRecord): Strayed[] {
  return PARTS.flatMap((part) =>
    keptNames(known, part).flatMap((name): Strayed[] => {
      const kept = tried(() => lstatSync(join(known.folder, part, name), { bigint: true }));
      if (kept?.isFile() !== true) return [];
      const there = tried(() => lstatSync(held.pathIn(part, name), { bigint: true, throwIfNoEntry: false }));
      if (there?.ino === kept.ino && there.dev === kept.dev) return [];
      return [{ part, name, replaced: there !== undefined }];
    }),
  );
}

/**
 * Reads the journal as it would be with its kept files in their places, the others as they are in the workspace. Undefined
 * when no segment is kept, or a file cannot be read.
 */
export async function scanKept(
  known: KnownJournal,
  held: HeldRecord,
  scan: Scan,
): Promise<Scanned | undefined> {
  const identity = known.identityBytes();
  if (identity === undefined || keptNames(known, "journal").length === 0) return undefined;
  const filesOf = (part: Part): JournalFile[] => {
    const kept = new Set(keptNames(known, part));
    const folder = held.part(part);
    const there =
      folder === undefined ? [] : readdirSync(folder.self).filter((name) => NAMES[part].test(name));
    return [...new Set([...kept, ...there])].sort().map((name) => {
      const path = kept.has(name) ? join(known.folder, part, name) : held.pathIn(part, name);
      return fileAt(path, NAMES[part].exec(name)?.[1] ?? name);
    });
  };
  const expect = known.head();
  try {
    const source = { identity, segments: filesOf("journal"), bodies: filesOf("bodies") };
    return await scan(source, expect === undefined ? {} : { expect });
  } catch {
    return undefined;
  }
}

function fileAt(path: string, name: string): JournalFile {
  const about = lstatSync(path);
  if (!about.isFile()) throw new Error(`${path} is no plain file`);
  return {
    name,
    size: about.size,
    async read(from, to) {
      const file = OpenFile.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      try {
        return file.read(from, Math.max(to - from, 0));
      } finally {
        file.close();
      }
    },
  };
}
