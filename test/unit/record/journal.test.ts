// The journal in memory: what one append does, how batches form, what durable promises, and what failure means.
import assert from "node:assert/strict";
import { verify } from "node:crypto";
import { test } from "node:test";
import type { AnyRecord } from "../../../src/abi/record.ts";
import { nodeDigests } from "../../../src/host/node/digests.ts";
import { JournalError } from "../../../src/kernel/record/failure.ts";
import { inMemory, MemoryStore, readAll, say } from "../../harness/journal.ts";

const sha256 = (text: string | Uint8Array): string => nodeDigests.sha256(text);

const rejects = (promise: Promise<unknown>, code: string): Promise<void> =>
  assert.rejects(promise, (error) => error instanceof JournalError && error.fault.code === code);

const throws = (body: () => unknown, code: string): void =>
  assert.throws(body, (error) => error instanceof JournalError && error.fault.code === code);

test("an append is applied in its own tick and durable later", async () => {
  const store = new MemoryStore();
  const { journal, applied, clock } = inMemory(store);
  clock.ms = Date.UTC(2031, 5, 1, 12);
  const record = say(journal, "hello");
  assert.deepEqual(applied, [record]);
  assert.deepEqual(record, {
    v: 1,
    seq: 1,
    time: "2031-06-01T12:00:00.000Z",
    kind: "process.message",
    pid: 2,
    data: { text: "hello", by: "person" },
    prev: sha256(store.identityBytes),
  });
  assert.equal(journal.head.seq, 0);
  await journal.durable(record.seq);
  assert.deepEqual(journal.head, store.head);
  assert.equal(journal.head.seq, 2);
  await journal.close();
});

test("the bytes: one JSON object a line, prev is the SHA-256 of the line before, the head is signed as written", async () => {
  const store = new MemoryStore();
  const { journal, applied } = inMemory(store);
  say(journal, "one");
  say(journal, "two");
  await journal.close();
  const [one = "", two = "", head = ""] = store.lines;
  assert.equal(
    one,
    `{"v":1,"seq":1,"time":"2030-01-01T00:00:00.000Z","kind":"process.message","pid":2,"data":{"text":"one","by":"person"},"prev":"${sha256(store.identityBytes)}"}`,
  );
  assert.ok(two.endsWith(`"prev":"${sha256(one)}"}`));
  const signature = /"signature":"([0-9a-f]{128})"/u.exec(head)?.[1] ?? "";
  const bare = head.replace(/"signature":"[0-9a-f]{128}"/u, "");
  assert.match(bare, /"kind":"head","data":\{\},"prev":/u);
  const message = `agentlibos-head-1|${store.identity.identity.id}|${sha256(bare)}`;
  const key = store.identity.identity.publicKey;
  assert.ok(verify(null, Buffer.from(message), key, Buffer.from(signature, "hex")));
  assert.deepEqual(store.head, { seq: 3, hash: sha256(head) });
  assert.equal(store.identity.identity.id, sha256(key).slice(0, 32));
  assert.deepEqual(
    applied.map((r) => r.kind),
    ["process.message", "process.message", "head"],
  );
});

test("what happens in one tick is one batch; what comes during a flush is the next (P35)", async () => {
  const store = new MemoryStore();
  const { journal } = inMemory(store);
  store.hold();
  for (let i = 0; i < 10; i++) say(journal, `a${i}`);
  const first = journal.durable();
  await new Promise(setImmediate);
  for (let i = 0; i < 500; i++) say(journal, `b${i}`);
  await new Promise(setImmediate);
  assert.equal(store.writes, 1);
  store.letGo();
  await first;
  assert.equal(journal.head.seq, 11);
  await journal.durable();
  assert.equal(store.writes, 2);
  assert.equal(journal.head.seq, 512);
  await journal.close();
});

test("an append that nobody waits for is written too, without a timer", async () => {
  const store = new MemoryStore();
  const { journal } = inMemory(store);
  say(journal, "alone");
  await new Promise(setImmediate);
  assert.equal(journal.head.seq, 2);
});

test("those whom a batch woke join one next batch", async () => {
  const store = new MemoryStore();
  const { journal } = inMemory(store);
  const caller = async (): Promise<void> => {
    for (let i = 0; i < 5; i++) await journal.durable(say(journal, "x").seq);
  };
  await Promise.all(Array.from({ length: 64 }, caller));
  assert.equal(store.writes, 5);
});

test("durable tells the truth about every number", async () => {
  const store = new MemoryStore();
  const { journal } = inMemory(store);
  await journal.durable(0);
  await assert.rejects(journal.durable(1), RangeError);
  store.hold();
  const a = say(journal, "a");
  await new Promise(setImmediate);
  const b = say(journal, "b");
  const done: string[] = [];
  const waits = [
    journal.durable(a.seq).then(() => done.push("a")),
    journal.durable(b.seq).then(() => done.push("b")),
  ];
  await new Promise(setImmediate);
  assert.deepEqual(done, []);
  store.letGo();
  await Promise.all(waits);
  assert.deepEqual(done, ["a", "b"]);
});

