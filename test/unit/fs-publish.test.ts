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
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { linuxGround, type Node } from "../../src/host/node/fs-node.ts";
import { publish, tempName } from "../../src/host/node/fs-publish.ts";
import { told } from "../../src/host/node/fs-errno.ts";

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

test("a folder that is moved out of the workspace meanwhile gets nothing", async () => {
  const { Bench } = await import("../harness/fs.ts");
  const bench = new Bench();
  try {
    mkdirSync(bench.at("src"));
    writeFileSync(bench.at("src/old"), "old\n");
    const out = join(bench.outside, "src");
    const race = async (name: string, args: object, back: () => void): Promise<void> => {
      let moved = false;
      const call = bench.call(name, args, {
        // Between the last check of the call and the first wait of the effect there is no gap; this runs in the next.
        beforeInvoke: () => void setImmediate(() => ((moved = true), renameSync(bench.at("src"), out))),
      });
      const got = await call;
      while (!moved) await new Promise((resolve) => setImmediate(resolve));
      if (got.code === "ok") {
        back();
        return;
      }
      assert.equal(got.code, "ESTALE", got.error?.message);
      assert.deepEqual(readdirSync(out), ["old"]);
      back();
    };
    for (let i = 0; i < 20; i++) {
      await race("fs.write", { path: `src/new${i}`, content: "x".repeat(3_000_000) }, () => {
        renameSync(out, bench.at("src"));
        rmSync(bench.at(`src/new${i}`), { force: true });
      });
    }
  } finally {
    bench.close();
  }
});
