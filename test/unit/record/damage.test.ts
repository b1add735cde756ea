// Records that are not what they should be: damaged, rolled back, copied, moved and foreign ones are named and not obeyed.
import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { confirmMoved } from "../../../src/host/node/journal/recover.ts";
import { DiskPlace, say, scan } from "../../harness/journal.ts";

function place(t: TestContext): DiskPlace {
  const made = new DiskPlace();
  t.after(() => made.remove());
  return made;
}

const where = (p: DiskPlace, root = p.root) => ({
  ...{ root, home: p.home, roots: [{ name: "w", path: root }], scan },
});

test("damaged: the place is named, what is good is shown, nothing is written", async (t) => {
  const p = place(t);
  await p.filled(30);
  const path = join(p.folder, "journal/00000001.jsonl");
  const bytes = readFileSync(path);
  const line =
    bytes
      .toString()
      .split("\n")
      .findIndex((l) => l.includes('"text":"short 20"')) + 1;
  const byte = bytes.indexOf('"text":"short 20"') + 10;
  bytes[byte] = (bytes[byte] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  const opened = await p.open("write");
  assert.equal(opened.standing.kind, "damaged");
  assert.equal(opened.store, undefined);
  assert.deepEqual([opened.defect?.file, opened.defect?.line], ["journal/00000001.jsonl", line]);
  assert.equal(opened.records.length, opened.last.seq);
  assert.ok(opened.records.length > 15 && opened.records.length < line);
  const judged = await p.verify();
  assert.deepEqual([judged.ok, judged.standing, judged.records], [false, "damaged", opened.records.length]);
  assert.match(
    judged.text[0] ?? "",
    new RegExp(`damaged: journal/00000001.jsonl, line ${line}, byte \\d+`, "u"),
  );
  assert.deepEqual(readFileSync(path), bytes);
});

test("rolled back: cut at a head, or an older copy put in its place", async (t) => {
  const p = place(t);
  await p.filled(10);
  const older = join(p.base, "older");
  cpSync(p.folder, older, { recursive: true });
  const again = await p.start("write");
  say(again.journal, "newer");
  await again.journal.close();
  const newer = join(p.base, "newer");
  renameSync(p.folder, newer);
  renameSync(older, p.folder);
  assert.equal((await p.open("write")).standing.kind, "rolled-back");
  assert.deepEqual([(await p.verify()).ok, (await p.verify()).standing], [false, "rolled-back"]);
  rmSync(p.folder, { recursive: true });
  renameSync(newer, p.folder);
  assert.equal((await p.verify()).ok, true);
  const path = join(p.folder, "journal/00000001.jsonl");
  const lines = readFileSync(path, "utf8").split("\n");
  const heads = lines.flatMap((l, i) => (l.includes('"kind":"head"') ? [i] : []));
  truncateSync(path, lines.slice(0, (heads.at(-2) ?? 0) + 1).join("\n").length + 1);
  assert.equal((await p.verify()).standing, "rolled-back");
  const key = (JSON.parse(readFileSync(join(p.folder, "identity.json"), "utf8")) as { publicKey: string })
    .publicKey;
  const alone = await p.verify(key);
  assert.equal(alone.ok, true);
  assert.match(alone.text.join("\n"), /cannot be noticed/u);
  truncateSync(path, statSync(path).size - 5);
  assert.deepEqual([(await p.verify()).ok, (await p.verify()).standing], [false, "damaged"]);
});

test("a copy is shown, and does not disturb the journal itself", async (t) => {
  const p = place(t);
  const applied = await p.filled(10);
  const copy = join(p.base, "copy");
  cpSync(p.root, copy, { recursive: true });
  const opened = await p.open("create", copy);
  assert.equal(opened.standing.kind, "copy");
  assert.deepEqual(opened.records, applied);
  assert.equal((await p.verify(undefined, copy)).ok, false);
  const own = await p.start("write");
  assert.equal((await p.open("create", copy)).standing.kind, "copy", "also while the journal itself is open");
  await own.journal.close();
});

test("moved: obeyed again once a person confirmed it", async (t) => {
  const p = place(t);
  await p.filled(10);
  const to = join(p.base, "elsewhere");
  renameSync(p.root, to);
  assert.equal((await p.open("create", to)).standing.kind, "moved");
  assert.equal((await p.verify(undefined, to)).standing, "moved");
  assert.equal((await confirmMoved(where(p, to))).ok, true);
  const opened = await p.open("write", to);
  assert.equal(opened.standing.kind, "obeyed");
  assert.equal((await confirmMoved(where(p, to))).ok, false);
  await opened.store?.close();
  mkdirSync(p.root);
  cpSync(join(to, ".agentlibos"), p.folder, { recursive: true });
  assert.equal((await p.open("create")).standing.kind, "copy", "the old place is now the copy");
});

test("moved, too: another folder under the old name, as after a restored backup", async (t) => {
  const p = place(t);
  await p.filled(10);
  const kept = join(p.base, "kept");
  renameSync(p.root, kept);
  cpSync(kept, p.root, { recursive: true });
  assert.equal((await p.open("create")).standing.kind, "moved");
  assert.equal((await confirmMoved(where(p))).ok, true);
  const opened = await p.open("write");
  assert.equal(opened.standing.kind, "obeyed");
  assert.equal((await confirmMoved(where(p))).ok, false, "nobody decides about it while it is open");
  await opened.store?.close();
});

test("foreign: a journal that came with a repository is shown, never gone on with", async (t) => {
  const p = place(t);
  const q = place(t);
  const applied = await q.filled(10);
  cpSync(q.folder, p.folder, { recursive: true });
  const opened = await p.open("create");
  assert.equal(opened.standing.kind, "foreign");
  assert.deepEqual(opened.records, applied);
  assert.deepEqual([(await p.verify()).ok, (await p.verify()).standing], [false, "foreign"]);
  assert.ok(!existsSync(join(p.home, "journals", opened.id)));
});

test("identity.json: a flipped byte is noticed, wherever it is", async (t) => {
  const p = place(t);
  await p.filled(4);
  const path = join(p.folder, "identity.json");
  const bytes = readFileSync(path);
  for (let byte = 0; byte < bytes.length; byte += 3) {
    const changed = Buffer.from(bytes);
    changed[byte] = (changed[byte] ?? 0) ^ (1 << (byte % 8));
    writeFileSync(path, changed);
    assert.equal((await p.verify()).ok, false, `byte ${byte}`);
    const { standing, store } = await p.open("create");
    assert.ok(standing.kind === "damaged" || standing.kind === "foreign", `byte ${byte}: ${standing.kind}`);
    assert.equal(store, undefined);
  }
  rmSync(path);
  assert.equal((await p.open("create")).standing.kind, "damaged");
  writeFileSync(path, bytes);
  assert.ok((await p.verify()).ok);
});

test("without the newest head, nothing says that records are not missing", async (t) => {
  const p = place(t);
  await p.filled(4);
  const [id = ""] = readdirSync(join(p.home, "journals"));
  const head = join(p.home, "journals", id, "head");
  const bytes = readFileSync(head);
  rmSync(head);
  assert.equal((await p.open("write")).standing.kind, "damaged");
  // One torn slot is not the end: the other one says enough.
  const torn = Buffer.from(bytes);
  torn.fill("x", 10, 20);
  writeFileSync(head, torn);
  const opened = await p.open("write");
  assert.notEqual(opened.standing.kind, "damaged");
  await opened.store?.close();
});

test("while it is open: the journal stops when its files are replaced, removed, or written by others", async (t) => {
  const cases: [string, (p: DiskPlace) => void][] = [
    ["the folder is gone", (p) => rmSync(p.folder, { recursive: true })],
    ["the folder was renamed", (p) => renameSync(p.folder, p.folder + "2")],
    [
      "the folder is a copy of itself",
      (p) => {
        renameSync(p.folder, p.folder + "2");
        cpSync(p.folder + "2", p.folder, { recursive: true });
      },
    ],
    ["the segment is gone", (p) => rmSync(join(p.folder, "journal/00000001.jsonl"))],
    ["the bodies are gone", (p) => rmSync(join(p.folder, "bodies"), { recursive: true })],
    ["somebody else wrote", (p) => p.append("journal/00000001.jsonl", "x")],
    ["the workspace was renamed", (p) => renameSync(p.root, p.root + "2")],
  ];
  for (const [name, change] of cases) {
    const p = place(t);
    const { journal } = await p.start();
    await journal.durable(say(journal, "before").seq);
    change(p);
    await assert.rejects(journal.durable(say(journal, "after").seq), /cannot be written/u, name);
    assert.equal(journal.sealed?.code, "EIO", name);
    await journal.close();
  }
});

test("a disk that cannot be written: shown", async (t) => {
  const p = place(t);
  const applied = await p.filled(4);
  chmodSync(join(p.folder, "journal/00000001.jsonl"), 0o444);
  // Root writes whatever the mode says, so root looks with an ordinary user's rights.
  const root = process.geteuid?.() === 0;
  if (root && process.getuid !== undefined) {
    giveAway(p.base);
    process.seteuid?.(NOBODY);
    t.mock.method(process as { getuid: () => number }, "getuid", () => NOBODY);
  }
  try {
    const opened = await p.open("write");
    assert.equal(opened.standing.kind, "read-only");
    assert.deepEqual(opened.records, applied);
  } finally {
    if (root) process.seteuid?.(0);
  }
});

const NOBODY = 65534;

/** Hands a tree to the ordinary user, except the one file that must not be writable. */
function giveAway(path: string): void {
  for (const name of [".", ...readdirSync(path, { recursive: true }).map(String)]) {
    if (!name.endsWith(".jsonl")) chownSync(join(path, name), NOBODY, NOBODY);
  }
}
