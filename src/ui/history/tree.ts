// Tree of the history: its rows are asked of the index when they are opened, one page at a time.
import { comparePlaces, madeBy } from "../../kernel/state/call-id.ts";
import { startOfDay, type HistoryFilter } from "../../views/history/rows.ts";
import type { OpenedHistory, RecordHistory } from "../../views/history/history.ts";
import type { CallRow } from "../../views/record/calls.ts";
import { markRow } from "../session/rows.ts";
import { DayRow, MoreRow, PastAgentRow, PastCallRow, TurnRow, type PastRow } from "./rows.ts";

/** So many rows of a kind come at once. */
const PAGE = { days: 14, agents: 50, turns: 50, calls: 100, found: 50 };
/** So many calls are looked through for a text at once. */
const LOOKS = 5000;
/** The id of the rows at the top. */
const TOP = "";

/** What a search for a text has found so far. */
interface Found {
  readonly rows: PastCallRow[];
  /** Where the search goes on; undefined at its end. */
  before: number | undefined;
  reached: number | undefined;
}

/** The rows of the history by filter and page. */
export class HistoryTree {
  filter: HistoryFilter = {};
  readonly #open: () => Promise<OpenedHistory>;
  #opened: Promise<OpenedHistory> | undefined;
  /** By the id of a row, how many rows are shown below it. */
  #shown = new Map<string, number>();
  #found: Found | undefined;

  constructor(open: () => Promise<OpenedHistory>) {
    this.#open = open;
  }

  /** Shows other calls, from the first page on. */
  show(filter: HistoryFilter): void {
    this.filter = filter;
    this.#shown = new Map();
    this.#found = undefined;
  }

  /** The next page below a row is wanted, too. */
  more({ of }: MoreRow): void {
    this.#shown.set(of, (this.#shown.get(of) ?? 0) + 1);
  }

  /** The rows below a row; at the top the days, or the calls that a text was found in. */
  async below(row?: PastRow): Promise<PastRow[]> {
    if (row instanceof PastCallRow) return [...row.below];
    if (row instanceof MoreRow) return [];
    const history = await this.history();
    if (row === undefined)
      return this.filter.text === undefined ? this.#days(history) : this.#search(history);
    if (row instanceof DayRow) return this.#agents(history, row);
    return row instanceof PastAgentRow ? this.#turns(history, row) : this.#calls(history, row);
  }

  /** The history of the record. It stays open until {@link close}. */
  async history(): Promise<RecordHistory> {
    this.#opened ??= this.#open();
    try {
      return (await this.#opened).history;
    } catch (error) {
      this.#opened = undefined;
      throw error;
    }
  }

  /** Closes the history; the next question opens it again. */
  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    this.#found = undefined;
    (await opened?.catch(() => undefined))?.close();
  }

  async #days(history: RecordHistory): Promise<PastRow[]> {
    const most = this.#most(TOP, PAGE.days);
    const days = await history.days(this.filter, startOfDay, most + 1);
    return this.#page(
      TOP,
      days.map((day) => new DayRow(day)),
      most,
    );
  }

  async #agents(history: RecordHistory, { id, day }: DayRow): Promise<PastRow[]> {
    const most = this.#most(id, PAGE.agents);
    const pids = await history.pids({ ...this.filter, since: day.start, until: day.end }, most + 1);
    return this.#page(
      id,
      pids.map((pid) => new PastAgentRow(day, pid)),
      most,
    );
  }

  async #turns(history: RecordHistory, { id, day, pid }: PastAgentRow): Promise<PastRow[]> {
    const most = this.#most(id, PAGE.turns);
    const turns = await history.turns({ ...this.filter, since: day.start, until: day.end, pid }, most + 1);
    return this.#page(
      id,
      turns.map((sum) => new TurnRow(day, pid, sum)),
      most,
    );
  }

  /** The calls of a turn in their order. Of many, the last ones come first, and the row for the others is above them. */
  async #calls(history: RecordHistory, { id, day, pid, sum }: TurnRow): Promise<PastRow[]> {
    const filter = { ...this.filter, since: day.start, until: day.end, pid, turn: sum.turn };
    const { rows, before } = await history.calls(filter, { most: this.#most(id, PAGE.calls) });
    const calls = nested(id, rows);
    return before === undefined || rows.length >= sum.calls ? calls : [markRow(new MoreRow(id)), ...calls];
  }

  async #search(history: RecordHistory): Promise<PastRow[]> {
    const found = (this.#found ??= { rows: [], before: Infinity, reached: undefined });
    const wanted = this.#shown.get(TOP) ?? 0;
    this.#shown.set(TOP, 0);
    if (found.before === Infinity || wanted > 0) {
      const order = { before: found.before, most: PAGE.found, looks: LOOKS };
      const page = found.before === undefined ? undefined : await history.calls(this.filter, order);
      for (const row of page?.rows ?? []) found.rows.push(markRow(new PastCallRow(TOP, row)));
      found.before = page?.before;
      found.reached = page?.reached;
    }
    return found.before === undefined
      ? found.rows
      : [...found.rows, markRow(new MoreRow(TOP, found.reached))];
  }

  #most(id: string, page: number): number {
    return page * (1 + (this.#shown.get(id) ?? 0));
  }

  /** The rows of a page, and the row for more when one was found beyond it. */
  #page(id: string, rows: readonly PastRow[], most: number): PastRow[] {
    const shown = rows.slice(0, most).map((row) => markRow(row));
    return rows.length > most ? [...shown, markRow(new MoreRow(id))] : shown;
  }
}

/** The calls in their order, each one that another of them made below that one. */
function nested(above: string, rows: readonly CallRow[]): PastCallRow[] {
  const sorted = [...rows].sort((a, b) => comparePlaces(a.json.call, b.json.call));
  const there = new Set(sorted.map(({ json }) => json.call));
  const parts = Map.groupBy(sorted, ({ json }) => {
    const maker = madeBy(json.call)?.call;
    return maker !== undefined && there.has(maker) ? maker : "";
  });
  const build = (row: CallRow): PastCallRow =>
    markRow(new PastCallRow(above, row, (parts.get(row.json.call) ?? []).map(build)));
  return (parts.get("") ?? []).map(build);
}
