// Recall: reads the texts that the state let go back from their records, and says in their place why one cannot be read.
import { fault, type Fault } from "../../abi/errors.ts";
import type { ModelAnswer } from "../../abi/model.ts";
import type { CallResult, ConversationEntry } from "../state/rows.ts";
import { LeftText, leftIn } from "../state/texts.ts";
import { JournalError } from "./failure.ts";
import type { ReadBack } from "./read-back.ts";

/** Reads one record that is stored; undefined where there is none. It rejects when the record cannot be read. */
export type ReadRecord = (seq: number) => Promise<ReadBack | undefined>;

/** The reader of a kernel that has no store. */
export const NO_RECORDS: ReadRecord = () => Promise.resolve(undefined);

/**
 * The entries with all their texts. A line that is gone, cannot be read, or is not the one that the state was made of, gives
 * an EIO fault as the result, or an answer that says so and makes no calls.
 */
export async function wholeEntries(
  entries: readonly ConversationEntry[],
  read: ReadRecord,
): Promise<ConversationEntry[]> {
  const whole: ConversationEntry[] = [];
  for (const entry of entries) whole.push(await wholeEntry(entry, read));
  return whole;
}

async function wholeEntry(entry: ConversationEntry, read: ReadRecord): Promise<ConversationEntry> {
  if (entry.role === "user" || leftIn(entry).length === 0) return entry;
  const said = entry.answer instanceof LeftText ? await valueOf(entry.answer, read) : undefined;
  const answer = said === undefined ? entry.answer : said.ok ? said.value : lostAnswer(said);
  const results = new Map<number, CallResult>();
  for (const [index, result] of entry.results) {
    const left = result.ok && result.value instanceof LeftText ? result.value : undefined;
    results.set(index, left === undefined ? result : await valueOf(left, read));
  }
  return { ...entry, answer, results };
}

async function valueOf({ at }: LeftText, read: ReadRecord): Promise<CallResult> {
  try {
    const found = await read(at.seq);
    if (found === undefined) return lost(at.seq, "it is no longer there");
    if (found.hash !== at.hash) return lost(at.seq, "its line is not the one that was written");
    const { record } = found;
    return record.kind === "call.end"
      ? { ok: true, value: record.data.value, at }
      : lost(at.seq, "it ends no call");
  } catch (error) {
    return error instanceof JournalError ? error.fault : lost(at.seq, String(error));
  }
}

function lost(seq: number, why: string): Fault {
  return fault(
    "EIO",
    `record ${seq} cannot be read back: ${why}`,
    "Verify the record; it tells the first place that was changed.",
  );
}

function lostAnswer({ message, hint }: Fault): ModelAnswer {
  const text = `(This turn is missing: ${message}. ${hint})`;
  return { text, calls: [], usage: { input: 0, output: 0 }, stop: "other" };
}
