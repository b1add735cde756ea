// Rows: the objects behind tree rows and lenses. Only we make them, so that a command can tell one from a forgery.

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

/** The changes of one turn, or of one call, judged together. */
export class SetRow {
  readonly pid: number;
  /** The id of the turn or call. */
  readonly place: string;
  constructor(pid: number, place: string) {
    this.pid = pid;
    this.place = place;
  }
}

/** The part of a large change set that lies in one folder. */
export class FolderRow {
  readonly set: SetRow;
  readonly pid: number;
  /** The folder as a resource. Removals are in rows of their own. */
  readonly folder: string;
  readonly removes: boolean;
  constructor(set: SetRow, folder: string, removes: boolean) {
    this.set = set;
    this.pid = set.pid;
    this.folder = folder;
    this.removes = removes;
  }
}

/** Alike questions, as they were when the row was made. Later ones are not in it. */
export class AlikeRow {
  readonly pid: number;
  /** Digests by the id of the question. */
  readonly digests: ReadonlyMap<string, string>;
  readonly at = performance.now();
  constructor(questions: readonly Question[]) {
    this.pid = questions[0]?.pid ?? 0;
    this.digests = new Map(questions.map((q) => [q.id, q.digest]));
  }
}

/** The row above the recent decisions. */
export class RecentRow {
  readonly pid = 0;
}

/** One recent decision. */
export class DecidedRow {
  readonly id: string;
  readonly pid: number;
  constructor({ id, pid }: Pick<Question, "id" | "pid">) {
    this.id = id;
    this.pid = pid;
  }
}

/** A capability that can be revoked. */
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

/** The row above the objects of an agent. Init's pid means the objects that the workspace shares. */
export class ObjectsRow {
  readonly pid: number;
  constructor(pid: number) {
    this.pid = pid;
  }
}

/** An object in its newest version. */
export class ObjectRow {
  readonly namespace: string;
  readonly name: string;
  constructor(namespace: string, name: string) {
    this.namespace = namespace;
    this.name = name;
  }
}

/** A call that runs, or that ran. */
export class RunningRow {
  readonly pid: number;
  readonly call: string;
  constructor(pid: number, call: string) {
    this.pid = pid;
    this.call = call;
  }
}

/** Something that runs beside the calls of an agent. */
export class HandleRow {
  readonly pid: number;
  readonly id: string;
  constructor(pid: number, id: string) {
    this.pid = pid;
    this.id = id;
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

/** Marks a row as ours. Only code that shows the row calls it. */
export function markRow<T extends object>(row: T): T {
  made.add(row);
  return row;
}

/** The row that a command was given, if it is ours and of this kind. Ids and look-alikes give undefined. */
export function ownRow<T extends object>(
  value: unknown,
  kind: abstract new (...args: never[]) => T,
): T | undefined {
  return typeof value === "object" && value !== null && made.has(value) && value instanceof kind
    ? value
    : undefined;
}
import type { Question } from "../../abi/question.ts";
