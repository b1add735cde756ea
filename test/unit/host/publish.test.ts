// The instant of publishing: what somebody else does while bytes are being staged is noticed at the rename.
import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { linuxGround, type Node } from "../../../src/host/node/fs/node.ts";
import { publish, tempName } from "../../../src/host/node/fs/publish.ts";
import { removeFolder, rename } from "../../../src/host/node/fs/structure.ts";
import { isFault } from "../../../src/abi/errors.ts";
import { Bench } from "../../harness/fs.ts";
import { told } from "../../../src/host/node/fs/errno.ts";

const base = mkdtempSync(join(tmpdir(), "fs-publish-"));
after(() => rmSync(base, { recursive: true, force: true }));
const at = (...names: string[]): string => join(base, "w", ...names);
beforeEach(() => {
  rmSync(at(), { recursive: true, force: true });
  mkdirSync(at());
});

/** Publishes `new` as `f`; `meanwhile` runs while the bytes are on their way to the disk. */
async function race(
  meanwhile: () => void,
  folders: readonly string[] = [],
  check = (): void => undefined,
): Promise<string> {
  const root = linuxGround.root(at());
  const current: Node | undefined = linuxGround.open(root, "f");
  try {
    const done = publish(
      linuxGround,
      { base: root, folders, name: "f" },
      Buffer.from("new\n"),
      "key",
      current,
      check,
    );
    assert.ok(readdirSync(at()).includes(tempName("key")), "it is being staged");
    meanwhile();
    await done;
    return "ok";
  } catch (error) {
    return told(error, "f").code;
  } finally {
    current?.close();
    root.close();
  }
}

const tidy = (): void =>
  assert.deepEqual(
    readdirSync(at()).filter((n) => n.startsWith(".~")),
    [],
  );

test("a replacement notices a change of content, of time alone, and another file in its place", async () => {
  const changes = [
    () => writeFileSync(at("f"), "theirs\n"),
    () => utimesSync(at("f"), 1, 1),
    () => (writeFileSync(at("g"), "old\n"), renameSync(at("g"), at("f"))),
    () => rmSync(at("f")),
    () => (rmSync(at("f")), symlinkSync("g", at("f"))),
  ];
  for (const change of changes) {
    writeFileSync(at("f"), "old\n");
    assert.equal(await race(change), "ESTALE");
    tidy();
    rmSync(at("f"), { force: true });
  }
});

test("a new file never replaces one that came first", async () => {
  assert.equal(await race(() => writeFileSync(at("f"), "theirs\n")), "EEXIST");
  assert.equal(readFileSync(at("f"), "utf8"), "theirs\n");
  tidy();
  rmSync(at("f"));
  assert.equal(await race(() => symlinkSync("/etc/passwd", at("f"))), "EEXIST");
  tidy();
});

test("folders on the way that appear meanwhile are used, links are not", async () => {
  assert.equal(await race(() => mkdirSync(at("a")), ["a", "b"]), "ok");
  assert.equal(readFileSync(at("a/b/f"), "utf8"), "new\n");
  rmSync(at("a"), { recursive: true });
  mkdirSync(join(base, "elsewhere"));
  assert.equal(await race(() => symlinkSync(join(base, "elsewhere"), at("a")), ["a", "b"]), "ESTALE");
  assert.deepEqual(readdirSync(join(base, "elsewhere")), []);
  tidy();
});

test("what an earlier attempt left is replaced; a planted link or folder in its place is not followed", async () => {
  writeFileSync(at(tempName("key")), "half");
  assert.equal(await race(() => undefined), "ok");
  assert.equal(readFileSync(at("f"), "utf8"), "new\n");
  writeFileSync(join(base, "victim"), "kept\n");
  symlinkSync(join(base, "victim"), at(tempName("key")));
  assert.equal(await race(() => undefined), "ok");
  assert.equal(readFileSync(join(base, "victim"), "utf8"), "kept\n");
  assert.equal(statSync(at("f")).nlink, 1);
  tidy();
});

/** Starts an effect of the backend, moves its folder out while it waits for the disk, and tells how it ended. */
async function movedOut(name: "new" | "old"): Promise<{ code: string; left: string[] }> {
  const bench = new Bench();
  try {
    mkdirSync(bench.at("src"));
    writeFileSync(bench.at("src/old"), "old\n");
    const resource = `fs:/app/src/${name}`;
    const needs = (["write", "delete"] as const).map((right) => ({ right, resource }));
    const spot = await bench.backend.reach(
      { folder: "app", segments: ["src", name] },
      "write",
      bench.grant("look", needs),
    );
    assert.ok(!isFault(spot));
    const pre = name === "new" ? "absent" : createHash("sha256").update("old\n").digest("hex");
    const signal = new AbortController().signal;
    const done = bench.backend.write(spot, Buffer.from("agent\n"), pre, bench.grant("full", needs), signal);
    renameSync(bench.at("src"), join(bench.outside, "src"));
    const failed = await done;
    assert.deepEqual(readFileSync(join(bench.outside, "src/old"), "utf8"), "old\n");
    return { code: failed?.code ?? "ok", left: readdirSync(join(bench.outside, "src")) };
  } finally {
    bench.close();
  }
}

test("a folder that is moved out of the workspace meanwhile gets nothing", async () => {
  assert.deepEqual(await movedOut("new"), { code: "ESTALE", left: ["old"] });
  assert.deepEqual(await movedOut("old"), { code: "ESTALE", left: ["old"] });
});

test("a rename onto an empty folder is refused, and a folder that is not the judged one goes back", async () => {
  mkdirSync(at("d/e"), { recursive: true });
  mkdirSync(at("empty"));
  const root = linuxGround.root(at());
  const node = linuxGround.open(root, "d");
  assert.ok(node);
  const placed = { parent: root, name: "d", node };
  const code = async (step: Promise<void>): Promise<string> =>
    step.then(
      () => "ok",
      (error: unknown) => told(error, "d").code,
    );
  assert.equal(await code(rename(linuxGround, placed, { base: root, folders: [], name: "empty" })), "EEXIST");
  assert.equal(await code(removeFolder(linuxGround, placed, "key", async () => false)), "ESTALE");
  assert.deepEqual(readdirSync(at()), ["d", "empty"]);
  node.close();
  root.close();
});