for (const [error, code] of [
  [Object.assign(new Error("no space left on device"), { code: "ENOSPC" }), "ENOSPC"],
  [Object.assign(new Error("quota"), { code: "EDQUOT" }), "ENOSPC"],
  [Object.assign(new Error("i/o error"), { code: "EIO" }), "EIO"],
  [new Error("replaced"), "EIO"],
] as const) {
  test(`a failed write seals the journal (${error.message}) (P85)`, async () => {
    const store = new MemoryStore();
    const sealed: unknown[] = [];
    const { journal, applied } = inMemory(store);
    const told = inMemory(store);
    await told.journal.close();
    store.hold();
    const inFlight = journal.durable(say(journal, "a").seq);
    await new Promise(setImmediate);
    const waiting = journal.durable(say(journal, "b").seq);
    store.failWith = error;
    store.letGo();
    await rejects(inFlight, code);
    await rejects(waiting, code);
    assert.equal(journal.sealed?.code, code);
    const count = applied.length;
    throws(() => say(journal, "c"), code);
    assert.equal(applied.length, count, "nothing may be applied once nothing can be written");
    await rejects(journal.durable(), code);
    store.failWith = undefined;
    await journal.close();
    assert.equal(store.writes, 1, "nothing is tried again");
    assert.equal(sealed.length, 0);
  });
}

test("a fold that throws stops the journal, and what was appended is still written, its own record included", async () => {
  const store = new MemoryStore();
  const { journal } = inMemory(store, {
    onApply: (r) => {
      if (r.kind === "process.message" && r.data.text === "bad") throw new RangeError("half applied");
    },
  });
  await journal.durable(say(journal, "good").seq);
  store.hold();
  const queued = say(journal, "queued");
  throws(() => say(journal, "bad"), "EFAULT");
  assert.equal(journal.sealed?.code, "EFAULT");
  throws(() => say(journal, "after"), "EFAULT");
  store.letGo();
  await journal.durable(queued.seq + 1);
  await journal.close();
  const { records } = await readAll(store.source);
  assert.deepEqual(
    records.flatMap((r) => (r.kind === "process.message" ? [r.data.text] : [])),
    ["good", "queued", "bad"],
  );
});

test("an append out of the fold goes behind the record that caused it", async () => {
  const store = new MemoryStore();
  const live: AnyRecord[] = [];
  const writing = inMemory(store, {
    onApply: (r) => {
      if (r.kind === "process.message" && r.data.text === "cause") live.push(say(writing.journal, "effect"));
    },
  });
  const cause = say(writing.journal, "cause");
  await writing.journal.close();
  assert.deepEqual([cause.seq, live[0]?.seq], [1, 2]);
  assert.deepEqual(
    (await readAll(store.source)).records.map((r) => r.kind),
    ["process.message", "process.message", "head"],
  );
});

test("close writes what is queued and closes the store once", async () => {
  const store = new MemoryStore();
  const { journal } = inMemory(store);
  say(journal, "last words");
  await Promise.all([journal.close(), journal.close()]);
  assert.deepEqual([store.head.seq, store.closed], [2, 1]);
});

test("a clock that goes backwards changes no order", async () => {
  const store = new MemoryStore();
  const { journal, clock } = inMemory(store);
  for (const year of [2030, 2029, 1975, 2031]) {
    clock.ms = Date.UTC(year, 0, 1);
    await journal.durable(say(journal, String(year)).seq);
  }
  await journal.close();
  const { records, scanned } = await readAll(store.source, store.head);
  assert.equal(scanned.defect, undefined);
  assert.deepEqual(
    records.map((r) => r.seq),
    [1, 2, 3, 4, 5, 6, 7, 8],
  );
});

test("segments follow each other by size, each ends in a head, the chain goes on", async () => {
  const store = new MemoryStore();
  const { journal, applied } = inMemory(store, { segmentBytes: 3000 });
  for (let i = 0; i < 60; i++) {
    say(journal, i % 10 === 0 ? "long".repeat(2000) : `line ${i}`);
    if (i % 2) await journal.durable();
  }
  await journal.close();
  assert.ok(store.segments.size > 5);
  for (const [name, bytes] of store.segments) {
    if (bytes.length > 0) assert.match(bytes.toString().split("\n").at(-2) ?? "", /"kind":"head"/u, name);
  }
  const { records, scanned } = await readAll(store.source, store.head);
  assert.equal(scanned.defect, undefined);
  assert.deepEqual(records, applied);
});
