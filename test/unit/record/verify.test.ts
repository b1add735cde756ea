// Verifying: the first bad byte is named, whatever it is, and nothing good is called bad.
import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeDigests } from "../../../src/host/node/digests.ts";
import { newIdentity } from "../../../src/host/node/journal/keys.ts";
import type { JournalSource, Scanned } from "../../../src/kernel/ports/files.ts";
import { english } from "../../../src/views/words/translate.ts";
import { judgeJournal } from "../../../src/views/record/verdict.ts";
import { fileOf, inMemory, MemoryStore, readAll, say, scan } from "../../harness/journal.ts";
import { LONG, share } from "../../support/runs.ts";

/** Three segments with lines, heads and bodies in each; the last one has four heads. */
async function written(): Promise<MemoryStore> {
  const store = new MemoryStore();
  const { journal } = inMemory(store, { segmentBytes: 12_000 });
  for (let i = 0; store.newest < "00000003"; i++) {
    say(journal, i % 4 === 1 ? `long ${i} `.repeat(650) : `short ${i}`);
    if (i % 3 === 2) await journal.durable();
  }
  for (let i = 0; i < 8; i++) {
    say(journal, i === 3 ? "body in the last segment ".repeat(180) : `short again ${i}`);
    if (i % 2 === 1) await journal.durable();
  }
  await journal.close();
  return store;
}

const base = await written();

function changed(
  change: (s: { identity: Buffer; segments: Map<string, Buffer>; bodies: Map<string, Buffer> }) => void,
): JournalSource {
  const copy = {
    identity: Buffer.from(base.identityBytes),
    segments: new Map([...base.segments].map(([k, v]) => [k, Buffer.from(v)])),
    bodies: new Map([...base.bodies].map(([k, v]) => [k, Buffer.from(v)])),
  };
  change(copy);
  const files = (from: Map<string, Buffer>) => [...from].map(([name, bytes]) => fileOf(name, bytes));
  return { identity: copy.identity, segments: files(copy.segments), bodies: files(copy.bodies) };
}

const at = (map: Map<string, Buffer>, name: string): Buffer => map.get(name) ?? Buffer.alloc(0);

test("a whole journal is good, with and without the newest head", async () => {
  for (const expect of [base.head, undefined]) {
    const { scanned } = await readAll(base.source, expect);
    assert.equal(scanned.defect, undefined);
    assert.deepEqual(scanned.last, base.head);
    assert.equal(scanned.tail ?? scanned.bodyTail, undefined);
  }
});

test("every flipped bit of every byte is noticed, and its file is named", async () => {
  const files = [
    ["identity.json", base.identityBytes],
    ...[...base.segments].map(([n, b]) => [`journal/${n}.jsonl`, b] as const),
    ...[...base.bodies].map(([n, b]) => [`bodies/${n}`, b] as const),
  ] as const;
  let flips = 0;
  for (const [file, bytes] of files) {
    // In a long run every third byte of lines, every 37th of bodies; another bit each time.
    const step = file.startsWith("bodies") ? (LONG ? 37 : 301) : LONG ? 3 : 25;
    for (let byte = 0; byte < bytes.length; byte += step) {
      const bit = 1 << (byte % 8);
      const flip = (b: Buffer): void => void b.writeUInt8(b.readUInt8(byte) ^ bit, byte);
      const source = changed((s) => {
        if (file === "identity.json") flip(s.identity);
        else
          flip(
            at(
              file.startsWith("journal") ? s.segments : s.bodies,
              file.slice(file.indexOf("/") + 1, file.indexOf("/") + 9),
            ),
          );
      });
      const expect = flips++ % 2 === 0 ? base.head : undefined;
      const { scanned } = await readAll(source, expect);
      assert.equal(
        scanned.defect?.file,
        file,
        `byte ${byte} bit ${bit} of ${file}: ${JSON.stringify(scanned)}`,
      );
      if (file.startsWith("journal")) {
        const line = bytes.subarray(0, byte).toString("latin1").split("\n").length;
        assert.ok(
          scanned.defect.line === line,
          `byte ${byte} of ${file}: line ${line}, not ${scanned.defect.line}: ${scanned.defect.what}`,
        );
        assert.ok(scanned.defect.byte <= byte);
      }
    }
  }
  assert.ok(flips > share(3000));
});

test("a cut anywhere is noticed by who knows the newest head", async () => {
  for (const [name, bytes] of base.segments) {
    for (let size = 0; size < bytes.length; size += LONG ? 29 : 241) {
      const source = changed((s) => {
        s.segments.set(name, at(s.segments, name).subarray(0, size));
      });
      const { scanned, records } = await readAll(source, base.head);
      assert.ok(scanned.defect !== undefined || scanned.expected !== "covered", `${name} cut to ${size}`);
      assert.equal(records.length, scanned.records);
    }
  }
});

test("a cut at a head is seen by nobody else, and the verdict says so", async () => {
  const newest = base.newest;
  const lines = at(base.segments, newest).toString().split("\n");
  const firstHead = lines.findIndex((l) => l.includes('"kind":"head"'));
  assert.ok(firstHead >= 0 && firstHead < lines.length - 2);
  const source = changed((s) => {
    s.segments.set(newest, Buffer.from(lines.slice(0, firstHead + 1).join("\n") + "\n"));
  });
  const alone = await readAll(source);
  const judged = judgeJournal(english, {
    mode: "bytes-alone",
    standing: { kind: "obeyed" },
    scanned: alone.scanned,
  });
  assert.equal(judged.ok, true);
  assert.match(judged.text.join("\n"), /cannot be noticed/u);
  assert.equal((await readAll(source, base.head)).scanned.expected, "beyond");
});

