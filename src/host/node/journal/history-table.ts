// The history table in the user's data folder: `index.db`, made of the record and made anew when it does not serve.
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from "node:sqlite";
import { rmSync } from "node:fs";
import * as z from "zod";
import { decisionSchema } from "../../../abi/record.ts";
import type { ReadPosition } from "../../../kernel/ports/files.ts";
import type { CallEntry, CallFilter, HistoryTable, Span, TurnSum } from "../../../kernel/ports/history.ts";

/** Grows when tables or the meaning of their rows change; then the file is made anew. */
const VERSION = 3;

const TABLES = `
CREATE TABLE reached (position TEXT);
CREATE TABLE epoch (number INTEGER);
INSERT INTO epoch VALUES (0);
CREATE TABLE calls (call TEXT PRIMARY KEY, pid INTEGER, first INTEGER, last INTEGER, seqs TEXT, time INTEGER,
  syscall TEXT, decision TEXT, tokens INTEGER, resources TEXT, turn INTEGER) WITHOUT ROWID;
CREATE INDEX calls_first ON calls (first);
CREATE INDEX calls_pid ON calls (pid, first);
CREATE INDEX calls_syscall ON calls (syscall, first);
CREATE INDEX calls_time ON calls (time, decision, syscall, tokens, pid, turn);
CREATE INDEX calls_pid_time ON calls (pid, time, decision, syscall, tokens, turn);
CREATE INDEX calls_turn ON calls (pid, turn, time, decision, syscall, tokens);
CREATE TABLE resources (resource TEXT, call TEXT, PRIMARY KEY (resource, call)) WITHOUT ROWID;
CREATE TABLE spans (pid INTEGER, first INTEGER, last INTEGER, PRIMARY KEY (pid, first)) WITHOUT ROWID;
PRAGMA user_version = ${VERSION};`;

/** A field that holds a list as JSON. */
const listOf = <T>(item: z.ZodType<T>) =>
  z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(z.array(item));
const entrySchema = z.object({
  ...{ call: z.string(), pid: z.int(), first: z.int(), last: z.int(), seqs: listOf(z.int()), time: z.int() },
  ...{ syscall: z.string(), decision: decisionSchema, tokens: z.int(), resources: listOf(z.string()) },
  turn: z.int(),
});
const pidSchema = z.object({ pid: z.int() });
const turnSchema = z.object({ turn: z.int(), calls: z.int(), denied: z.int(), tokens: z.int() });
const spanSchema = z.object({ pid: z.int(), first: z.int(), last: z.int() });
const positionSchema = z.object({
  last: z.object({ seq: z.int(), hash: z.string() }),
  end: z.object({ segment: z.string(), line: z.int(), bytes: z.int(), bodyBytes: z.int() }),
});

/**
 * Opens the table at this path, and makes it when it is not there or not whole. Undefined where this Node has no
 * database, or the disk does not let it.
 */
export async function openHistoryTable(path: string): Promise<HistoryTable | undefined> {
  const sqlite = await import("node:sqlite").catch(() => undefined);
  if (sqlite === undefined) return undefined;
  for (const attempt of ["as it is", "anew"]) {
    try {
      if (attempt === "anew") for (const end of ["", "-wal", "-shm"]) rmSync(path + end, { force: true });
      return new DiskTable(new sqlite.DatabaseSync(path, { timeout: 2000 }));
    } catch {
      // A file that is no table of ours is removed once; everything in it is in the record.
    }
  }
  return undefined;
}

class DiskTable implements HistoryTable {
  readonly #db: DatabaseSync;
  readonly #putCall: StatementSync;
  readonly #putResource: StatementSync;
  readonly #putSpan: StatementSync;
  readonly #entry: StatementSync;
  /** Every emptying begins an epoch. Another program that filled the table before it must not go on. */
  #epoch: SQLInputValue | undefined;

