// The port to a journal that lies in files: segments of lines, files of bodies, and the scan that reads them all.
import type { AnyRecord } from "../../abi/record.ts";
import type { HeadMark } from "./store.ts";

/** The name of the first segment. */
export const FIRST_SEGMENT = "00000001";

/** The name of the segment after this one. */
export function nextSegment(name: string): string {
  return String(Number(name) + 1).padStart(8, "0");
}

/** One file of a journal as bytes. A read past the end returns what there is. */
export interface JournalFile {
  readonly name: string;
  readonly size: number;
  read(from: number, to: number): Promise<Uint8Array>;
}

/** The bytes of a journal on disk; `segments` and `bodies` are in the order of their names. */
export interface JournalSource {
  readonly identity: Uint8Array;
  readonly segments: readonly JournalFile[];
  readonly bodies: readonly JournalFile[];
}

/** The first defect: `line` counts from 1 in that file, and is 0 where the file has no lines. */
export interface Defect {
  readonly file: string;
  readonly line: number;
  readonly byte: number;
  readonly what: string;
  /** True when the bytes may be as written, and only a record that is not obeyed here is read no further. */
  readonly refused?: boolean;
  /** True when a later version wrote it, and this one does not know what it means. */
  readonly newer?: boolean;
}

/** A run of bytes at the end of a file that no head covers. */
export interface Tail {
  readonly file: string;
  readonly byte: number;
  readonly bytes: number;
}

/** The result of a scan. */
export interface Scanned {
  readonly id: string;
  readonly publicKey: string;
  /** The number of records that the last good head covers, itself included. */
  readonly records: number;
  /** The last good head; seq 0 with the hash of identity.json when there is none. */
  readonly last: HeadMark;
  /** Where the last good head ends, and a writer continues. */
  readonly end: {
    readonly segment: string;
    readonly line: number;
    readonly bytes: number;
    readonly bodyBytes: number;
  };
  /** The end of the last segment that was read whole and is followed by another: nothing is written to it any more. */
  readonly sealed?: Pick<Scanned, "last" | "end">;
  readonly defect?: Defect;
  /** An unfinished write: lines, and bodies, that no head covers. Absent when there is a defect. */
  readonly tail?: Tail;
  readonly bodyTail?: Tail;
  /** The place of the expected head: covered, beyond the last good head, or replaced by another line. */
  readonly expected?: "covered" | "beyond" | "differs";
}

/** Where a reading stopped, all good up to there; the next one can go on from it. */
export type ReadPosition = Pick<Scanned, "last" | "end" | "sealed">;

/**
 * Reads a whole journal: the chain, the signatures, the bodies. The kernel implements it (`record/files/scan.ts`), so that no
 * host parses the format a second time. `record` is called for each record in order, bodies in place. Only those up to
 * the last good head count; the result gives their number.
 */
export type Scan = (
  source: JournalSource,
  options: {
    readonly expect?: HeadMark;
    readonly publicKey?: string;
    readonly record?: (record: AnyRecord) => void;
    /**
     * Present for a journal that is not obeyed here. Then its records must make sense and keep bounds, and reading stops
     * when `late` says that its time is over (`record/files/sense.ts`).
     */
    readonly foreign?: { late(): boolean };
    /** The good end of an earlier scan; only later bytes are read. Only a whole scan finds a defect before it. */
    readonly since?: ReadPosition;
  },
) => Promise<Scanned>;
