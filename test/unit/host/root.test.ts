// Workspace folders that go, move or are replaced while running, and machines on which writing is not safe.
import assert from "node:assert/strict";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { portableGround } from "../../../src/host/node/fs/node.ts";
import { Bench, picture, type Outcome } from "../../harness/fs.ts";

/** Every kind of call on the first folder. */
async function all(bench: Bench): Promise<Outcome[]> {
  const args: [string, object][] = [
    ...([
      ["fs.read", { path: "f" }],
      ["fs.list", {}],
      ["fs.stat", { path: "f" }],
      ["fs.find", { pattern: "*" }],
      ["fs.search", { query: "f" }],
    ] as [string, object][]),
    ...([
      ["fs.write", { path: "f", content: "f again" }],
      ["fs.edit", { path: "f", old_text: "f", new_text: "x" }],
      ["fs.mkdir", { path: "d" }],
    ] as [string, object][]),
    ...([
      ["fs.move", { from: "f", to: "g" }],
      ["fs.delete", { path: "f" }],
    ] as [string, object][]),
  ];
  const out: Outcome[] = [];
  for (const [name, a] of args) out.push(await bench.call(name, a));
  return out;
}

test("a folder that is gone is said so, and comes back by itself", async () => {
  const bench = new Bench();
  try {
    writeFileSync(bench.at("f"), "f\n");
    await bench.call("fs.read", { path: "f" });
    renameSync(bench.at(), join(bench.base, "elsewhere"));
    const before = picture(bench.base);
    for (const got of await all(bench)) {
      assert.equal(got.code, "EUNAVAILABLE");
      assert.match(got.error?.message ?? "", /no longer at/);
    }
    assert.deepEqual(picture(bench.base), before);
    renameSync(join(bench.base, "elsewhere"), bench.at());
    assert.equal((await bench.call("fs.read", { path: "f" })).code, "ok");
    rmSync(bench.at(), { recursive: true });
    assert.equal((await bench.call("fs.write", { path: "f", content: "x" })).code, "EUNAVAILABLE");
  } finally {
    bench.close();
  }
});

test("another folder in its place is not written to, nor is the one that went", async () => {
  const bench = new Bench();
  try {
    writeFileSync(bench.at("f"), "f\n");
    await bench.call("fs.read", { path: "f" });
    renameSync(bench.at(), join(bench.base, "old"));
    mkdirSync(bench.at());
    writeFileSync(bench.at("f"), "other\n");
    const before = picture(bench.base);
    for (const got of await all(bench)) assert.equal(got.code, "ESTALE", got.error?.message);
    assert.deepEqual(picture(bench.base), before);
    rmSync(bench.at(), { recursive: true });
    symlinkSync(bench.outside, bench.at());
    for (const got of await all(bench)) assert.equal(got.code, "ESTALE", got.error?.message);
    assert.deepEqual(readdirSync(bench.outside), []);
    unlinkSync(bench.at());
  } finally {
    bench.close();
  }
});

test("a folder swapped in the middle of a write gets nothing", async () => {
  const bench = new Bench();
  try {
    const got = await bench.call(
      "fs.write",
      { path: "f", content: "x" },
      {
        beforeInvoke: () => {
          renameSync(bench.at(), join(bench.base, "old"));
          mkdirSync(bench.at());
        },
      },
    );
    assert.equal(got.code, "ESTALE");
    assert.deepEqual([readdirSync(bench.at()), readdirSync(join(bench.base, "old"))], [[], []]);
  } finally {
    bench.close();
  }
});

test("a workspace that a person opened through a link works, and follows no later change of that link", async () => {
  const bench = new Bench();
  try {
    const real = join(bench.base, "real");
    mkdirSync(real);
    writeFileSync(join(real, "f"), "f\n");
    symlinkSync(real, join(bench.base, "door"));
    bench.roots[0] = { name: "app", path: join(bench.base, "door") };
    symlinkSync(join(real, "f"), join(real, "byReal"));
    symlinkSync(join(bench.base, "door", "f"), join(real, "byDoor"));
    for (const path of ["f", "byReal", "byDoor", join(bench.base, "door", "f")]) {
      assert.equal((await bench.call("fs.read", { path })).value?.["path"], "app/f", path);
    }
    assert.equal((await bench.call("fs.write", { path: "g", content: "g\n" })).code, "ok");
    assert.equal(readFileSync(join(real, "g"), "utf8"), "g\n");
    unlinkSync(join(bench.base, "door"));
    symlinkSync(bench.outside, join(bench.base, "door"));
    for (const got of await all(bench)) assert.equal(got.code, "ESTALE");
    assert.deepEqual(readdirSync(bench.outside), []);
  } finally {
    bench.close();
  }
});

