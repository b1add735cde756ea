// The contract of a store, run on every driver: what was appended is found again, by one writer at a time, or nothing is.
import assert from "node:assert/strict";
import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import type { AnyRecord } from "../../src/abi/record.ts";
import { newIdentity, signerOf } from "../../src/host/node/journal/keys.ts";
import type { Signer } from "../../src/kernel/ports.ts";
import type { Batch, HeadMark, JournalStore, StoredLines } from "../../src/kernel/ports/store.ts";
import { JournalError } from "../../src/kernel/record/failure.ts";
import { Journal } from "../../src/kernel/record/journal.ts";
import { RecordReader } from "../../src/kernel/record/read-back.ts";
import { Redactor } from "../../src/kernel/record/redact.ts";
import { DiskPlace, HandClock, say } from "../harness/journal.ts";
import { digests } from "../support/journal.ts";
import { RowTables } from "../harness/row-store.ts";

interface Opened {
  readonly store: JournalStore;
  readonly last: HeadMark;
  readonly signer: Signer;
}

/** One kind of store. Every `open` is another program. */
interface Driver {
  readonly name: string;
  make(t: TestContext): {
    open(): Promise<Opened | "locked">;
    /** Looks at what is stored, while a writer may hold it. */
    view(): Promise<StoredLines>;
    /** From now on this driver cannot write. */
    breakIt(opened: Opened): Promise<void>;
  };
}

const drivers: readonly Driver[] = [
  {
    name: "files",
    make(t) {
      const place = new DiskPlace();
      t.after(() => place.remove());
      return {
        async open() {
          const mode = existsSync(place.folder) ? "write" : "create";
          const { store, signer, last, standing } = await place.open(mode, place.root, 6000);
          if (standing.kind === "locked") return "locked";
          assert.ok(store !== undefined && signer !== undefined, JSON.stringify(standing));
          return { store, signer, last };
        },
        async view() {
          const { lines } = await place.open("view");
          assert.ok(lines !== undefined);
          return lines;
        },
        async breakIt() {
          renameSync(join(place.folder, "journal"), join(place.folder, "gone"));
        },
      };
    },
  },
  {
    name: "rows in memory",
    make() {
      const { identity, privateKey } = newIdentity();
      const signer = signerOf(identity, privateKey);
      assert.ok(signer !== undefined);
      const tables = new RowTables({ seq: 0, hash: "0".repeat(64) });
      return {
        async open() {
          const store = tables.open();
          return store === "locked" ? store : { store, signer, last: tables.head };
        },
        async view() {
          const looker = new RowTables(tables.head);
          Object.assign(looker, { lines: tables.lines, bodies: tables.bodies });
          const store = looker.open();
          assert.notEqual(store, "locked");
          return store as JournalStore;
        },
        async breakIt() {
          tables.open(true); // another writer takes the lease
        },
      };
    },
  },
];

function journalOver({ store, last, signer }: Opened): { journal: Journal; applied: AnyRecord[] } {
  const applied: AnyRecord[] = [];
  const parts = { clock: new HandClock(), digests, redactor: new Redactor() };
  const apply = (record: AnyRecord): void => void applied.push(record);
  return { journal: new Journal({ ...parts, store, last, signer, apply }), applied };
}

async function opened(place: ReturnType<Driver["make"]>): Promise<Opened> {
  const found = await place.open();
  assert.notEqual(found, "locked");
  return found as Opened;
}

/** Short records and long ones, in batches of different sizes, over several segments. */
async function fill(journal: Journal, batches: number): Promise<void> {
  for (let i = 0; i < batches; i++) {
    for (let j = 0; j <= i % 3; j++)
      say(journal, (i + j) % 4 === 0 ? `long ${i} ${j} `.repeat(500) : `short ${i} ${j}`);
    await journal.durable();
  }
}

async function all(lines: StoredLines, after = 0): Promise<AnyRecord[]> {
  const records: AnyRecord[] = [];
  for await (const { record } of new RecordReader(lines, digests).read(after)) records.push(record);
  return records;
}

