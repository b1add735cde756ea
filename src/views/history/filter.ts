// Filter: which records a document shows, so that only these are read.
import type { AnyRecord } from "../../abi/record.ts";

/** The call that a record is about; an object names the one that put it. */
export function callOfRecord(record: AnyRecord): string | undefined {
  return record.kind === "object.put" ? record.data.call : record.call;
}

/** Which records are wanted: all of them, those about some processes, or those of one call. */
export interface RecordFilter {
  readonly pids?: readonly number[];
  readonly call?: string;
  /** Only records behind this number. */
  readonly after?: number;
}

/** True for a record that a filter wants. */
export function isWanted({ pids, call, after = 0 }: RecordFilter, record: AnyRecord): boolean {
  if (record.seq <= after) return false;
  if (call !== undefined) return callOfRecord(record) === call;
  return pids === undefined || (record.pid !== undefined && pids.includes(record.pid));
}