test("without folders nothing is available", async () => {
  const bench = new Bench();
  try {
    bench.roots.splice(0);
    for (const got of await all(bench)) assert.equal(got.code, "EUNAVAILABLE");
  } finally {
    bench.close();
  }
});

test("where a path cannot be walked safely, reading works by identity and writing says why not", async () => {
  const bench = new Bench(["app"], portableGround);
  try {
    mkdirSync(bench.at("d"));
    writeFileSync(bench.at("f"), "f\n");
    writeFileSync(bench.at("d/f"), "inside\n");
    symlinkSync("d/f", bench.at("l"));
    symlinkSync(bench.outside, bench.at("out"));
    const before = picture(bench.base);
    const codes = (await all(bench)).map((got) => got.code);
    assert.deepEqual(codes, [
      "ok",
      "ok",
      "ok",
      "ok",
      "ok",
      ...Array.from({ length: 5 }, () => "EUNAVAILABLE"),
    ]);
    assert.deepEqual(picture(bench.base), before);
    assert.equal((await bench.call("fs.read", { path: "l" })).value?.["content"], "inside\n");
    assert.equal((await bench.call("fs.read", { path: "out/x" })).code, "EACCES");
    const swapped = await bench.call(
      "fs.read",
      { path: "d/f" },
      {
        afterResolve: () => {
          renameSync(bench.at("d"), bench.at("away"));
          symlinkSync(bench.outside, bench.at("d"));
          writeFileSync(join(bench.outside, "f"), "outside\n");
        },
      },
    );
    assert.ok(["ESTALE", "EACCES"].includes(swapped.code), swapped.code);
  } finally {
    bench.close();
  }
});

test("one folder that is gone leaves the others as they are", async () => {
  const bench = new Bench(["app", "gone"]);
  try {
    rmSync(join(bench.base, "w/gone"), { recursive: true });
    writeFileSync(bench.at("f"), "f\n");
    symlinkSync(bench.at("f"), bench.at("l"));
    assert.equal((await bench.call("fs.read", { path: "l" })).value?.["path"], "app/f");
    const codes = (await all(bench)).map((got) => got.error?.message ?? got.code);
    // The file has been moved when it comes to deleting it.
    assert.deepEqual(codes, [...Array.from({ length: 9 }, () => "ok"), "fs:/app/f is not there."]);
    assert.equal((await bench.call("fs.read", { path: "gone/f" })).code, "EUNAVAILABLE");
  } finally {
    bench.close();
  }
});

test(
  "what the operating system refuses to an ordinary user is said",
  { skip: process.getuid?.() !== 0 },
  async () => {
    const bench = new Bench();
    try {
      mkdirSync(bench.at("locked"));
      writeFileSync(bench.at("locked/f"), "f\n");
      writeFileSync(bench.at("private"), "p\n");
      chmodSync(bench.at("private"), 0o600);
      chmodSync(bench.at("locked/f"), 0o666);
      for (const path of [bench.base, join(bench.base, "w"), bench.at(), bench.at("locked")])
        chmodSync(path, 0o755);
      for (const path of [bench.home, join(bench.home, "pre")]) chmodSync(path, 0o777);
      process.seteuid?.(65534);
      const got = [
        await bench.call("fs.read", { path: "private" }),
        await bench.call("fs.write", { path: "private", content: "x" }),
        await bench.call("fs.write", { path: "locked/f", content: "x" }),
        await bench.call("fs.write", { path: "locked/new", content: "x" }),
        await bench.call("fs.mkdir", { path: "locked/d" }),
        await bench.call("fs.delete", { path: "locked/f" }),
        await bench.call("fs.move", { from: "locked/f", to: "locked/g" }),
      ];
      process.seteuid?.(0);
      for (const { code, error } of got) {
        assert.equal(code, "EACCES");
        assert.match(error?.message ?? "", /^(fs:|The copy of fs:).* by this user\.$/u);
      }
      assert.deepEqual(readdirSync(bench.at("locked")), ["f"]);
    } finally {
      process.seteuid?.(0);
      bench.close();
    }
  },
);
