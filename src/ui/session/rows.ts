// Rows, and what stands over lines: objects that only we make, so that a command can tell one from a forgery.
import type { Question } from "../../abi/record.ts";

const made = new WeakSet<object>();

/** A waiting question. */
export class AskRow {
  readonly id: string;
  readonly pid: number;
  readonly digest: string;
  constructor({ id, pid, digest }: Question) {
    this.id = id;
    this.pid = pid;
    this.digest = digest;
  }
}

/** The questions of one agent. */
export class GroupRow {
  readonly pid: number;
  constructor(pid: number) {
    this.pid = pid;
  }
}

/** The writes of one turn of an agent, judged together. */
export class SetRow {
  readonly pid: number;
  readonly turn: number;
  constructor(pid: number, turn: number) {
    this.pid = pid;
    this.turn = turn;
  }
}

/** Questions that ask for the same, as they were when the row was made: what came later is none of it. */
export class AlikeRow {
  readonly pid: number;
  /** By the question's id. */
  readonly digests: ReadonlyMap<string, string>;
  readonly at = performance.now();
  constructor(questions: readonly Question[]) {
    this.pid = questions[0]?.pid ?? 0;
    this.digests = new Map(questions.map((q) => [q.id, q.digest]));
  }
}

/** What was decided lately, as one row that opens. */
export class RecentRow {
  readonly pid = 0;
}

/** One thing that was decided. */
export class DecidedRow {
  readonly id: string;
  readonly pid: number;
  constructor({ id, pid }: Pick<Question, "id" | "pid">) {
    this.id = id;
    this.pid = pid;
  }
}

/** A capability that is shown with a way to take it back. */
export class CapabilityRow {
  readonly id: string;
  constructor(id: string) {
    this.id = id;
  }
}

/** An agent. */
export class AgentRow {
  readonly pid: number;
  constructor(pid: number) {
    this.pid = pid;
  }
}

/** The objects of an agent, or with init's pid those that the workspace shares, as one row that opens. */
export class ObjectsRow {
  readonly pid: number;
  constructor(pid: number) {
    this.pid = pid;
  }
}

/** An object, whatever version of it is the newest. */
export class ObjectRow {
  readonly namespace: string;
  readonly name: string;
  constructor(namespace: string, name: string) {
    this.namespace = namespace;
    this.name = name;
  }
}

/** A page of an agent's transcript. */
export class PageRow {
  readonly pid: number;
  readonly nth: number;
  constructor(pid: number, nth: number) {
    this.pid = pid;
    this.nth = nth;
  }
}

/** Marks a row as ours. Only what shows a row calls it, for what it shows. */
export function mark<T extends object>(row: T): T {
  made.add(row);
  return row;
}

/** The row a command was given, if it is one of ours and of this kind; ids and look-alikes are nothing. */
export function ours<T extends object>(
  value: unknown,
  kind: abstract new (...args: never[]) => T,
): T | undefined {
  return typeof value === "object" && value !== null && made.has(value) && value instanceof kind
    ? value
    : undefined;
}
