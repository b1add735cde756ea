// Deleting, moving and making folders: whole things, judged name by name, never overwritten, never half done.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { Bench, picture, type Between } from "../../harness/fs.ts";

const bench = new Bench(["app", "lib"]);
after(() => bench.close());
const remove = (path: string, recursive?: boolean, between?: Between) =>
  bench.call("fs.delete", { path, ...(recursive === undefined ? {} : { recursive }) }, between);
const move = (from: string, to: string, between?: Between) => bench.call("fs.move", { from, to }, between);

beforeEach(() => {
  for (const root of bench.roots)
    for (const name of readdirSync(root.path)) rmSync(join(root.path, name), { recursive: true });
  mkdirSync(bench.at("tree/a/b"), { recursive: true });
  writeFileSync(bench.at("tree/a/b/f"), "f\n");
  writeFileSync(bench.at("tree/g"), "g\n");
  symlinkSync(bench.outside, bench.at("tree/out"));
  writeFileSync(join(bench.outside, "kept"), "kept\n");
  writeFileSync(bench.at("one"), "one\n");
  bench.seen.clear();
  bench.denied = () => false;
});

test("a file is deleted, its text shown and kept", async () => {
  const got = await remove("one");
  assert.equal(got.code, "ok", got.error?.message);
  assert.ok(!existsSync(bench.at("one")));
  assert.deepEqual(
    [got.preview?.before, got.preview?.after, got.preview?.verb, got.preview?.target],
    ["one\n", "", "delete", "app/one"],
  );
  const copies = readdirSync(join(bench.home, "pre")).map((n) =>
    readFileSync(join(bench.home, "pre", n), "utf8"),
  );
  assert.ok(copies.includes("one\n"));
  assert.equal((await remove("one")).code, "ENOENT");
});

test("a folder needs recursive, and every name in it is a need", async () => {
  const plain = await remove("tree");
  assert.equal(plain.code, "EINVAL");
  assert.match(plain.error?.hint ?? "", /recursive/);
  const got = await remove("tree", true);
  assert.equal(got.code, "ok", got.error?.message);
  assert.deepEqual(
    got.needs.map((n) => `${n.right} ${n.resource}`).sort(),
    ["", "/**", "/a", "/a/b", "/a/b/f", "/g", "/out"].map((s) => `delete fs:/app/tree${s}`).sort(),
  );
  assert.equal(got.value?.["deleted"], 6);
  assert.equal(got.preview?.risk, "high");
  assert.deepEqual(readdirSync(bench.at()), ["one"]);
  assert.deepEqual(readdirSync(bench.outside), ["kept"]);
});

test("one name that may not go keeps the whole folder", async () => {
  bench.denied = (need) => need.resource === "fs:/app/tree/a/b/f";
  for (const got of [
    await remove("tree", true),
    await remove("tree/a", true),
    await move("tree", "moved"),
    await move("tree/a", "moved"),
  ]) {
    assert.equal(got.code, "ENOTCAPABLE");
  }
  bench.denied = (need) => need.resource === "fs:/app/moved/a";
  assert.equal((await move("tree", "moved")).code, "ENOTCAPABLE");
  bench.denied = () => false;
  mkdirSync(bench.at("tree/.agentlibos"));
  for (const got of [await remove("tree", true), await move("tree", "moved")])
    assert.equal(got.code, "ENOTCAPABLE");
  assert.equal(readFileSync(bench.at("tree/a/b/f"), "utf8"), "f\n");
});

test("a name that appears between the judgement and the effect keeps the folder", async () => {
  for (const step of ["afterResolve", "afterPrepare", "beforeInvoke"] as const) {
    for (const call of [(b: Between) => remove("tree", true, b), (b: Between) => move("tree", "moved", b)]) {
      const got = await call({ [step]: () => writeFileSync(bench.at("tree/a/late"), "late\n") });
      assert.equal(got.code, "ESTALE", step);
      assert.equal(readFileSync(bench.at("tree/a/late"), "utf8"), "late\n");
      assert.deepEqual(readdirSync(bench.at()).sort(), ["one", "tree"]);
      rmSync(bench.at("tree/a/late"));
    }
  }
});

test("a changed file in the folder, or another folder in its place, is noticed", async () => {
  const got = await remove("tree", true, {
    beforeInvoke: () => writeFileSync(bench.at("tree/g"), "changed\n"),
  });
  assert.equal(got.code, "ESTALE");
  const swapped = await remove("tree", true, {
    beforeInvoke: () => {
      renameSync(bench.at("tree"), bench.at("other"));
      symlinkSync(bench.outside, bench.at("tree"));
    },
  });
  assert.equal(swapped.code, "ESTALE");
  assert.deepEqual(readdirSync(bench.outside), ["kept"]);
});

test("a link is deleted or moved itself, never what it leads to", async () => {
  symlinkSync("tree", bench.at("l"));
  const shown = await move("l", "m");
  assert.equal(shown.code, "ok", shown.error?.message);
  assert.equal(readlinkSync(bench.at("m")), "tree");
  const got = await remove("m");
  assert.equal(got.code, "ok");
  assert.deepEqual([got.preview?.target, got.preview?.link], ["app/m", "tree"]);
  assert.ok(existsSync(bench.at("tree/g")));
  symlinkSync(bench.outside, bench.at("o"));
  assert.equal((await remove("o/kept")).code, "EACCES");
  assert.equal((await move("o/kept", "kept")).code, "EACCES");
  assert.equal((await move("one", "o/one")).code, "EACCES");
  assert.equal((await remove("o")).code, "ok");
  assert.deepEqual(picture(bench.outside), {
    [join(bench.outside, "kept")]: picture(bench.outside)[join(bench.outside, "kept")],
  });
});

