// Lookup: where the wanted records of a history lie, and single records and calls read again.
import type { AnyRecord } from "../../abi/record.ts";
import type { CallEntry, HistoryTable, Span } from "../../kernel/ports/history.ts";
import type { RecordReader } from "../../kernel/record/read-back.ts";
import { callsOf, type CallRow } from "../record/calls.ts";
import type { RecordFilter } from "./filter.ts";

/** Records are read in one go when at most so many others lie between two of them. */
const BETWEEN = 16;

/** The records of these numbers by number. Neighbours are read together. */
export async function recordsAt(
  reader: RecordReader,
  seqs: readonly number[],
): Promise<ReadonlyMap<number, AnyRecord>> {
  const found = new Map<number, AnyRecord>();
  const wanted = new Set(seqs);
  const runs: { first: number; last: number }[] = [];
  for (const seq of [...wanted].sort((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run !== undefined && seq - run.last <= BETWEEN) run.last = seq;
    else runs.push({ first: seq, last: seq });
  }
  for (const { first, last } of runs) {
    if (first === last) {
      const read = await reader.at(first);
      if (read !== undefined) found.set(first, read.record);
      continue;
    }
    for await (const { record } of reader.read(first - 1)) {
      if (wanted.has(record.seq)) found.set(record.seq, record);
      if (record.seq >= last) break;
    }
  }
  return found;
}

/** The call of an entry, made of its records; undefined when they do not make one. */
export function callOfEntry(
  { call, seqs }: CallEntry,
  records: ReadonlyMap<number, AnyRecord>,
): CallRow | undefined {
  const own = seqs.flatMap((seq) => records.get(seq) ?? []);
  return callsOf(own).find((row) => row.json.call === call);
}

/** The spans in which the wanted records lie, in order and apart from each other. */
export function spansOf(
  table: HistoryTable,
  { pids, call, after = 0 }: RecordFilter,
  last: number,
  most: number,
): Span[] {
  const entry = call === undefined ? undefined : table.entry(call);
  const all = { pid: 0, first: Math.max(after + 1, last - most + 1), last };
  const found =
    call === undefined ? (pids === undefined ? [all] : table.spans(pids)) : entry && [{ ...entry }];
  const apart: Span[] = [];
  for (const span of [...(found ?? [])].sort((a, b) => a.first - b.first)) {
    const cut = { ...span, last: Math.min(span.last, last) };
    const before = apart.at(-1);
    if (before !== undefined && cut.first <= before.last + 1)
      apart.splice(-1, 1, { ...before, last: Math.max(before.last, cut.last) });
    else apart.push(cut);
  }
  return apart;
}

/** True for a call that has this text in its arguments, its value or its error. */
export function says({ json, value }: CallRow, text: string): boolean {
  return JSON.stringify([json, value]).toLowerCase().includes(text.toLowerCase());
}
