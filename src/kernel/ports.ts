// Ports: everything the kernel needs from the world, as interfaces that the host implements.
import type { Budget, Image } from "../abi/image.ts";
import type { AnyRecord, RootFolder } from "../abi/record.ts";
import type { Caller } from "./witness.ts";

/** Time. Wall time is for records and leases; `micros` only ever grows and measures durations. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Microseconds from an arbitrary start, monotonic. */
  micros(): number;
  /** Calls back once after `ms` milliseconds; the function returned cancels it. */
  after(ms: number, callback: () => void): () => void;
}

/** Digests. All are lowercase hex SHA-256. */
export interface Digests {
  sha256(data: string | Uint8Array): string;
  /** Begins a digest of data that comes in pieces. */
  begin(): RunningDigest;
}

/** A SHA-256 that grows piece by piece. */
export interface RunningDigest {
  add(data: Uint8Array): void;
  /** The digest of all pieces; nothing can be added after it. */
  end(): string;
}

/** The signing half of a journal's Ed25519 key. Signatures are lowercase hex. */
export interface Signer {
  readonly journalId: string;
  readonly publicKey: string;
  sign(message: string): string;
}

/**
 * The store of journal bytes. One `write` is one durable batch: bodies are synced before lines, each with one
 * fdatasync, and then the head in the user's data folder. It rejects when anything fails, or when the folder is no
 * longer the one that was opened. After a rejection every later call rejects too.
 */
export interface JournalStore {
  /** The newest segment's name and sizes, so that the journal knows offsets without asking the disk. */
  readonly position: { readonly segment: string; readonly bytes: number; readonly bodyBytes: number };
  write(lines: Uint8Array, bodies: Uint8Array, head: HeadMark): Promise<void>;
  /** Starts the segment and bodies file of this name; the position changes. */
  rotate(segment: string): Promise<void>;
  /** Closes the files and releases the lock; a second call does nothing. */
  close(): Promise<void>;
}

/** The store of values that the records of a journal must not hold. It lies where the key is, never in the record. */
export interface ValueStore {
  read(): readonly string[];
  /** Resolves when the values are on disk; rejects when they cannot be written. */
  add(values: readonly string[]): Promise<void>;
}

/** Checks an Ed25519 signature in lowercase hex. Anything malformed is false, never an exception. */
export interface SignatureCheck {
  /** `publicKey` is the PEM text that identity.json holds. */
  verifies(publicKey: string, message: string, signature: string): boolean;
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

/** A head's place in the sequence, and the SHA-256 of its line. */
export interface HeadMark {
  readonly seq: number;
  readonly hash: string;
}

/** The first defect: `line` counts from 1 in that file, and is 0 where the file has no lines. */
export interface Defect {
  readonly file: string;
  readonly line: number;
  readonly byte: number;
  readonly what: string;
  /** True when the bytes may be as written, and only a record that is not obeyed here is read no further. */
  readonly refused?: boolean;
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
  readonly defect?: Defect;
  /** An unfinished write: lines, and bodies, that no head covers. Absent when there is a defect. */
  readonly tail?: Tail;
  readonly bodyTail?: Tail;
  /** The place of the expected head: covered, beyond the last good head, or replaced by another line. */
  readonly expected?: "covered" | "beyond" | "differs";
}

/**
 * Reads a whole journal: the chain, the signatures, the bodies. The kernel implements it (`record/scan.ts`), so that no
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
     * when `late` says that its time is over (`record/sense.ts`).
     */
    readonly foreign?: { late(): boolean };
    /** The good end of an earlier scan; only later bytes are read. Only a whole scan finds a defect before it. */
    readonly since?: Pick<Scanned, "last" | "end">;
  },
) => Promise<Scanned>;

/**
 * The status of an opened journal (DESIGN 7). Only `obeyed` may be written; every other status is shown, not obeyed.
 * `read-only` is good but cannot be written (the disk, or opened only to read). `absent`: there is none, and none is
 * known.
 */
export type Standing =
  | { readonly kind: "obeyed" }
  | {
      readonly kind:
        | "foreign"
        | "copy"
        | "rolled-back"
        | "lost"
        | "moved"
        | "damaged"
        | "locked"
        | "read-only"
        | "absent";
      readonly detail: string;
      /** The place at which reading a record that is not obeyed was given up; then nothing of it is shown. */
      readonly hidden?: string;
    };

/** An opened journal: its records up to the last head, with bodies in place. */
export interface OpenedJournal {
  readonly standing: Standing;
  /** Empty when no journal could be read. */
  readonly id: string;
  readonly records: readonly AnyRecord[];
  /** The head that the next record continues; seq 0 and the hash of identity.json for a journal without records. */
  readonly last: HeadMark;
  /** Present when standing is `obeyed`. */
  readonly store?: JournalStore;
  readonly signer?: Signer;
  /** The rest of an unfinished write behind the last head, now truncated; it belongs into `journal.open`. */
  readonly cut?: Tail;
  /** Present when standing is `damaged` because of the journal's bytes. */
  readonly defect?: Defect;
  /** The workspace folders, by their real paths. */
  readonly roots: readonly RootFolder[];
  /** The folder for pre-images, in the user's data folder; present when the journal is known there. */
  readonly preimages?: string;
  /** The values of secret files that the record must not hold; present when the journal is known there. */
  readonly values?: ValueStore;
}

/** A process to be born: all that its first model call is made of. */
export interface BirthOrder {
  readonly image: Image;
  readonly goal: string;
  /** `vendor/family`. */
  readonly model: string;
  readonly budget: Budget;
  readonly cwd: string;
  /** The process whose conversation it begins with: an ended agent, or the parent of a fork. */
  readonly forkOf?: number;
}

/** Runs one process until it ends or may not go on. The agent side implements it; it must not throw. */
export interface Executor {
  run(caller: Caller, signal: AbortSignal): Promise<void>;
}
