// Opening a journal on a real disk: what is made, what is refused, and every way it can stand.
import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { confirmMoved, startAfresh, recoverLost } from "../../../src/host/node/journal/recover.ts";
import { DiskPlace, say } from "../../harness/journal.ts";

function place(t: TestContext): DiskPlace {
  const made = new DiskPlace();
  t.after(() => made.remove());
  return made;
}
const where = (p: DiskPlace, root = p.root) => ({ root, home: p.home, roots: [{ name: "w", path: root }] });

test("nothing is made unless asked", async (t) => {
  const p = place(t);
  for (const mode of ["write", "view"] as const) {
    assert.equal((await p.open(mode)).standing.kind, "absent");
    assert.equal((await p.verify()).standing, "absent");
    assert.deepEqual(readdirSync(p.base), ["w"]);
    assert.deepEqual(readdirSync(p.root), []);
  }
  assert.equal((await p.open("create", join(p.root, "missing"))).standing.kind, "absent");
});

test("what is made: private, ignored by git, with a second name for every file", async (t) => {
  const p = place(t);
  const applied = await p.filled(30, 4000);
  assert.equal(readFileSync(join(p.folder, ".gitignore"), "utf8"), "*\n");
  const identity: unknown = JSON.parse(readFileSync(join(p.folder, "identity.json"), "utf8"));
  assert.ok(
    typeof identity === "object" && identity !== null && "id" in identity && typeof identity.id === "string",
  );
  const known = join(p.home, "journals", identity.id);
  const mode = (path: string): number => statSync(path).mode & 0o777;
  assert.deepEqual(
    [mode(p.home), mode(known), mode(join(known, "key")), mode(join(known, "pre"))],
    [0o700, 0o700, 0o600, 0o700],
  );
  for (const kind of ["journal", "bodies"]) {
    const names = readdirSync(join(p.folder, kind));
    assert.deepEqual(readdirSync(join(known, kind)), names);
    for (const name of names)
      assert.equal(statSync(join(known, kind, name)).ino, statSync(join(p.folder, kind, name)).ino);
  }
  const viewed = await p.open("view");
  assert.equal(viewed.standing.kind, "read-only");
  assert.equal(viewed.preimages, join(known, "pre"));
  assert.deepEqual(viewed.records, applied);
  assert.ok((await p.verify()).ok);
});

test("a journal goes on where it was", async (t) => {
  const p = place(t);
  const before = await p.filled(10);
  const again = await p.start("write");
  assert.deepEqual(again.applied, before);
  assert.equal(again.opened.cut, undefined);
  say(again.journal, "more");
  await again.journal.close();
  assert.deepEqual((await p.open("view")).records, again.applied);
});

test("one writer: a second is told so, and may look (P85)", async (t) => {
  const p = place(t);
  const first = await p.start();
  await first.journal.durable(say(first.journal, "mine").seq);
  const second = await p.open("create");
  assert.equal(second.standing.kind, "locked");
  assert.deepEqual(second.records, first.applied);
  assert.equal(second.store, undefined);
  assert.ok((await p.verify()).ok);
  await first.journal.close();
  await first.journal.close();
  const third = await p.open("write");
  assert.equal(third.standing.kind, "obeyed");
  await third.store?.close();
});

test("two that start at once make one journal", async (t) => {
  const p = place(t);
  const opened = await Promise.all([p.open("create"), p.open("create"), p.open("create")]);
  assert.deepEqual(opened.map((o) => o.standing.kind).sort(), ["locked", "locked", "obeyed"]);
  assert.equal(new Set(opened.map((o) => o.id)).size, 1);
  assert.equal(readdirSync(join(p.home, "journals")).length, 1);
  for (const o of opened) await o.store?.close();
});

