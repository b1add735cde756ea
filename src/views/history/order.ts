// Order: the calls of a history in the order of the requests, found from the index without reading the calls.
import type { AnyRecord, JournalRecord } from "../../abi/record.ts";
import type { Standing } from "../../kernel/ports.ts";
import { comparePlaces, partsOf, rootOf, slotOf } from "../../kernel/state/call-id.ts";
import type { CallEntry, CallFilter, HistoryTable } from "../../kernel/ports/history.ts";
import { callsOf, type CallRow } from "../record/calls.ts";
import type { RecordHistory } from "./history.ts";
import { recordsAt } from "./lookup.ts";

/** So many calls are given at once. */
const PAGE = 200;

/** In so many of its first spans a process is born: what it is given may be on record before it. */
const BIRTH = 3;

/** A call by its place. It holds little, because all wanted calls are sorted at once. */
interface PlacedCall {
  readonly call: string;
  readonly seqs: readonly number[];
  /** The number of the record that its order follows. */
  readonly place: number;
  /** The last record of the answer that listed it, if one did. */
  readonly answer?: number;
}

/** So many entries are taken from the table at once. */
const LOOK = 5_000;

/** The operation that asks a model. */
const MODEL_CALL = "model.call";

/**
 * The wanted calls up to a record, in the order of `callsOf`: the calls of a turn follow the answer that listed them, in
 * its order, and the calls that a call made follow it.
 */
function inOrder(table: HistoryTable, filter: CallFilter, last: number): PlacedCall[] {
  const turns = new Map<string, number>();
  const only = { pid: filter.pid, syscall: MODEL_CALL };
  for (const { call, pid, seqs } of entriesOf(table, only, last)) {
    const slot = slotOf(call);
    const key = `${pid}.${slot?.turn ?? ""}`;
    if (slot !== undefined && slot.index === undefined)
      turns.set(key, Math.max(turns.get(key) ?? 0, seqs.at(-1) ?? 0));
  }
  const placed: PlacedCall[] = [];
  for (const { call, pid, seqs } of entriesOf(table, filter, last)) {
    const slot = slotOf(call);
    const answer = slot?.index === undefined ? undefined : turns.get(`${pid}.${slot.turn}`);
    const root = partsOf(call)?.below.length === 0 ? undefined : table.entry(rootOf(call));
    const place = answer ?? root?.seqs.at(-1) ?? seqs.at(-1) ?? 0;
    placed.push({ call, seqs, place, ...(answer === undefined ? {} : { answer }) });
  }
  return placed.sort((a, b) => a.place - b.place || comparePlaces(a.call, b.call));
}

/** The entries that a filter wants and a good head covers. */
function* entriesOf(table: HistoryTable, filter: CallFilter, last: number): Generator<CallEntry, void, void> {
  for (let before = Infinity; ;) {
    const entries = table.calls(filter, before, LOOK);
    for (const entry of entries) if (entry.last <= last) yield entry;
    before = entries.at(-1)?.first ?? 0;
    if (entries.length < LOOK) return;
  }
}

/**
 * Gives all wanted calls to `take` in the order of the requests, some at a time. Beside these it holds only where the
 * records of each wanted call stand.
 */
export function callsInOrder(
  history: RecordHistory,
  filter: CallFilter,
  take: (rows: readonly CallRow[]) => Promise<void>,
): Promise<{ readonly standing: Standing }> {
  return history.asked(async (table, { standing, last }, reader) => {
    const placed = inOrder(table, filter, last);
    for (let at = 0; at < placed.length; at += PAGE) {
      const page = placed.slice(at, at + PAGE);
      const seqsOf = ({ seqs, answer }: PlacedCall) => (answer === undefined ? seqs : [answer, ...seqs]);
      const records = await recordsAt(reader, page.flatMap(seqsOf));
      const rows = page.flatMap((each) => {
        const own = seqsOf(each).flatMap((seq) => records.get(seq) ?? []);
        return callsOf(own).find((row) => row.json.call === each.call) ?? [];
      });
      await take(rows);
    }
    return { standing };
  });
}

/** Gives every record up to the end of a call to `take`, one at a time; all of them when it has not ended. */
export function recordsUpTo(
  history: RecordHistory,
  call: string,
  take: (record: AnyRecord) => void,
): Promise<{ readonly standing: Standing }> {
  return history.asked(async (table, { standing, last }, reader) => {
    const entry = table.entry(call);
    if (entry === undefined || entry.first > last) return { standing };
    for await (const { record } of reader.read(0)) {
      if (record.seq > last) break;
      take(record);
      if (record.kind === "call.end" && record.call === call) break;
    }
    return { standing };
  });
}

/** The record with which a process began; undefined when there is none. Only its first records are read. */
export function birthOf(
  history: RecordHistory,
  pid: number,
): Promise<JournalRecord<"process.spawn"> | undefined> {
  return history.asked(async (table, { last }, reader) => {
    for (const span of table.spans([pid]).slice(0, BIRTH)) {
      for await (const { record } of reader.read(span.first - 1)) {
        if (record.seq > Math.min(last, span.last)) break;
        if (record.kind === "process.spawn" && record.pid === pid) return record;
      }
    }
    return undefined;
  });
}
