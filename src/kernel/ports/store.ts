// The store port: what the kernel knows of the place where a journal lies, be it files or a database.

/** A head's place in the sequence, and the SHA-256 of its line. */
export interface HeadMark {
  readonly seq: number;
  readonly hash: string;
}

/** The place of a body as a line names it. A store that finds bodies by their hash gives all of them one place. */
export interface BodyPlace {
  readonly file: string;
  readonly offset: number;
}

/** The reference that replaces a long string in a line: where its bytes are, and their SHA-256. */
export interface BodyRef extends BodyPlace {
  readonly length: number;
  readonly sha256: string;
}

/** One durable step of a journal: some lines, the last one a signed head, and the bodies that they name. */
export interface Batch {
  /** The head that this batch continues. A store whose newest head is another one refuses the batch. */
  readonly after: HeadMark;
  /** Lines without their ends. Each is one record, in order; the first has the number after `after`. */
  readonly lines: readonly string[];
  /** The bodies in the order in which the lines name them. */
  readonly bodies: readonly Uint8Array[];
  /** The mark of the last line. */
  readonly head: HeadMark;
}

/**
 * Reads lines and bodies as bytes; `record/read-back.ts` makes records of them. What no head covers yet may be seen or
 * not. Every method rejects when the store cannot be read.
 */
export interface StoredLines {
  /** The line of one record, without its end; undefined where there is none. */
  at(seq: number): Promise<Uint8Array | undefined>;
  /** The lines behind this number in order, some at a time. Lines that come while it reads may be among them. */
  read(after: number): AsyncIterable<readonly Uint8Array[]>;
  /** The bytes of a body; fewer or other bytes where it was damaged, undefined where it is gone. */
  body(ref: BodyRef): Promise<Uint8Array | undefined>;
}

/**
 * The store of a journal that this program may write. It holds the lock of the journal until it is closed. After the first
 * failure every later `append` rejects with the same reason, so the state is folded again from what is stored.
 */
export interface JournalStore extends StoredLines {
  /** The place that a body gets behind `queued` bytes of bodies, all in batches that are not appended yet. */
  place(queued: number): BodyPlace;
  /**
   * Makes a batch durable: bodies, then lines, then the head where the key is. Its order among batches and places is
   * taken at the call, and the next one comes when this one is settled. It rejects when anything fails, when another
   * program wrote, or when the lock was lost.
   */
  append(batch: Batch): Promise<void>;
  /**
   * Keeps the rows of the state at the newest head, signed, as JSON text; nothing may be queued or running. A store that
   * keeps none makes each opening fold every record.
   */
  keep?(head: HeadMark, rows: string): Promise<void>;
  /** Waits for a running `append`, then lets go of everything; a second call does nothing. */
  close(): Promise<void>;
}