for (const [name, file, tail] of [
  ["a torn line", "journal/00000001.jsonl", '{"v":1,"seq":99,"ti'],
  ["whole lines", "journal/00000001.jsonl", '{"v":1}\n{"v":1}\n'],
  ["half a body", "bodies/00000001", "half a body"],
] as const) {
  test(`what lies behind the last head is cut and told: ${name}`, async (t) => {
    const p = place(t);
    const before = await p.filled(10);
    const size = statSync(join(p.folder, file)).size;
    p.append(file, tail);
    const judged = await p.verify();
    assert.deepEqual([judged.ok, judged.unfinished], [true, { file, byte: size, bytes: tail.length }]);
    assert.equal((await p.open("view")).cut, undefined);
    assert.equal(statSync(join(p.folder, file)).size, size + tail.length, "a viewer cuts nothing");
    const again = await p.start("write");
    assert.deepEqual(again.opened.cut, { file, byte: size, bytes: tail.length });
    assert.equal(statSync(join(p.folder, file)).size, size);
    assert.deepEqual(again.applied, before);
    say(again.journal, "on");
    await again.journal.close();
    assert.ok((await p.verify()).ok);
  });
}

test("a rotation that was killed in the middle does not stop the next one", async (t) => {
  const p = place(t);
  const before = await p.filled(10);
  writeFileSync(join(p.folder, "bodies/00000002"), "");
  assert.ok((await p.verify()).ok);
  const again = await p.start("write", 1);
  await again.journal.durable(say(again.journal, "rotates").seq);
  await again.journal.durable(say(again.journal, "and goes on").seq);
  await again.journal.close();
  assert.equal(again.journal.sealed, undefined);
  assert.deepEqual((await p.open("view")).records, again.applied);
  assert.ok(again.applied.length > before.length);
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

test("lost: the files come back from their second names", async (t) => {
  const p = place(t);
  const applied = await p.filled(30, 4000);
  rmSync(p.folder, { recursive: true });
  for (const mode of ["create", "write", "view"] as const) {
    assert.equal((await p.open(mode)).standing.kind, "lost");
    assert.ok(!existsSync(p.folder));
  }
  assert.equal((await p.verify()).standing, "lost");
  assert.equal((await recoverLost(where(p))).ok, true);
  const again = await p.start("write");
  assert.deepEqual(again.applied, applied);
  await again.journal.close();
  assert.ok((await p.verify()).ok);
  assert.equal((await recoverLost(where(p))).ok, false, "nothing is missed any more");
});

test("lost to a repository that brings its own .agentlibos: set aside, not deleted", async (t) => {
  const p = place(t);
  const q = place(t);
  const applied = await p.filled(10);
  await q.filled(10);
  rmSync(p.folder, { recursive: true });
  cpSync(q.folder, p.folder, { recursive: true });
  assert.equal((await p.open("create")).standing.kind, "foreign");
  assert.equal((await recoverLost(where(p))).ok, true);
  assert.ok(existsSync(join(p.folder, "aside/identity.json")));
  assert.deepEqual((await p.open("view")).records, applied);
});

test("a single file that is gone comes back, too", async (t) => {
  const p = place(t);
  const applied = await p.filled(30, 4000);
  rmSync(join(p.folder, "journal/00000002.jsonl"));
  const opened = await p.open("write");
  assert.deepEqual([opened.standing.kind, opened.defect?.file], ["damaged", "journal/00000002.jsonl"]);
  assert.equal((await recoverLost(where(p))).ok, true);
  assert.deepEqual((await p.open("view")).records, applied);
});

test("a new journal, when a person says so: what was there is set aside, and nothing is missed", async (t) => {
  const lost = place(t);
  await lost.filled(10);
  rmSync(lost.folder, { recursive: true });
  const damaged = place(t);
  await damaged.filled(10);
  damaged.append("identity.json", "x");
  const foreign = place(t);
  cpSync(damaged.folder, foreign.folder, { recursive: true });
  for (const [p, aside] of [
    [lost, false],
    [damaged, true],
    [foreign, true],
  ] as const) {
    assert.notEqual((await p.open("view")).standing.kind, "read-only");
    assert.equal((await startAfresh(where(p))).ok, true);
    assert.equal(existsSync(join(p.folder, "aside")), aside);
    const fresh = await p.open("create");
    assert.deepEqual([fresh.standing.kind, fresh.records.length], ["obeyed", 0]);
    assert.equal((await startAfresh(where(p))).ok, false, "not while it is open");
    await fresh.store?.close();
  }
  const none = place(t);
  assert.equal((await startAfresh(where(none))).ok, false);
});

test("a good journal that was set aside comes back only through a person", async (t) => {
  const p = place(t);
  const applied = await p.filled(10);
  assert.equal((await startAfresh(where(p))).ok, true);
  renameSync(join(p.folder, "aside"), p.folder + "2");
  rmSync(p.folder, { recursive: true });
  renameSync(p.folder + "2", p.folder);
  assert.equal((await p.open("create")).standing.kind, "moved");
  assert.equal((await confirmMoved(where(p))).ok, true);
  const again = await p.start("write");
  assert.deepEqual(again.applied, applied);
  await again.journal.close();
});

test("a new folder of an old name misses nothing", async (t) => {
  const p = place(t);
  await p.filled(10);
  const kept = join(p.base, "kept");
  renameSync(p.root, kept);
  mkdirSync(p.root);
  const fresh = await p.open("create");
  assert.equal(fresh.standing.kind, "obeyed");
  await fresh.store?.close();
});

for (const what of [
  ".agentlibos",
  ".agentlibos/journal",
  ".agentlibos/bodies",
  ".agentlibos/journal/00000001.jsonl",
  ".agentlibos/identity.json",
]) {
  test(`a symbolic link in place of ${what} is refused`, async (t) => {
    const p = place(t);
    await p.filled(10);
    const path = join(p.root, what);
    const away = join(p.base, "away");
    renameSync(path, away);
    symlinkSync(away, path);
    const before = JSON.stringify(statSync(away, { bigint: true }).mtimeMs.toString());
    for (const mode of ["create", "view"] as const) {
      const opened = await p.open(mode);
      assert.deepEqual([opened.standing.kind, opened.store], ["damaged", undefined]);
    }
    assert.equal((await p.verify()).ok, false);
    assert.equal(JSON.stringify(statSync(away, { bigint: true }).mtimeMs.toString()), before);
  });
}

test("a link planted where the journal would be made is not followed", async (t) => {
  const p = place(t);
  const victim = join(p.base, "victim");
  mkdirSync(victim);
  symlinkSync(victim, p.folder);
  assert.equal((await p.open("create")).standing.kind, "damaged");
  assert.deepEqual(readdirSync(victim), []);
  rmSync(p.folder);
  mkdirSync(p.folder);
  writeFileSync(join(victim, "precious"), "precious");
  symlinkSync(join(victim, "precious"), join(p.folder, ".gitignore"));
  const opened = await p.open("create");
  assert.equal(opened.standing.kind, "obeyed");
  await opened.store?.close();
  assert.equal(readFileSync(join(victim, "precious"), "utf8"), "precious");
  assert.ok(lstatSync(join(p.folder, ".gitignore")).isFile());
});

test("a pipe in place of a segment does not hang anybody", async (t) => {
  const p = place(t);
  await p.filled(10);
  const { execFileSync } = await import("node:child_process");
  const path = join(p.folder, "journal/00000001.jsonl");
  rmSync(path);
  execFileSync("mkfifo", [path]);
  assert.equal((await p.open("create")).standing.kind, "damaged");
  assert.equal((await p.verify()).ok, false);
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

test(
  "a full disk: sealed with ENOSPC, and everything acknowledged is there afterwards",
  { skip: !existsSync("/dev/full") },
  async (t) => {
    const p = place(t);
    const { journal, opened } = await p.start();
    await journal.durable(say(journal, "before").seq);
    const { store } = opened;
    assert.ok(store);
    // The system's own error: the batch goes to a device that is always full.
    t.mock.method(store, "write", async (lines: Uint8Array) => {
      const full = await open("/dev/full", "w");
      try {
        await full.write(lines);
      } finally {
        await full.close();
      }
    });
    await assert.rejects(journal.durable(say(journal, "after").seq), /no space left/u);
    assert.equal(journal.sealed?.code, "ENOSPC");
    await journal.close();
    const again = await p.start("write");
    assert.deepEqual(
      again.applied.map((r) => r.seq),
      [1, 2],
    );
    await again.journal.close();
  },
);

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
