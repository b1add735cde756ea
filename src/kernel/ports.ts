// Ports: everything the kernel needs from the world, as interfaces that the host implements.
import type { Budget, Image } from "../abi/image.ts";
import type { AnyRecord, RootFolder } from "../abi/record.ts";
import type { Defect, Tail } from "./ports/files.ts";
import type { HeadMark, JournalStore, StoredLines } from "./ports/store.ts";
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

/**
 * The status of an opened journal (DESIGN 7). Only `obeyed` may be written; every other status is shown, not obeyed.
 * `newer`: a later version wrote it. `read-only` is good but cannot be written (the disk, or opened only to read). `absent`: there is none, and none is
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
        | "newer"
        | "locked"
        | "read-only"
        | "absent";
      readonly detail: string;
      /** The place at which reading a record that is not obeyed was given up; then nothing of it is shown. */
      readonly hidden?: string;
      /** True when the data folder keeps files of the journal that belongs here, which a person can fetch back. */
      readonly kept?: boolean;
    };

/** An opened journal: its records up to the last head, with bodies in place. */
export interface OpenedJournal {
  readonly standing: Standing;
  /** Empty when no journal could be read. */
  readonly id: string;
  readonly records: readonly AnyRecord[];
  /** The head that the next record continues; seq 0 and the hash of identity.json for a journal without records. */
  readonly last: HeadMark;
  /** Reads single records again. Absent when no journal could be read, or when it is not obeyed here. */
  readonly lines?: StoredLines;
  /** Present when standing is `obeyed`. */
  readonly store?: JournalStore;
  readonly signer?: Signer;
  /** The rest of an unfinished write behind the last head, now truncated; it belongs into `journal.open`. */
  readonly cut?: Tail;
  /** The journal in whose place a person began this one; it belongs into the first `journal.open`. */
  readonly follows?: { readonly journal: string } & HeadMark;
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

/** What stands at a place now. */
export interface FoundFile {
  /** The SHA-256 of a file's content, `absent`, `folder`, or another word for other things. */
  readonly mark: string;
  /** True for a file that may be run as a program. */
  readonly runs: boolean;
  /** True for a file of which no copy would be kept before a change. */
  readonly large: boolean;
}

/** A file in the list that was kept of a folder. */
export interface ListedFile {
  readonly segments: readonly string[];
  readonly sha256: string;
  readonly runs: boolean;
}

/** The files and the copies of this machine, as a plan needs them. It reads content, and shows none. */
export interface FilesNow {
  /** What stands at an `fs:` resource, following no link. It never throws; a place out of reach is `unknown`. */
  at(resource: string): Promise<FoundFile>;
  /** True when a copy of this content is kept. */
  copied(sha256: string): Promise<boolean>;
  /** The files of a folder that was moved or deleted, by its digest; undefined when the list was not kept. */
  files(digest: string): Promise<readonly ListedFile[] | undefined>;
}
