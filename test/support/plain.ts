// State as plain data, the capability table included, so that two states can be compared and printed.
import type { AnyRecord } from "../../src/abi/record.ts";
import { applyRecord } from "../../src/kernel/state/fold.ts";
import { emptyState, type State } from "../../src/kernel/state/rows.ts";
import { digests } from "./journal.ts";
import { kinds } from "../harness/kinds.ts";

/** Maps become lists of pairs, sets become lists, the table becomes what it holds; everything else stays. */
export function plain(value: unknown): unknown {
  if (value instanceof Map) return [...(value as Map<unknown, unknown>)].map(([k, v]) => [k, plain(v)]);
  if (value instanceof Set) return { set: [...(value as Set<unknown>)].map((v) => plain(v)) };
  if (Array.isArray(value)) return (value as unknown[]).map((v) => plain(v));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, v]) => v !== undefined)
      .map(([k, v]) => [k, plain(v)]),
  );
}

export function plainState(state: Readonly<State>): unknown {
  const { capabilities, kinds: _, ...rest } = state;
  const table = [...capabilities.all()].map(({ children, ...held }) => ({
    ...held,
    since: undefined, // a number without a meaning of its own; the order that it gives is that of the holders below
    children: (children ?? []).map((c) => c.cap.id),
  }));
  const holders = [...state.processes.keys()].map((pid) => capabilities.heldBy(pid).map((h) => h.cap.id));
  return plain({ ...rest, table, holders, size: capabilities.size });
}

/** The state that a reader of the record gets: each record through its JSON text, in order. */
export function folded(records: readonly AnyRecord[], by = kinds): State {
  const state = emptyState((text) => digests.sha256(text), by);
  for (const record of records) applyRecord(state, JSON.parse(JSON.stringify(record)) as AnyRecord);
  return state;
}
