// Inspecting a journal without opening it: for `verify`, on any journal, whoever wrote it and whoever holds it.
import type { AnyRecord, RootFolder } from "../../../abi/record.ts";
import type { Scan, Scanned, Standing } from "../../../kernel/ports.ts";
import { trustedHome } from "./home.ts";
import { lookAt } from "./folder.ts";
import { examine, survey, type Since } from "./survey.ts";

export interface InspectOptions {
  readonly root: string;
  readonly home: string;
  readonly roots: readonly RootFolder[];
  readonly scan: Scan;
  /** Given (as the PEM text of identity.json), the bytes are judged alone, without the data folder. */
  readonly publicKey?: string;
}

/** The facts by which `views/verdict.ts` judges. */
export interface Inspection {
  readonly mode: "whole" | "bytes-alone";
  readonly standing: Standing;
  readonly scanned?: Scanned;
}

/** Inspects. Keeps no record in memory; changes nothing on the disk. */
export async function inspectJournal(options: InspectOptions): Promise<Inspection> {
  const { publicKey, scan } = options;
  if (publicKey !== undefined) return alone(options.root, scan, publicKey);
  const home = await trustedHome(options.home, false);
  const found = await survey({ root: options.root, roots: options.roots, home });
  const examined = found.readable ? await examine(found, scan) : undefined;
  return examined === undefined
    ? { mode: "whole", standing: found.standing }
    : { mode: "whole", ...examined };
}

/** Records of a journal that somebody wants to look at, with how it stands as a whole. */
export interface Reading {
  readonly standing: Standing;
  readonly id: string;
  /** Those that were to be kept, up to the last good head, oldest first. */
  readonly records: readonly AnyRecord[];
  /** The last good head's place in the sequence. */
  readonly last: number;
  /** Where this reading stopped, if all was good: the next one can go on from here. */
  readonly position: Since | undefined;
}

/**
 * Reads a journal and keeps of it only what is wanted, and of that only the newest `most`. With `since`, the position of
 * an earlier reading, it begins there, unless what follows does not fit it: then the whole is read.
 */
export async function readRecords(
  options: Omit<InspectOptions, "publicKey">,
  keep: (record: AnyRecord) => boolean,
  most = Infinity,
  since?: Since,
): Promise<Reading> {
  const { root, roots, scan } = options;
  const found = await survey({ root, roots, home: await trustedHome(options.home, false) });
  let records: AnyRecord[] = [];
  const take = (record: AnyRecord): void => {
    if (!keep(record)) return;
    records.push(record);
    if (records.length > 2 * most) records = records.slice(-most);
  };
  const examined = found.readable ? await examine(found, scan, take, since) : undefined;
  const standing = examined?.standing ?? found.standing;
  const good = standing.kind === "obeyed";
  if (since !== undefined && !good) return readRecords(options, keep, most);
  const scanned = examined?.scanned;
  const last = scanned?.records ?? 0;
  records = records.filter((r) => r.seq <= last).slice(most === Infinity ? 0 : -most);
  return { standing, id: found.id, records, last, position: good ? scanned : undefined };
}

async function alone(root: string, scan: Scan, publicKey: string): Promise<Inspection> {
  const mode = "bytes-alone";
  try {
    const found = await lookAt(root);
    if (found.kind === "nothing")
      return { mode, standing: { kind: "absent", detail: "there is no journal here" } };
    if (found.kind === "refused") return { mode, standing: { kind: "damaged", detail: found.detail } };
    return { mode, standing: { kind: "obeyed" }, scanned: await scan(found.source, { publicKey }) };
  } catch (error) {
    const detail = `it cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    return { mode, standing: { kind: "damaged", detail } };
  }
}
