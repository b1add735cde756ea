// The history port: an index of calls, and of whose records lie where. It makes answers faster and never feeds a decision.
import type { DecisionWord } from "../../abi/record.ts";
import type { ReadPosition } from "./files.ts";

/** The turn of a call outside of all turns, such as a person's order. */
export const NO_TURN = -1;

/** Which calls are wanted; an absent field does not filter. */
export interface CallFilter {
  readonly pid?: number | undefined;
  /** The name of a syscall, or a kind followed by `.*`. */
  readonly syscall?: string | undefined;
  readonly decision?: DecisionWord | undefined;
  /** Milliseconds since the Unix epoch: the last record of the call is not older. */
  readonly since?: number | undefined;
  /** Milliseconds since the Unix epoch: the last record of the call is older. */
  readonly until?: number | undefined;
  /** The turn of its process, counted from 0, or {@link NO_TURN}. */
  readonly turn?: number | undefined;
  /** A resource that the call needed or changed; one of these, or one below. */
  readonly resources?: readonly string[] | undefined;
  /** The call used so many tokens or more. */
  readonly tokens?: number | undefined;
}

/** One call in the index. */
export interface CallEntry {
  readonly call: string;
  readonly pid: number;
  /** The turn that it belongs to, counted from 0, or {@link NO_TURN}. */
  readonly turn: number;
  /** The numbers of the first and the last record that names it. */
  readonly first: number;
  readonly last: number;
  /** The numbers of the records that tell what it was and what became of it, in order. */
  readonly seqs: readonly number[];
  /** The time of the last of these, in milliseconds since the Unix epoch. */
  readonly time: number;
  readonly syscall: string;
  readonly decision: DecisionWord;
  readonly tokens: number;
  /** The resources that it needed or changed. */
  readonly resources: readonly string[];
}

/** The wanted calls of one turn in sum. */
export interface TurnSum {
  readonly turn: number;
  readonly calls: number;
  /** How many of them a rule denied or somebody refused. */
  readonly denied: number;
  readonly tokens: number;
}

/** A run of records that are all about one process, or about none. */
export interface Span {
  readonly pid: number;
  readonly first: number;
  readonly last: number;
}

/**
 * The table of an index. Two programs may fill it at once: the same records give the same rows. Every method throws when
 * the table cannot be used; then the record itself is read.
 */
export interface HistoryTable {
  /** Up to here the table holds everything; undefined when it holds nothing for sure. */
  position(): ReadPosition | undefined;
  entry(call: string): CallEntry | undefined;
  /** Adds all of it, or nothing. */
  put(entries: Iterable<CallEntry>, spans: readonly Span[]): void;
  reach(position: ReadPosition): void;
  /** Empties the table: it did not fit the record. */
  clear(): void;
  /** The spans of these processes in order. */
  spans(pids: readonly number[]): readonly Span[];
  /** The wanted calls whose first record is before this one, newest first, and at most so many. */
  calls(filter: CallFilter, before: number, most: number): readonly CallEntry[];
  /** The time of the newest wanted call, in milliseconds since the Unix epoch; undefined when there is none. */
  newest(filter: CallFilter): number | undefined;
  /** The processes with a wanted call whose pid is below this one, by falling pid, and at most so many. */
  pids(filter: CallFilter, before: number, most: number): readonly number[];
  /** The turns of a process with a wanted call and a number below this one, by falling number, and at most so many. */
  turns(filter: CallFilter & { readonly pid: number }, before: number, most: number): readonly TurnSum[];
  close(): void;
}