test("a file that is missing, or too many, or of no use is named", async () => {
  const cases: [string, (s: { segments: Map<string, Buffer>; bodies: Map<string, Buffer> }) => void][] = [
    ["journal/00000002.jsonl", (s) => s.segments.delete("00000002")],
    ["journal/00000001.jsonl", (s) => s.segments.delete("00000001")],
    ["bodies/00000001", (s) => s.bodies.delete("00000001")],
    ["bodies/00000077", (s) => s.bodies.set("00000077", Buffer.from("stray"))],
    [
      "bodies/00000001",
      (s) => s.bodies.set("00000001", Buffer.concat([at(s.bodies, "00000001"), Buffer.from("x")])),
    ],
    [
      "journal/00000001.jsonl",
      (s) => s.segments.set("00000001", Buffer.concat([at(s.segments, "00000001"), Buffer.from("{}")])),
    ],
    ["journal/00000004.jsonl", (s) => s.segments.set("00000009", Buffer.from("{}\n"))],
  ];
  assert.equal(base.segments.size, 3);
  for (const [file, change] of cases) {
    const { scanned } = await readAll(changed(change), base.head);
    assert.equal(scanned.defect?.file, file, JSON.stringify([String(change), scanned]));
  }
});

test("lines behind the last head are an unfinished write, unless the newest head lies in them", async () => {
  const last = at(base.segments, base.newest);
  const whole = last.toString().trimEnd().split("\n").at(-2) ?? "";
  for (const tail of ['{"v":1,"seq":', "{", whole.slice(0, 50), "garbage\n", "\n", "garbage\nmore"]) {
    const source = changed((s) => s.segments.set(base.newest, Buffer.concat([last, Buffer.from(tail)])));
    const { scanned } = await readAll(source, base.head);
    assert.deepEqual(
      scanned.tail,
      { file: `journal/${base.newest}.jsonl`, byte: last.length, bytes: tail.length },
      JSON.stringify([tail, scanned.defect]),
    );
    const judged = judgeJournal(english, { mode: "whole", standing: { kind: "obeyed" }, scanned });
    assert.equal(judged.ok, true);
    assert.match(judged.text.join("\n"), /unfinished write/u);
    const beyond = await readAll(source, { seq: base.head.seq + 1, hash: "0".repeat(64) });
    assert.equal(beyond.scanned.defect?.byte, last.length);
  }
});

test("bytes behind the last body are an unfinished write", async () => {
  const source = changed((s) =>
    s.bodies.set(base.newest, Buffer.concat([at(s.bodies, base.newest), Buffer.from("half a body")])),
  );
  const { scanned } = await readAll(source, base.head);
  assert.equal(scanned.defect, undefined);
  assert.equal(scanned.bodyTail?.bytes, 11);
});

test("a journal signed by another key is not this one, however well it is made", async () => {
  const forged = new MemoryStore();
  const { journal } = inMemory(forged);
  say(journal, "I was always allowed");
  await journal.close();
  const { scanned } = await readAll({ ...forged.source, identity: base.identityBytes });
  assert.equal(scanned.defect?.file, "identity.json");
  const other = newIdentity().identity;
  const claimed = Buffer.from(JSON.stringify({ ...other, id: base.identity.identity.id }) + "\n");
  assert.equal((await readAll({ ...base.source, identity: claimed })).scanned.defect?.file, "identity.json");
});

test("a rewritten history with a whole chain but without the key is found at its first forged head", async () => {
  const name = base.newest;
  const lines = at(base.segments, name).toString().trimEnd().split("\n");
  const heads = lines.map((l, i) => (l.includes('"kind":"head"') ? i : -1)).filter((i) => i >= 0);
  const from = (heads[0] ?? 0) + 1;
  let prev = nodeDigests.sha256(lines[from - 1] ?? "");
  for (let i = from; i < lines.length; i++) {
    const text = (lines[i] ?? "")
      .replace("short", "shirt")
      .replace(/"prev":"[0-9a-f]{64}"/u, `"prev":"${prev}"`);
    lines[i] = text;
    prev = nodeDigests.sha256(text);
  }
  const source = changed((s) => s.segments.set(name, Buffer.from(lines.join("\n") + "\n")));
  for (const expect of [base.head, undefined]) {
    const { scanned } = await readAll(source, expect);
    assert.deepEqual(
      [scanned.defect?.file, scanned.defect?.line],
      [`journal/${name}.jsonl`, (heads[1] ?? 0) + 1],
    );
    assert.equal(scanned.end.line, from);
  }
});

test("the given public key decides, when there is one", async () => {
  const judge = (publicKey: string): Promise<Scanned> => scan(base.source, { publicKey });
  assert.equal((await judge(base.identity.identity.publicKey)).defect, undefined);
  assert.equal((await judge(newIdentity().identity.publicKey)).defect?.file, "identity.json");
});