  constructor(db: DatabaseSync) {
    this.#db = db;
    try {
      db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -32000");
      this.#inOne(() => {
        const found = db.prepare("PRAGMA user_version").get()?.["user_version"];
        if (found === 0) db.exec(TABLES);
        else if (found !== VERSION) throw new Error("it has another version");
      });
      this.#epoch = this.#newestEpoch();
      this.#putCall = db.prepare("INSERT OR REPLACE INTO calls VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
      this.#putResource = db.prepare("INSERT OR IGNORE INTO resources VALUES (?, ?)");
      this.#putSpan = db.prepare(
        "INSERT INTO spans VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET last = max(last, excluded.last)",
      );
      this.#entry = db.prepare("SELECT * FROM calls WHERE call = ?");
    } catch (error) {
      db.close();
      throw error;
    }
  }

  position(): ReadPosition | undefined {
    const text = this.#db.prepare("SELECT position FROM reached").get()?.["position"];
    return typeof text === "string" ? positionSchema.parse(JSON.parse(text)) : undefined;
  }

  entry(call: string): CallEntry | undefined {
    const row = this.#entry.get(call);
    return row && entrySchema.parse(row);
  }

  put(entries: Iterable<CallEntry>, spans: readonly Span[]): void {
    this.#inOne(() => {
      this.#checkEpoch();
      for (const { call, pid, first, last, seqs, time, ...about } of entries) {
        const { syscall, decision, tokens, resources, turn } = about;
        const lists = [JSON.stringify(seqs), JSON.stringify(resources)] as const;
        this.#putCall.run(call, pid, first, last, lists[0], time, syscall, decision, tokens, lists[1], turn);
        for (const resource of resources) this.#putResource.run(resource, call);
      }
      for (const { pid, first, last } of spans) this.#putSpan.run(pid, first, last);
    });
  }

  reach(position: ReadPosition): void {
    this.#inOne(() => {
      this.#checkEpoch();
      this.#db.exec("DELETE FROM reached");
      this.#db.prepare("INSERT INTO reached VALUES (?)").run(JSON.stringify(position));
    });
  }

  clear(): void {
    this.#inOne(() => {
      for (const table of ["reached", "calls", "resources", "spans"]) this.#db.exec(`DELETE FROM ${table}`);
      this.#db.exec("UPDATE epoch SET number = number + 1");
      this.#epoch = this.#newestEpoch();
    });
  }

  spans(pids: readonly number[]): Span[] {
    const of = this.#db.prepare("SELECT * FROM spans WHERE pid = ?");
    return pids.flatMap((pid) => of.all(pid).map((row) => spanSchema.parse(row)));
  }

  calls(filter: CallFilter, before: number, most: number): CallEntry[] {
    const wanted = conditionOf(filter);
    wanted.and("first < ?", before === Infinity ? undefined : before);
    // The few calls of a turn are found by it, and then sorted.
    const order = filter.turn === undefined ? "first" : "+first";
    const sql = `SELECT * FROM calls WHERE ${wanted.text} ORDER BY ${order} DESC LIMIT ${limitOf(most)}`;
    return this.#all(sql, wanted.values).map((row) => entrySchema.parse(row));
  }

  newest(filter: CallFilter): number | undefined {
    const wanted = conditionOf(filter);
    // By time alone the first match is the answer. Other indexes would bring all matches to be sorted.
    const by = filter.pid === undefined && filter.resources === undefined ? "INDEXED BY calls_time" : "";
    const sql = `SELECT time FROM calls ${by} WHERE ${wanted.text} ORDER BY time DESC LIMIT 1`;
    const time = this.#all(sql, wanted.values)[0]?.["time"];
    return typeof time === "number" ? time : undefined;
  }

  pids(filter: CallFilter, before: number, most: number): number[] {
    // From one pid to the one below it: the calls between them are not read.
    const wanted = conditionOf(filter);
    const sql = `WITH RECURSIVE each(pid) AS (SELECT max(pid) FROM calls WHERE pid < ?
      UNION ALL SELECT (SELECT max(pid) FROM calls WHERE pid < each.pid) FROM each WHERE each.pid IS NOT NULL)
      SELECT pid FROM each WHERE pid IS NOT NULL AND EXISTS (SELECT 1 FROM calls WHERE calls.pid = each.pid AND ${wanted.text}) LIMIT ${limitOf(most)}`;
    const values = [before === Infinity ? Number.MAX_SAFE_INTEGER : before, ...wanted.values];
    return this.#all(sql, values).map((row) => pidSchema.parse(row).pid);
  }

  turns(filter: CallFilter & { readonly pid: number }, before: number, most: number): TurnSum[] {
    const wanted = conditionOf(filter);
    wanted.and("turn < ?", before === Infinity ? undefined : before);
    const sql = `SELECT turn, count(*) AS calls, sum(tokens) AS tokens,
      count(CASE WHEN decision IN ('deny', 'refused') THEN 1 END) AS denied
      FROM calls INDEXED BY calls_turn WHERE ${wanted.text} GROUP BY turn ORDER BY turn DESC LIMIT ${limitOf(most)}`;
    return this.#all(sql, wanted.values).map((row) => turnSchema.parse(row));
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }

  #all(sql: string, values: readonly SQLInputValue[]): Record<string, SQLOutputValue>[] {
    return this.#db.prepare(sql).all(...values);
  }

  #newestEpoch(): SQLInputValue | undefined {
    return this.#db.prepare("SELECT number FROM epoch").get()?.["number"];
  }

  #checkEpoch(): void {
    if (this.#newestEpoch() !== this.#epoch) throw new Error("another program makes this table anew");
  }

  #inOne(change: () => void): void {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      change();
      this.#db.exec("COMMIT");
    } catch (error) {
      this.#db.exec("ROLLBACK");
      throw error;
    }
  }
}

/** The condition of a statement, and the values of its marks in order. */
class Condition {
  readonly values: SQLInputValue[] = [];
  text = "time > 0";

  /** Adds a condition, unless its first value is absent. */
  and(condition: string, ...values: readonly (SQLInputValue | undefined)[]): void {
    if (values.length > 0 && values[0] === undefined) return;
    this.text += ` AND ${condition}`;
    for (const value of values) this.values.push(value ?? null);
  }
}

function conditionOf(filter: CallFilter): Condition {
  const { pid, turn, syscall, decision, since, until, resources, tokens } = filter;
  const wanted = new Condition();
  const kind = syscall?.endsWith(".*") === true ? syscall.slice(0, -2) : undefined;
  wanted.and("pid = ?", pid);
  wanted.and("turn = ?", turn);
  wanted.and("syscall = ?", kind === undefined ? syscall : undefined);
  // The character after a dot is a slash.
  if (kind !== undefined) wanted.and("syscall >= ? AND syscall < ?", `${kind}.`, `${kind}/`);
  wanted.and("decision = ?", decision);
  wanted.and("time >= ?", since);
  wanted.and("time < ?", until);
  wanted.and("tokens >= ?", tokens);
  if (resources !== undefined) {
    // All that is below a place sorts between its name with a slash and its name with the character after it.
    const each = resources.map(() => "resource = ? OR (resource >= ? AND resource < ?)");
    const among = each.length === 0 ? "0" : each.join(" OR ");
    const names = resources.flatMap((resource) => ["", "/", "0"].map((end) => resource + end));
    wanted.and(`call IN (SELECT call FROM resources WHERE ${among})`, ...names);
  }
  return wanted;
}

function limitOf(most: number): number {
  return most === Infinity ? -1 : most;
}
