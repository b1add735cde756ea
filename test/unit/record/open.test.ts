// Opening a journal on a disk: what is made, one writer, what goes on where it was, and files that somebody planted.
import assert from "node:assert/strict";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { Batch } from "../../../src/kernel/ports/store.ts";
import { DiskPlace, say } from "../../harness/journal.ts";

function place(t: TestContext): DiskPlace {
  const made = new DiskPlace();
  t.after(() => made.remove());
  return made;
}

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
    t.mock.method(store, "append", async ({ lines }: Batch) => {
      const full = await open("/dev/full", "w");
      try {
        await full.write(lines.join("\n"));
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
