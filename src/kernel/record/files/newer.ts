// Newer records: tells a line that a later version wrote from a damaged one, by the chain that holds around it.
import type { Digests } from "../../ports.ts";
import type { Defect, JournalSource, Scanned } from "../../ports/files.ts";
import { jsonOf, MAX_LINE, textOf } from "../line.ts";
import { readJournalLines, type RawLine } from "./bytes.ts";

/** The number of the format of records and of identity.json that this version reads and writes. */
export const FORMAT = 1;

/**
 * Says of a defect that a later version wrote the line there, or takes that back. The scan says so of every line that it
 * does not understand; such a line is as it was written only if the line behind it continues it. Nothing is known of its
 * meaning, so the journal is not obeyed, and not damaged either.
 */
export async function withNewer(scanned: Scanned, source: JournalSource, digests: Digests): Promise<Scanned> {
  const { defect } = scanned;
  if (defect === undefined) return scanned;
  const { newer, ...known } = defect;
  const isIdentity = defect.file === "identity.json";
  if (newer !== true && !isIdentity) return scanned;
  const what = isIdentity ? newerIdentity(source) : await newerLine(defect, source, digests);
  return { ...scanned, defect: what === undefined ? known : { ...known, what, newer: true } };
}

/** The format that identity.json names, if it is a later one, in words. */
function newerIdentity({ identity }: JournalSource): string | undefined {
  const json = jsonOf(textOf(identity));
  const isLater =
    typeof json === "object" && json !== null && "format" in json && Number(json.format) > FORMAT;
  return isLater
    ? `it has format ${Number(json.format)}, and this version reads format ${FORMAT}`
    : undefined;
}

async function newerLine(
  defect: Defect,
  source: JournalSource,
  digests: Digests,
): Promise<string | undefined> {
  const name = /^journal\/(\d{8})\.jsonl$/u.exec(defect.file)?.[1];
  const file = source.segments.find((segment) => segment.name === name);
  if (file === undefined) return undefined;
  const found: RawLine[] = [];
  for await (const lines of readJournalLines(file, defect.byte, MAX_LINE)) {
    for (const line of lines.slice(0, 2 - found.length)) found.push(line);
    if (found.length === 2) break;
  }
  const [line, next] = found.map(({ bytes }) => jsonOf(textOf(bytes)));
  if (!isChained(line) || !isChained(next)) return undefined;
  if (next.prev !== digests.sha256(found[0]?.bytes ?? new Uint8Array(0))) return undefined;
  return line.v > FORMAT
    ? `it is a record of format ${line.v}, and this version reads format ${FORMAT}`
    : `${defect.what}; it stands as it was written`;
}

/** True for an object with the fields by which every format chains its records. */
function isChained(value: unknown): value is { readonly v: number; readonly prev: string } {
  if (typeof value !== "object" || value === null || !("v" in value && "prev" in value)) return false;
  return Number.isSafeInteger(value.v) && typeof value.prev === "string";
}