test("a move never overwrites: not a file, a folder, an empty folder, a link", async () => {
  mkdirSync(bench.at("empty"));
  symlinkSync("nowhere", bench.at("dangling"));
  writeFileSync(bench.at("two"), "two\n");
  for (const to of ["two", "empty", "tree", "dangling", "tree/g", "."]) {
    assert.equal((await move("one", to)).code, "EEXIST", to);
    assert.ok(["EEXIST", "EINVAL"].includes((await move("tree/a", to)).code), to);
  }
  for (const late of ["file", "folder", "link"]) {
    const appear = (): void => {
      if (late === "file") writeFileSync(bench.at("new"), "theirs\n");
      if (late === "folder") mkdirSync(bench.at("new"));
      if (late === "link") symlinkSync("two", bench.at("new"));
    };
    for (const from of ["one", "tree"]) {
      for (const step of ["afterResolve", "beforeInvoke"] as const) {
        const got = await move(from, "new", { [step]: appear });
        assert.ok(["EEXIST", "ESTALE"].includes(got.code), `${late} ${from} ${step} ${got.code}`);
        if (late === "file") assert.equal(readFileSync(bench.at("new"), "utf8"), "theirs\n");
        rmSync(bench.at("new"), { recursive: true });
        assert.ok(existsSync(bench.at(from)));
      }
    }
  }
});

test("files and folders move, into new folders and across roots", async () => {
  assert.equal((await move("one", "x/y/one")).code, "ok");
  assert.equal(bench.text("x/y/one"), "one\n");
  assert.equal((await move("tree", "lib/tree")).code, "ok");
  assert.equal(readFileSync(join(bench.roots[1]?.path ?? "", "tree/a/b/f"), "utf8"), "f\n");
  assert.equal((await move("lib/tree/a", "lib/tree/a/b/c")).code, "EINVAL");
  assert.equal((await move("lib/tree", "lib/tree")).code, "EEXIST");
  assert.equal((await move("gone", "x/z")).code, "ENOENT");
  assert.ok(!existsSync(bench.at("x/z")));
});

test("what was read of a file is known under its new name", async () => {
  await bench.call("fs.read", { path: "one" });
  await move("one", "uno");
  writeFileSync(bench.at("uno"), "changed\n");
  assert.equal((await bench.call("fs.write", { path: "uno", content: "x" })).code, "ESTALE");
  assert.equal((await bench.call("fs.write", { path: "one", content: "new\n" })).code, "ok");
});

test("a workspace folder itself stays", async () => {
  for (const path of [".", "app", "lib", bench.at()]) {
    assert.equal((await remove(path, true)).code, "EACCES", path);
    assert.ok(["EACCES", "EINVAL"].includes((await move(path, "tree/x")).code), path);
  }
  assert.equal((await move("one", ".")).code, "EEXIST");
});

test("pipes are deleted and moved without being opened", async () => {
  execFileSync("mkfifo", [bench.at("pipe")]);
  assert.equal((await move("pipe", "pipe2")).code, "ok");
  assert.equal((await remove("pipe2")).code, "ok");
});

test("over ten thousand names is too many to judge", async () => {
  mkdirSync(bench.at("many"));
  for (let i = 0; i < 10_001; i++) writeFileSync(bench.at("many", `f${i}`), "");
  assert.equal((await remove("many", true)).code, "E2BIG");
  assert.equal((await move("many", "more")).code, "E2BIG");
  rmSync(bench.at("many/f0"));
  const start = performance.now();
  assert.equal((await remove("many", true)).code, "ok");
  assert.ok(performance.now() - start < 20_000);
});

test("names that are no UTF-8 cannot be judged, so their folder stays", async () => {
  writeFileSync(Buffer.concat([Buffer.from(bench.at("tree") + "/"), Buffer.from([0xff])]), "bytes");
  assert.equal((await remove("tree", true)).code, "EINVAL");
  rmSync(bench.at("tree"), { recursive: true });
});

test("folders are made with those above them, and being there is fine", async () => {
  const made = await bench.call("fs.mkdir", { path: "n/e/w" });
  assert.deepEqual([made.value?.["created"], made.value?.["path"]], [true, "app/n/e/w"]);
  assert.equal((await bench.call("fs.mkdir", { path: "n/e/w" })).value?.["created"], false);
  assert.equal((await bench.call("fs.mkdir", { path: "." })).value?.["created"], false);
  assert.equal((await bench.call("fs.mkdir", { path: "one" })).code, "EEXIST");
  assert.equal((await bench.call("fs.mkdir", { path: "one/x" })).code, "ENOENT");
});

test("moving one of two names of a file leaves the other, and its content", async () => {
  linkSync(bench.at("one"), bench.at("twin"));
  assert.equal((await move("one", "twin")).code, "ok");
  assert.ok(!existsSync(bench.at("one")));
  assert.equal(bench.text("twin"), "one\n");
});
