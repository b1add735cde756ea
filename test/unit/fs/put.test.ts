// Putting what a command made: bytes come from the copies by digest, and stand there only where nobody changed the file.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { nodeFs } from "../../../src/host/node/fs/fs.ts";
import { code, TestKernel } from "../../support/kernel.ts";
import { notesOf } from "../../harness/notes.ts";

const sha = (bytes: string | Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

async function opened(t: TestContext, grants = ["allow:read,write,delete:fs:/app/**"], answers = true) {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "put-")));
  const root = join(base, "app");
  mkdirSync(root);
  mkdirSync(join(base, "pre"));
  const roots = [{ name: "app", path: root }];
  const files = nodeFs({ folders: () => roots, reserved: () => [], preImages: join(base, "pre") });
  t.after(() => {
    files.close();
    rmSync(base, { recursive: true, force: true });
  });
  const k = await TestKernel.open({ roots, files });
  const pid = k.launch(grants);
  /** Copies bytes as a command leaves them, and gives their digest. */
  const copy = (bytes: string | Uint8Array): string => {
    writeFileSync(join(base, "pre", sha(bytes)), bytes);
    return sha(bytes);
  };
  /** A file that is a program, or becomes one, is asked for each time. */
  const put = async (args: object) => {
    let over = false;
    const coming = k.call(pid, "fs.put", args).finally(() => {
      over = true;
    });
    for (; !over; await sleep(1)) if (answers && k.open.length > 0) k.answer();
    return coming;
  };
  return { k, copy, put, at: (name: string): string => join(root, name) };
}

const mode = (path: string): number => statSync(path).mode & 0o777;

test("a file is made, changed and deleted, and each change says so", async (t) => {
  const { k, copy, put, at } = await opened(t);
  assert.equal(code(await put({ path: "new/deep/a.txt", from: "absent", to: copy("one\n") })), "ok");
  assert.equal(readFileSync(at("new/deep/a.txt"), "utf8"), "one\n");
  assert.deepEqual(k.lastEnd.changes, [
    { resource: "fs:/app/new/deep/a.txt", pre: "absent", post: sha("one\n") },
  ]);
  const bytes = Uint8Array.from([0, 255, 254, 10, 0]);
  assert.equal(code(await put({ path: "new/deep/a.txt", from: sha("one\n"), to: copy(bytes) })), "ok");
  assert.deepEqual(new Uint8Array(readFileSync(at("new/deep/a.txt"))), bytes);
  assert.equal(code(await put({ path: "new/deep/a.txt", from: sha(bytes), to: "absent" })), "ok");
  assert.equal(existsSync(at("new/deep/a.txt")), false);
  assert.equal(
    k.records.some((r) => JSON.stringify(r).includes("one\\n")),
    false,
    "bytes are not in the record",
  );
});

test("a file becomes a program, keeps its other rights, and stops being one", async (t) => {
  const { k, copy, put, at } = await opened(t);
  const text = "#!/bin/sh\n";
  await put({ path: "run.sh", from: "absent", to: copy(text), executable: true });
  assert.deepEqual(
    k.of("question.open").map((q) => q.data.asks.map((a) => a.key)),
    [["call:program"]],
  );
  assert.equal(mode(at("run.sh")) & 0o111, (mode(at("run.sh")) & 0o444) >> 2);
  writeFileSync(at("own.sh"), text, { mode: 0o640 });
  assert.equal(code(await put({ path: "own.sh", from: sha(text), to: sha(text), executable: true })), "ok");
  assert.equal(mode(at("own.sh")), 0o750);
  assert.equal(code(await put({ path: "own.sh", from: sha(text), to: copy("x"), executable: false })), "ok");
  assert.equal(mode(at("own.sh")), 0o640);
  assert.equal(code(await put({ path: "own.sh", from: sha("x"), to: copy("y") })), "ok");
  assert.equal(mode(at("own.sh")), 0o640);
});

test("somebody’s file is left as it is: changed, come or gone since the command looked", async (t) => {
  const { copy, put, at } = await opened(t);
  writeFileSync(at("a.txt"), "a person\n");
  for (const args of [
    { path: "a.txt", from: sha("before\n"), to: copy("command\n") },
    { path: "a.txt", from: "absent", to: copy("command\n") },
    { path: "a.txt", from: sha("before\n"), to: "absent" },
  ])
    assert.equal(code(await put(args)), "ESTALE");
  assert.equal(code(await put({ path: "gone.txt", from: sha("before\n"), to: copy("command\n") })), "ENOENT");
  assert.equal(readFileSync(at("a.txt"), "utf8"), "a person\n");
  assert.equal(existsSync(at("gone.txt")), false);
});

test("bytes that were not kept, or are not what their name says, are not put", async (t) => {
  const { copy, put, at } = await opened(t);
  assert.equal(code(await put({ path: "a.txt", from: "absent", to: sha("never kept") })), "ENOENT");
  const digest = copy("good");
  writeFileSync(join(at(".."), "pre", digest), "evil");
  assert.equal(code(await put({ path: "a.txt", from: "absent", to: digest })), "ENOENT");
  assert.equal(existsSync(at("a.txt")), false);
});

test("a person is shown the change in words and texts", async (t) => {
  const { k, copy, put, at } = await opened(t, ["allow:read:fs:/app/**", "ask:write:fs:/app/**"], false);
  writeFileSync(at("a.txt"), "old\n");
  void put({ path: "a.txt", from: sha("old\n"), to: copy("new\n"), executable: true });
  while (k.open.length === 0) await sleep(1);
  const { preview } = k.question;
  assert.deepEqual(
    [preview?.verb, preview?.target, preview?.before, preview?.after],
    ["edit", "app/a.txt", "old\n", "new\n"],
  );
  assert.match(notesOf(preview), /program/u);
  k.answer({ allow: false });
  await k.settle();
  assert.equal(readFileSync(at("a.txt"), "utf8"), "old\n");
});
