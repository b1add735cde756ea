// Damaged journals: opening reports truthfully what is left, whatever was appended and whatever happened to the bytes.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AnyRecord } from "../../src/abi/record.ts";
import type { Journal } from "../../src/kernel/record/journal.ts";
import type { JournalSource } from "../../src/kernel/ports/files.ts";
import type { HeadMark } from "../../src/kernel/ports/store.ts";
import { fileOf, inMemory, MemoryStore, readAll, say } from "../harness/journal.ts";
import { share } from "../support/runs.ts";

type Step =
  | { do: "say"; text: string }
  | { do: "exit"; value: unknown }
  | { do: "durable" }
  | { do: "pause" };

const text = fc.oneof(
  { weight: 5, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
  fc.constantFrom(
    "x".repeat(4096),
    "x".repeat(4097),
    "é".repeat(3000),
    "\ud800" + "y".repeat(5000),
    '{"kind":"head"}\n',
  ),
);
const value = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    text,
    fc.double(),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(
      fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom("$body", "$$body", "__proto__")),
      tie("value"),
      { maxKeys: 3 },
    ),
  ),
})).value;
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: text.map((t) => ({ do: "say", text: t }) as const) },
  { weight: 2, arbitrary: value.map((v) => ({ do: "exit", value: v }) as const) },
  { weight: 2, arbitrary: fc.constant({ do: "durable" } as const) },
  { weight: 1, arbitrary: fc.constant({ do: "pause" } as const) },
);
const steps = fc.array(step, { minLength: 1, maxLength: 60 });
const segmentBytes = fc.constantFrom(1, 2000, 9000, 1_000_000);

/** Writes the steps and says what was acknowledged on the way: each promise that settled, with the head it saw. */
async function run(journal: Journal, store: MemoryStore, script: readonly Step[]): Promise<HeadMark[]> {
  const acknowledged: HeadMark[] = [];
  for (const s of script) {
    if (s.do === "say") say(journal, s.text);
    else if (s.do === "exit")
      journal.append("process.exit", { exit: "finished", result: s.value, reason: "" }, { pid: 2 });
    else if (s.do === "pause") await new Promise(setImmediate);
    else {
      await journal.durable();
      acknowledged.push(store.head);
    }
  }
  await journal.close();
  acknowledged.push(store.head);
  return acknowledged;
}

test("what is read back is what was applied, over any number of openings", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(steps, { minLength: 1, maxLength: 3 }),
      segmentBytes,
      async (sessions, size) => {
        const store = new MemoryStore();
        const all: AnyRecord[] = [];
        for (const script of sessions) {
          const { journal, applied } = inMemory(store, { segmentBytes: size });
          await run(journal, store, script);
          all.push(...applied);
          const { records, scanned } = await readAll(store.source, store.head);
          assert.equal(scanned.defect, undefined);
          assert.deepEqual(scanned.tail ?? scanned.bodyTail, undefined);
          assert.deepEqual(records, all);
          assert.equal(scanned.end.segment, store.newest);
        }
      },
    ),
    { numRuns: share(1000) },
  );
});