for (const driver of drivers)
  suite(`the store that is ${driver.name}`, () => {
    test("every record is found again: in order, from any place on, and alone by its number", async (t) => {
      const on = await opened(driver.make(t));
      const { journal, applied } = journalOver(on);
      await fill(journal, 24);
      assert.deepEqual(await all(on.store), applied);
      for (const after of [1, 7, applied.length - 1, applied.length])
        assert.deepEqual(await all(on.store, after), applied.slice(after));
      const reader = new RecordReader(on.store, digests);
      for (const record of [...applied].reverse()) {
        const read = await reader.at(record.seq);
        assert.deepEqual(read?.record, record);
        const next = applied[record.seq];
        if (next !== undefined) assert.equal(read?.hash, next.prev);
      }
      for (const none of [0, -1, applied.length + 1, 1e9]) assert.equal(await reader.at(none), undefined);
      await journal.close();
    });

    test("a reader that is open finds what is written later, also in a later segment", async (t) => {
      const place = driver.make(t);
      const { journal, applied } = journalOver(await opened(place));
      await fill(journal, 1);
      const lines = await place.view();
      assert.deepEqual(await all(lines), applied);
      await fill(journal, 24);
      assert.deepEqual((await new RecordReader(lines, digests).at(applied.length))?.record, applied.at(-1));
      assert.deepEqual(await all(lines), applied);
      await journal.close();
    });

    test("the next writer goes on, and finds the bodies of the one before", async (t) => {
      const place = driver.make(t);
      const written: AnyRecord[] = [];
      for (let round = 0; round < 4; round++) {
        const on = await opened(place);
        const { journal, applied } = journalOver(on);
        await fill(journal, 5);
        written.push(...applied);
        assert.deepEqual(await all(on.store), written);
        await journal.close();
      }
    });

    test("one writer at a time; it lets go when it closes, a second time nothing", async (t) => {
      const place = driver.make(t);
      const first = await opened(place);
      assert.equal(await place.open(), "locked");
      await first.store.close();
      await first.store.close();
      const second = await opened(place);
      await assert.rejects(first.store.append(batchAfter(first.last)));
      await second.store.append(batchAfter(second.last));
      await second.store.close();
    });

    test("a batch that does not continue what is stored is refused, and so is every later one", async (t) => {
      const on = await opened(driver.make(t));
      await on.store.append(batchAfter(on.last));
      await assert.rejects(on.store.append(batchAfter(on.last)), /not the newest/u);
      const right = { seq: on.last.seq + 1, hash: "1".repeat(64) };
      await assert.rejects(on.store.append(batchAfter(right)), /not the newest/u);
      assert.equal(await on.store.at(on.last.seq + 2), undefined);
      await on.store.close();
    });

    test("a store that cannot write says so for ever, and keeps what it acknowledged", async (t) => {
      const place = driver.make(t);
      const on = await opened(place);
      const { journal, applied } = journalOver(on);
      await fill(journal, 3);
      const acknowledged = applied.length;
      await place.breakIt(on);
      const seal = say(journal, "after it").seq;
      await assert.rejects(journal.durable(seal), JournalError);
      await assert.rejects(on.store.append(batchAfter(journal.head)));
      assert.throws(() => say(journal, "later"), JournalError);
      assert.equal(journal.head.seq, acknowledged);
      await journal.close();
    });

    test("a body that is gone or changed is told, not shown", async (t) => {
      const on = await opened(driver.make(t));
      const { journal } = journalOver(on);
      say(journal, "a long text ".repeat(1000));
      await journal.durable();
      const spoilt = (body: StoredLines["body"]): RecordReader =>
        new RecordReader(
          { at: (seq) => on.store.at(seq), read: (after) => on.store.read(after), body },
          digests,
        );
      await assert.rejects(spoilt(async () => undefined).at(1), /no longer there/u);
      const other = async (): Promise<Uint8Array> =>
        Buffer.from("another long text ".repeat(667).slice(0, 12_000));
      await assert.rejects(spoilt(other).at(1), /not what was written/u);
      await journal.close();
    });
  });

/** A batch of one line, as a driver sees it: text, and a mark. */
function batchAfter(after: HeadMark): Batch {
  const line = `{"v":1,"seq":${after.seq + 1},"text":"one line"}`;
  return { after, lines: [line], bodies: [], head: { seq: after.seq + 1, hash: "1".repeat(64) } };
}
