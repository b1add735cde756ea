// The two databases of the data folder when each of their calls fails in turn: the index and the lock.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { DatabaseSync, StatementSync } from "node:sqlite";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { nodeDigests } from "../../src/host/node/digests.ts";
import { openIndex, readRecords } from "../../src/host/node/journal/inspect.ts";
import { RecordReader } from "../../src/kernel/record/read-back.ts";
import { standingText } from "../../src/views/record/standing.ts";
import { RecordHistory } from "../../src/views/history/history.ts";
import { english } from "../../src/views/words/translate.ts";
import { DiskPlace, say, scan } from "../harness/journal.ts";

/** Errors of a disk as SQLite tells them: a step that failed, and a disk that is full. */
const FAILURES = [
  [10, "disk I/O error"],
  [13, "database or disk is full"],
] as const;

/** Lets the nth call of a database fail, and all after it if `stays`. Gives how many calls came. */
function failing(
  t: TestContext,
  nth: number,
  [errcode, message]: (typeof FAILURES)[number],
  stays: boolean,
): () => number {
  let calls = 0;
  const watch = (owner: object, name: string): void => {
    const real = Reflect.get(owner, name) as (...args: unknown[]) => unknown;
    t.mock.method(owner as Record<string, () => unknown>, name, function (this: unknown, ...args: unknown[]) {
      calls += 1;
      if (calls === nth || (stays && calls > nth))
        throw Object.assign(new Error(message), { code: "ERR_SQLITE_ERROR", errcode });
      return real.apply(this, args);
    });
  };
  for (const name of ["exec", "prepare"]) watch(DatabaseSync.prototype, name);
  for (const name of ["run", "get", "all"]) watch(StatementSync.prototype, name);
  return () => calls;
}

async function place(t: TestContext): Promise<{ on: DiskPlace; known: string }> {
  const on = new DiskPlace();
  t.after(() => on.remove());
  await on.filled(20);
  const [id = ""] = readdirSync(join(on.home, "journals"));
  return { on, known: join(on.home, "journals", id) };
}

async function ask({ root, home }: DiskPlace): Promise<string> {
  const where = { root, home, roots: [{ name: "w", path: root }], scan };
  const { lines, table } = await openIndex(where);
  const history = new RecordHistory({
    ...{ table, reader: new RecordReader(lines, nodeDigests) },
    read: (keep, most, since) => readRecords(where, keep, most, since),
  });
  try {
    return JSON.stringify((await history.records({ pids: [2] })).records);
  } finally {
    table?.close();
  }
}

for (const failure of FAILURES)
  for (const stays of [false, true])
    test(`the index: "${failure[1]}" at each call in turn${stays ? " and from there on" : ""} changes no answer`, async (t) => {
      const { on, known } = await place(t);
      const right = await ask(on);
      let reached = 0;
      for (let nth = 1; ; nth += 1) {
        // Half of the times there is an index already, and half of the times it is made.
        if (nth % 2 === 0)
          for (const end of ["", "-wal", "-shm"]) rmSync(join(known, `index.db${end}`), { force: true });
        const calls = failing(t, nth, failure, stays);
        const got = await ask(on);
        t.mock.restoreAll();
        assert.equal(got, right, `call ${nth}`);
        assert.equal(await ask(on), right, `after call ${nth}`);
        if (calls() >= nth) reached = nth;
        if (nth > reached + 2 || nth > 80) break;
      }
      assert.ok(reached > 15, `only ${reached} calls were seen`);
    });

test("the lock: a database that fails, or is no file, leaves the record readable and says why", async (t) => {
  for (const failure of FAILURES) {
    const { on } = await place(t);
    failing(t, 1, failure, true);
    const { standing, store, records } = await on.open("write");
    t.mock.restoreAll();
    assert.deepEqual([standing.kind, store], ["read-only", undefined]);
    assert.ok(records.length > 20);
    assert.match(standingText(english, standing), new RegExp(failure[1], "u"));
    const again = await on.start("write");
    await again.journal.durable(say(again.journal, "goes on").seq);
    await again.journal.close();
    assert.equal((await on.verify()).ok, true);
  }
  const { on, known } = await place(t);
  rmSync(join(known, "lock.db"), { force: true });
  mkdirSync(join(known, "lock.db"));
  assert.equal((await on.open("write")).standing.kind, "read-only");
  rmSync(join(known, "lock.db"), { recursive: true });
  const free = await on.open("write");
  assert.equal(free.standing.kind, "obeyed");
  await free.store?.close();
});