/** The state of a disk that stopped in the middle of a write: bodies first, then lines, each up to some byte. */
test("a write cut short anywhere: every acknowledged record is there, and none that no head covers", async () => {
  const cut = fc.record({
    batch: fc.nat(),
    bodies: fc.double({ min: 0, max: 1, noNaN: true }),
    lines: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  await fc.assert(
    fc.asyncProperty(steps, segmentBytes, cut, async (script, size, where) => {
      const store = new CrashingStore(where);
      const { journal, applied } = inMemory(store, { segmentBytes: size });
      await run(journal, store, script).catch(() => undefined);
      await journal.close();
      // The head that was stored last is at most one batch behind the disk.
      const { records, scanned } = await readAll(store.source, store.head);
      assert.equal(scanned.defect, undefined, JSON.stringify(scanned));
      assert.equal(scanned.expected, "covered");
      assert.ok(records.length >= store.head.seq);
      assert.equal(records.length, scanned.last.seq);
      if (records.length > 0) assert.equal(records.at(-1)?.kind, "head");
      assert.deepEqual(records, applied.slice(0, records.length));
    }),
    { numRuns: share(1000) },
  );
});

class CrashingStore extends MemoryStore {
  readonly #where: { batch: number; bodies: number; lines: number };
  #left: number;
  constructor(where: { batch: number; bodies: number; lines: number }) {
    super();
    this.#where = where;
    this.#left = where.batch % 8;
  }
  override async write(
    segment: string,
    lines: Uint8Array,
    bodies: Uint8Array,
    head: HeadMark,
  ): Promise<void> {
    if (this.#left-- > 0) return super.write(segment, lines, bodies, head);
    const stored = this.head;
    const part = (bytes: Uint8Array, share: number): Uint8Array =>
      bytes.subarray(0, Math.round(bytes.length * share));
    const allBodies = this.#where.bodies > 0.5;
    await super.write(
      segment,
      allBodies ? part(lines, this.#where.lines) : new Uint8Array(0),
      allBodies ? bodies : part(bodies, this.#where.bodies * 2),
      head,
    );
    this.head = stored;
    this.failWith = new Error("the power is gone");
    throw this.failWith;
  }
}

type Harm =
  | { how: "flip"; file: number; byte: number; bit: number }
  | { how: "cut"; file: number; to: number }
  | { how: "remove"; file: number }
  | { how: "insert"; file: number; at: number; byte: number };

const harm: fc.Arbitrary<Harm> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      how: fc.constant("flip" as const),
      file: fc.nat(),
      byte: fc.nat(),
      bit: fc.nat(7),
    }),
  },
  { weight: 2, arbitrary: fc.record({ how: fc.constant("cut" as const), file: fc.nat(), to: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ how: fc.constant("remove" as const), file: fc.nat() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      how: fc.constant("insert" as const),
      file: fc.nat(),
      at: fc.nat(),
      byte: fc.nat(255),
    }),
  },
);

test("harm of any kind is noticed, and what is still called good is what was written", async () => {
  await fc.assert(
    fc.asyncProperty(
      steps,
      segmentBytes,
      fc.array(harm, { minLength: 20, maxLength: 20 }),
      async (script, size, harms) => {
        const store = new MemoryStore();
        const { journal, applied } = inMemory(store, { segmentBytes: size });
        await run(journal, store, script);
        for (const one of harms) {
          const { source, file, byte, changed } = harmed(store, one);
          if (!changed) continue;
          const { records, scanned } = await readAll(source, store.head);
          const noticed =
            scanned.defect !== undefined || scanned.expected !== "covered" || scanned.bodyTail !== undefined;
          assert.ok(noticed, `${JSON.stringify(one)} of ${file} at ${byte}`);
          // Only bytes behind the last body may be called unfinished; everything else is damage.
          if (scanned.defect === undefined && scanned.expected === "covered") assert.equal(one.how, "insert");
          assert.deepEqual(records, applied.slice(0, records.length));
          if (records.length > 0) assert.equal(records.at(-1)?.kind, "head");
          // Nothing before the harmed segment is lost.
          if (file.startsWith("journal/")) {
            const before = [...store.segments].filter(([name]) => `journal/${name}.jsonl` < file);
            const lines = before.reduce((n, [, bytes]) => n + bytes.toString().split("\n").length - 1, 0);
            assert.ok(records.length >= lines);
          }
          const alone = await readAll(source);
          if (one.how === "flip")
            assert.notEqual(
              alone.scanned.defect,
              undefined,
              `${JSON.stringify(one)} of ${file}, bytes alone`,
            );
        }
      },
    ),
    { numRuns: share(1000) },
  );
});

function harmed(
  store: MemoryStore,
  one: Harm,
): { source: JournalSource; file: string; byte: number; changed: boolean } {
  const files = [
    ...[...store.segments].map(([name, bytes]) => ({ kind: "journal" as const, name, bytes })),
    ...[...store.bodies].map(([name, bytes]) => ({ kind: "bodies" as const, name, bytes })),
  ].filter((f) => f.bytes.length > 0);
  const target = files[one.file % files.length];
  if (target === undefined) return { source: store.source, file: "", byte: 0, changed: false };
  const { bytes } = target;
  let byte = 0;
  let after: Buffer | undefined;
  if (one.how === "flip") {
    byte = one.byte % bytes.length;
    after = Buffer.from(bytes);
    after[byte] = (after[byte] ?? 0) ^ (1 << one.bit);
  } else if (one.how === "cut") {
    byte = one.to % bytes.length;
    after = Buffer.from(bytes.subarray(0, byte));
  } else if (one.how === "insert") {
    byte = one.at % (bytes.length + 1);
    // A byte behind the last line or body is an unfinished write, not harm; behind lines it is `tail`.
    if (target.kind === "journal" && byte === bytes.length) byte = 0;
    after = Buffer.concat([bytes.subarray(0, byte), Buffer.from([one.byte]), bytes.subarray(byte)]);
    if (after.subarray(0, bytes.length).equals(bytes))
      return { source: store.source, file: "", byte, changed: false };
  }
  const with_ = (from: Map<string, Buffer>, kind: "journal" | "bodies") =>
    [...from].flatMap(([name, old]) => {
      const now = kind === target.kind && name === target.name ? after : old;
      return now === undefined ? [] : [fileOf(name, now)];
    });
  const source = {
    identity: store.identityBytes,
    segments: with_(store.segments, "journal"),
    bodies: with_(store.bodies, "bodies"),
  };
  return {
    source,
    file: target.kind === "journal" ? `journal/${target.name}.jsonl` : `bodies/${target.name}`,
    byte,
    changed: true,
  };
}
