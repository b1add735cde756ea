// The past: the state as it stood at a checkpoint, folded from the record again.
import { fault, type Fault } from "../../abi/errors.ts";
import type { Kinds } from "../../abi/kind.ts";
import type { AnyRecord } from "../../abi/record.ts";
import type { Digests } from "../ports.ts";
import type { StoredLines } from "../ports/store.ts";
import { JournalError } from "../record/failure.ts";
import { RecordReader } from "../record/read-back.ts";
import { Folded } from "../state/fold.ts";
import type { State } from "../state/rows.ts";

/** Tells how the state stood. It reads the record from its beginning, so only acts that are rare may ask. */
export interface Past {
  /** The state after this record. It must not throw; EIO when the record cannot be read as it was written. */
  at(seq: number): Promise<Readonly<State> | Fault>;
}

/** A running journal, as far as the past needs it. */
export interface RecordedPast {
  /** The lines of the record; undefined when none can be read. */
  readonly lines: StoredLines | undefined;
  readonly digests: Digests;
  readonly kinds: Kinds;
  /** Resolves when the record of this number is on disk. */
  readonly durable: (seq: number) => Promise<void>;
}

const UNREADABLE = fault("EIO", "The record cannot be read here.", "Act in the window that runs it.");

/** The past of a record on disk. */
export function recordedPast({ lines, digests, kinds, durable }: RecordedPast): Past {
  return {
    async at(seq) {
      if (lines === undefined) return UNREADABLE;
      try {
        await durable(seq);
        const read = new RecordReader(lines, digests).read(0);
        return await foldTo(seq, recordsOf(read), digests, kinds);
      } catch (error) {
        if (error instanceof JournalError) return error.fault;
        const why = error instanceof Error ? error.message : String(error);
        return fault("EIO", `The record cannot be read: ${why}`, "Verify the record.");
      }
    },
  };
}

/** Folds records, oldest first, up to the one of this number; EIO when they end before. */
export async function foldTo(
  seq: number,
  records: AsyncIterable<AnyRecord> | Iterable<AnyRecord>,
  digests: Digests,
  kinds: Kinds,
): Promise<Readonly<State> | Fault> {
  const folded = new Folded((text) => digests.sha256(text), kinds);
  for await (const record of records) {
    if (record.seq > seq) break;
    folded.take(record);
  }
  if (folded.state.seq === seq) return folded.state;
  return fault("EIO", `The record ends before entry ${seq}.`, "Verify the record.");
}

async function* recordsOf(
  read: AsyncIterable<{ readonly record: AnyRecord }>,
): AsyncGenerator<AnyRecord, void, void> {
  for await (const { record } of read) yield record;
}
