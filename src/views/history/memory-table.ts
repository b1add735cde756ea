// The history table of a machine that has no database: rows in memory, made anew for each question.
import type { ReadPosition } from "../../kernel/ports/files.ts";
import type { CallEntry, CallFilter, HistoryTable, Span, TurnSum } from "../../kernel/ports/history.ts";
import { matches } from "./entries.ts";

/** It gives the same answers as a table on the disk; only the record must be read for each. */
export class MemoryTable implements HistoryTable {
  readonly #entries = new Map<string, CallEntry>();
  #spans: Span[] = [];
  #position: ReadPosition | undefined;

  position(): ReadPosition | undefined {
    return this.#position;
  }

  entry(call: string): CallEntry | undefined {
    return this.#entries.get(call);
  }

  put(entries: Iterable<CallEntry>, spans: readonly Span[]): void {
    for (const entry of entries) this.#entries.set(entry.call, entry);
    for (const span of spans) this.#spans.push(span);
  }

  reach(position: ReadPosition): void {
    this.#position = position;
  }

  clear(): void {
    this.#entries.clear();
    this.#spans = [];
    this.#position = undefined;
  }

  spans(pids: readonly number[]): readonly Span[] {
    return this.#spans.filter((span) => pids.includes(span.pid));
  }

  calls(filter: CallFilter, before: number, most: number): readonly CallEntry[] {
    return [...this.#entries.values()]
      .filter((entry) => entry.first < before && matches(filter, entry))
      .sort((a, b) => b.first - a.first)
      .slice(0, most);
  }

  newest(filter: CallFilter): number | undefined {
    const times = [...this.#entries.values()].filter((entry) => matches(filter, entry));
    return times.reduce<number | undefined>((most, { time }) => Math.max(most ?? time, time), undefined);
  }

  pids(filter: CallFilter, before: number, most: number): readonly number[] {
    const found = new Set<number>();
    for (const entry of this.#entries.values())
      if (entry.pid < before && matches(filter, entry)) found.add(entry.pid);
    return [...found].sort((a, b) => b - a).slice(0, most);
  }

  turns(filter: CallFilter, before: number, most: number): readonly TurnSum[] {
    const found = new Map<number, TurnSum>();
    for (const entry of this.#entries.values()) {
      const { turn } = entry;
      if (turn >= before || !matches(filter, entry)) continue;
      const sum = found.get(turn) ?? { turn, calls: 0, denied: 0, tokens: 0 };
      const denied = entry.decision === "deny" || entry.decision === "refused" ? 1 : 0;
      const more = { denied: sum.denied + denied, tokens: sum.tokens + entry.tokens };
      found.set(turn, { turn, calls: sum.calls + 1, ...more });
    }
    return [...found.values()].sort((a, b) => b.turn - a.turn).slice(0, most);
  }

  close(): void {
    this.clear();
  }
}
