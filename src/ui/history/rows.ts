// Rows of the History view: the objects behind its tree. Only we make them, so that a command can tell one from a forgery.
import type { Day } from "../../views/history/history.ts";
import type { TurnSum } from "../../kernel/ports/history.ts";
import type { CallRow } from "../../views/record/calls.ts";

/** A day with calls. */
export class DayRow {
  readonly day: Day;
  constructor(day: Day) {
    this.day = day;
  }
  get id(): string {
    return `day ${this.day.start}`;
  }
}

/** An agent on a day. */
export class PastAgentRow {
  readonly day: Day;
  readonly pid: number;
  constructor(day: Day, pid: number) {
    this.day = day;
    this.pid = pid;
  }
  get id(): string {
    return `agent ${this.day.start} ${this.pid}`;
  }
}

/** A turn of an agent on a day. */
export class TurnRow {
  readonly day: Day;
  readonly pid: number;
  readonly sum: TurnSum;
  constructor(day: Day, pid: number, sum: TurnSum) {
    this.day = day;
    this.pid = pid;
    this.sum = sum;
  }
  get id(): string {
    return `turn ${this.day.start} ${this.pid} ${this.sum.turn}`;
  }
}

/** A call with the calls that it made. `above` is the id of the row that it stands below. */
export class PastCallRow {
  readonly above: string;
  readonly row: CallRow;
  readonly below: readonly PastCallRow[];
  constructor(above: string, row: CallRow, below: readonly PastCallRow[] = []) {
    this.above = above;
    this.row = row;
    this.below = below;
  }
  get id(): string {
    return `call ${this.above} ${this.row.json.call}`;
  }
}

/** The row that brings more rows below the row of this id. `reached` is how far a text was looked for, as a time. */
export class MoreRow {
  readonly of: string;
  readonly reached: number | undefined;
  constructor(of: string, reached?: number) {
    this.of = of;
    this.reached = reached;
  }
  get id(): string {
    return `more ${this.of}`;
  }
}

/** A row of the History view. */
export type PastRow = DayRow | PastAgentRow | TurnRow | PastCallRow | MoreRow;
