// The history table in the user's data folder: `index.db`, made of the record and made anew when it does not serve.
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { rmSync } from "node:fs";
import * as z from "zod";
import { decisionSchema } from "../../../abi/record.ts";
import type { ReadPosition } from "../../../kernel/ports/files.ts";
import type { CallEntry, CallFilter, HistoryTable, Span } from "../../../kernel/ports/history.ts";

/** Grows when tables or the meaning of their rows change; then the file is made anew. */
const VERSION = 1;

const TABLES = `
CREATE TABLE reached (position TEXT);
CREATE TABLE epoch (number INTEGER);
INSERT INTO epoch VALUES (0);
CREATE TABLE calls (call TEXT PRIMARY KEY, pid INTEGER, first INTEGER, last INTEGER, seqs TEXT, time INTEGER,
  syscall TEXT, decision TEXT, tokens INTEGER, resources TEXT) WITHOUT ROWID;
CREATE INDEX calls_first ON calls (first);
CREATE INDEX calls_pid ON calls (pid, first);
CREATE INDEX calls_syscall ON calls (syscall, first);
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
});
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
      db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
      this.#inOne(() => {
        const found = db.prepare("PRAGMA user_version").get()?.["user_version"];
        if (found === 0) db.exec(TABLES);
        else if (found !== VERSION) throw new Error("it has another version");
      });
      this.#epoch = this.#newestEpoch();
      this.#putCall = db.prepare("INSERT OR REPLACE INTO calls VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
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
      for (const { call, pid, first, last, seqs, time, syscall, decision, tokens, resources } of entries) {
        const lists = [JSON.stringify(seqs), JSON.stringify(resources)] as const;
        this.#putCall.run(call, pid, first, last, lists[0], time, syscall, decision, tokens, lists[1]);
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
    const { pid, syscall, decision, since, resources, tokens } = filter;
    const where = ["time > 0"];
    const values: SQLInputValue[] = [];
    const and = (condition: string, ...more: readonly (SQLInputValue | undefined)[]): void => {
      if (more[0] === undefined) return;
      where.push(condition);
      for (const value of more) values.push(value ?? null);
    };
    const kind = syscall?.endsWith(".*") === true ? syscall.slice(0, -1) : undefined;
    and("first < ?", before === Infinity ? undefined : before);
    and("pid = ?", pid);
    and("syscall = ?", kind === undefined ? syscall : undefined);
    and("substr(syscall, 1, length(?)) = ?", kind, kind);
    and("decision = ?", decision);
    and("time >= ?", since);
    and("tokens >= ?", tokens);
    if (resources !== undefined) {
      // All that is below a place sorts between its name with a slash and its name with the character after it.
      const each = resources.map(() => "resource = ? OR (resource >= ? AND resource < ?)");
      const wanted = each.length === 0 ? "0" : each.join(" OR ");
      where.push(`call IN (SELECT call FROM resources WHERE ${wanted})`);
      for (const resource of resources) for (const end of ["", "/", "0"]) values.push(resource + end);
    }
    const limit = most === Infinity ? -1 : most;
    const sql = `SELECT * FROM calls WHERE ${where.join(" AND ")} ORDER BY first DESC LIMIT ${limit}`;
    return this.#db
      .prepare(sql)
      .all(...values)
      .map((row) => entrySchema.parse(row));
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
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
