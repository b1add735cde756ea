// Entries: rows of the history index, made of records one after the other, and the match of a row with a filter.
import type { AnyRecord } from "../../abi/record.ts";
import {
  NO_TURN,
  type CallEntry,
  type CallFilter,
  type HistoryTable,
  type Span,
} from "../../kernel/ports/history.ts";
import { partsOf } from "../../kernel/state/call-id.ts";
import { callOfRecord } from "./filter.ts";

/** So many records are put into the table at once; it takes some tens of milliseconds. */
const CHUNK = 2000;

/** Feeds a table with records in order. Only those that a head covers get there. */
export class Indexer {
  readonly #table: HistoryTable;
  #uncovered: AnyRecord[] = [];
  #entries = new Map<string, CallEntry>();
  #spans: Span[] = [];
  #taken = 0;

  constructor(table: HistoryTable) {
    this.#table = table;
  }

  take(record: AnyRecord): void {
    if (record.seq === 1) this.#clear();
    this.#uncovered.push(record);
    if (record.kind !== "head") return;
    for (const each of this.#uncovered) this.#note(each);
    this.#taken += this.#uncovered.length;
    this.#uncovered = [];
    if (this.#taken >= CHUNK) this.flush();
  }

  /** Puts everything taken into the table. */
  flush(): void {
    this.#table.put(this.#entries.values(), this.#spans);
    this.#entries = new Map();
    this.#spans = [];
    this.#taken = 0;
  }

  /** The reading began at the first record, so nothing that the table holds counts. */
  #clear(): void {
    this.#table.clear();
    this.#uncovered = [];
    this.#entries = new Map();
    this.#spans = [];
  }

  #note(record: AnyRecord): void {
    const { pid, seq } = record;
    const last = this.#spans.at(-1);
    if (pid !== undefined && last?.pid === pid) this.#spans.splice(-1, 1, { ...last, last: seq });
    else if (pid !== undefined) this.#spans.push({ pid, first: seq, last: seq });
    const call = callOfRecord(record);
    if (call === undefined || pid === undefined) return;
    const before = this.#entries.get(call) ?? this.#table.entry(call);
    this.#entries.set(call, withRecord(before, call, pid, record));
  }
}

/** The entry of a call with one more of its records. */
function withRecord(before: CallEntry | undefined, call: string, pid: number, record: AnyRecord): CallEntry {
  const { seq } = record;
  const entry = before ?? {
    ...{ call, pid, turn: partsOf(call)?.turn ?? NO_TURN, first: seq, last: seq, seqs: [], time: 0 },
    ...{ syscall: "", decision: "none" as const, tokens: 0, resources: [] },
  };
  const named = { ...entry, first: Math.min(entry.first, seq), last: Math.max(entry.last, seq) };
  if (entry.seqs.includes(seq)) return named;
  const told = { ...named, seqs: [...entry.seqs, seq] };
  const time = Date.parse(record.time);
  switch (record.kind) {
    // Records of other processes name the call too, such as the birth of one that it started. These tell whose it is.
    case "question.open": {
      const { op, needs = [] } = record.data;
      const syscall = entry.syscall === "" ? (op ?? "") : entry.syscall;
      return { ...told, pid, time, syscall, resources: joined(entry, needs) };
    }
    case "call.begin": {
      const { op, needs, decision } = record.data;
      return { ...told, pid, time, syscall: op, decision, resources: joined(entry, needs) };
    }
    case "call.end": {
      const { op, needs = [], decision, changes = [], used } = record.data;
      const resources = joined(entry, [...needs, ...changes]);
      return { ...told, pid, time, syscall: op, decision, tokens: used.tokens, resources };
    }
    case "process.memory":
    case "object.put":
      return told;
    default:
      return named;
  }
}

function joined(entry: CallEntry, more: readonly { readonly resource: string }[]): string[] {
  return [...new Set([...entry.resources, ...more.map(({ resource }) => resource)])];
}

/** True for a call that a filter wants. An entry without a time has no record that makes it a call. */
export function matches(filter: CallFilter, entry: CallEntry): boolean {
  const { pid, turn, syscall, decision, since, until, resources, tokens } = filter;
  return (
    entry.time > 0 &&
    (pid === undefined || entry.pid === pid) &&
    (turn === undefined || entry.turn === turn) &&
    (syscall === undefined ||
      (syscall.endsWith(".*")
        ? entry.syscall.startsWith(syscall.slice(0, -1))
        : entry.syscall === syscall)) &&
    (decision === undefined || entry.decision === decision) &&
    (since === undefined || entry.time >= since) &&
    (until === undefined || entry.time < until) &&
    (tokens === undefined || entry.tokens >= tokens) &&
    (resources === undefined ||
      entry.resources.some((found) => resources.some((r) => found === r || found.startsWith(`${r}/`))))
  );
}
