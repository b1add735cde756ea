// Names that look alike: one file stays one file, a name that is not there tells the near one, and no hint tells more.
import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { isFault } from "../../../../src/abi/errors.ts";
import { linuxGround, type Ground, type Node } from "../../../../src/host/node/fs/node.ts";
import { makeFixture } from "../../../contract/fixture.ts";
import { LONG, share } from "../../../support/runs.ts";
import { Bench, picture } from "../../../harness/fs.ts";

/** A workspace with these files, emptied of an earlier test's. */
function workspace(files: Readonly<Record<string, string>>, bench = new Bench()): Bench {
  after(() => bench.close());
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(bench.at(path)), { recursive: true });
    writeFileSync(bench.at(path), text);
  }
  return bench;
}

type Call = readonly [name: string, args: (path: string) => object];

/** Every operation that takes the path of something that must be there. */
const OLD: readonly Call[] = [
  ["fs.read", (path) => ({ path })],
  ["fs.stat", (path) => ({ path })],
  ["fs.list", (path) => ({ path })],
  ["fs.find", (path) => ({ path, pattern: "*" })],
  ["fs.search", (path) => ({ path, query: "x" })],
  ["fs.diagnostics", (path) => ({ path })],
  ["fs.edit", (path) => ({ path, old_text: "old", new_text: "new" })],
  ["fs.delete", (path) => ({ path })],
  ["fs.delete", (path) => ({ path, recursive: true })],
  ["fs.move", (path) => ({ from: path, to: "moved" })],
  ["fs.restore", (path) => ({ path, from: "0".repeat(64), to: "absent" })],
];
/** Every operation that makes something. */
const NEW: readonly Call[] = [
  ["fs.write", (path) => ({ path, content: "new\n" })],
  ["fs.mkdir", (path) => ({ path })],
  ["fs.move", (path) => ({ from: "other.txt", to: path })],
];

/** A stored name, the same as somebody else writes it, and the escapes that show the difference. */
const ALIKE: readonly (readonly [stored: string, written: string, shown: RegExp])[] = [
  ["a\u00a0b.txt", "a b.txt", /a\\u00a0b\.txt/u],
  ["a b.txt", "a\u202fb.txt", /a\\u202fb\.txt|"\.\/a b\.txt"/u],
  ["Bildschirmfoto um 3.12.30\u202fPM.png", "Bildschirmfoto um 3.12.30 PM.png", /30\\u202fPM/u],
  ["it\u2019s.md", "it's.md", /it\\u2019s/u],
  ["\u201cq\u201d.md", '"q".md', /\\u201cq\\u201d/u],
  ["a\u2013b.md", "a-b.md", /a\\u2013b/u],
  ["a\u2011b.md", "a\u2010b.md", /a\\u2011b/u],
  ["more\u2026.md", "more....md", /more\\u2026/u],
  ["end.txt ", "end.txt", /end\.txt\\u0020/u],
  ["end2.txt", "end2.txt\u00a0", /"\.\/end2\.txt"/u],
  ["two  blanks", "two blanks", /two\\u0020 blanks/u],
  ["zero\u200bwidth", "zerowidth", /zero\\u200bwidth/u],
  ["soft\u00adhyphen", "softhyphen", /soft\\u00adhyphen/u],
  ["tab\t", "tab", /tab\\u0009/u],
];

for (const [stored, written, shown] of ALIKE) {
  test(`${JSON.stringify(written)} is not there, and ${JSON.stringify(stored)} is told`, async () => {
    const bench = workspace({ [stored]: "old\n", "other.txt": "other\n" });
    const before = picture(bench.at());
    for (const [name, args] of OLD) {
      const got = await bench.call(name, args(written));
      assert.equal(got.code, "ENOENT", `${name} ${JSON.stringify(got.error)}`);
      assert.match(got.error?.hint ?? "", shown, name);
    }
    for (const [name, args] of NEW) {
      const got = await bench.call(name, args(written));
      assert.ok(["EEXIST", "EINVAL"].includes(got.code), `${name} ${got.code}`);
      assert.match(`${got.error?.message} ${got.error?.hint}`, shown, name);
    }
    assert.deepEqual(picture(bench.at()), before);
  });
}

/** A stored name and the same in another composition. */
const COMPOSED: readonly (readonly [stored: string, written: string])[] = [
  ["re\u0301sume\u0301", "r\u00e9sum\u00e9"],
  ["r\u00e9sum\u00e9", "re\u0301sume\u0301"],
  ["\u1112\u1161\u11ab\u1100\u1173\u11af", "\ud55c\uae00"],
  ["\u30ab\u3099", "\u30ac"],
];

for (const [stored, written] of COMPOSED) {
  test(`${JSON.stringify(written)} finds ${JSON.stringify(stored)}, in the middle of a path too`, async () => {
    const bench = workspace({ [`${stored}/${stored}.md`]: "old\n", "x.md": "x\n" });
    const path = `${written}/${written}.md`;
    const real = `app/${stored}/${stored}.md`;
    assert.equal((await bench.call("fs.read", { path })).value?.["path"], real);
    assert.equal((await bench.call("fs.stat", { path })).value?.["path"], real);
    const listed = await bench.call("fs.list", { path: written });
    assert.equal(listed.value?.["path"], `app/${stored}`);
    assert.deepEqual((await bench.call("fs.find", { pattern: path })).value?.["matches"], [real]);
    const edit = { path, old_text: "old", new_text: "edited" };
    assert.equal((await bench.call("fs.edit", edit)).value?.["path"], real);
    const got = await bench.call("fs.write", { path, content: "new\n" });
    assert.deepEqual([got.value?.["path"], got.value?.["created"]], [real, false]);
    assert.ok(got.needs.some((n) => n.right === "write" && n.resource === `fs:/${real}`));
    assert.equal((await bench.call("fs.mkdir", { path: written })).value?.["created"], false);
    assert.equal((await bench.call("fs.move", { from: "x.md", to: path })).code, "EEXIST");
    const inside = await bench.call("fs.write", { path: `${written}/new.md`, content: "" });
    assert.equal(inside.value?.["path"], `app/${stored}/new.md`);
    assert.deepEqual([readdirSync(bench.at()).length, bench.text(stored, `${stored}.md`)], [2, "new\n"]);
    // A name may be composed anew by a move, because then only one is left.
    const whole = await bench.call("fs.move", { from: written, to: "elsewhere" });
    assert.deepEqual([whole.code, whole.error?.message.includes("exactly that name")], ["ENOENT", true]);
    const moved = await bench.call("fs.move", { from: stored, to: written });
    assert.equal(moved.code, "ok", JSON.stringify(moved.error));
    assert.deepEqual(readdirSync(bench.at()).sort(), [written, "x.md"].sort());
    const gone = await bench.call("fs.delete", { path: `${stored}/${written}.md` });
    assert.equal(gone.value?.["path"], `app/${written}/${stored}.md`);
  });
}

test("a deny on the stored name holds for every composition of it", async () => {
  const bench = workspace({ "re\u0301.md": "old\n" });
  bench.denied = (need) => need.resource === "fs:/app/re\u0301.md";
  const got = await bench.call("fs.read", { path: "r\u00e9.md" });
  assert.equal(got.code, "ENOTCAPABLE");
});

test("a grant for the other composition of a name is no grant for it, and the refusal shows both", async () => {
  const fixture = await makeFixture(["allow:read:fs:/app/r\u00e9.md"]);
  after(() => fixture.close());
  writeFileSync(join(fixture.root, "re\u0301.md"), "old\n");
  const got = await fixture.k.call(fixture.pid, "fs.read", { path: "r\u00e9.md" });
  assert.ok(isFault(got) && got.code === "ENOTCAPABLE");
  assert.match(got.message, /only fs:\/app\/r\u00e9\.md, which looks the same as fs:\/app\/re\\u0301\.md/u);
});

test("a path outside tells how paths begin", async () => {
  const fixture = await makeFixture(["allow:read:fs:/app/**"]);
  after(() => fixture.close());
  const got = await fixture.k.call(fixture.pid, "fs.read", { path: "/src/a.ts" });
  assert.ok(isFault(got) && got.code === "EACCES");
  assert.match(got.hint, /Paths begin in the working directory or with a workspace folder: app\./u);
});

test("a near folder in the middle of a path is told with the names behind it", async () => {
  const bench = workspace({ "my\u00a0docs/in/a.md": "a\n", "other.txt": "o\n" });
  const read = await bench.call("fs.read", { path: "my docs/in/a.md" });
  assert.match(read.error?.hint ?? "", /my\\u00a0docs\/in\/a\.md/u);
  const deeper = await bench.call("fs.read", { path: "my docs/In/A.md" });
  assert.match(deeper.error?.hint ?? "", /my\\u00a0docs\/in\/a\.md/u);
  for (const [name, args] of NEW) {
    const got = await bench.call(name, args("my docs/in/new"));
    assert.equal(got.code, "EEXIST", name);
    assert.match(`${got.error?.message} ${got.error?.hint}`, /my\\u00a0docs\/in\/new/u);
  }
  assert.deepEqual(readdirSync(bench.at()), ["my\u00a0docs", "other.txt"]);
});

test("typing slips are told, new names near others are made", async () => {
  const bench = workspace({ "README.md": "r\n", "src/components/Button.tsx": "b\n", "other.txt": "o\n" });
  const slips: readonly (readonly [written: string, told: string])[] = [
    ["readme.md", "./README.md"],
    ["REDAME.md", "./README.md"],
    ["README", "./README.md"],
    ["README.txt", "./README.md"],
    ["src/component/Button.tsx", "./src/components/Button.tsx"],
    ["src/components/button.ts", "./src/components/Button.tsx"],
    ["Src/components/Button.tsx", "./src/components/Button.tsx"],
  ];
  for (const [written, told] of slips) {
    const got = await bench.call("fs.read", { path: written });
    assert.equal(got.code, "ENOENT");
    assert.ok(got.error?.hint.includes(JSON.stringify(told)), `${written}: ${got.error?.hint}`);
  }
  const far = await bench.call("fs.read", { path: "nothing-like-it" });
  assert.equal(far.error?.hint, "List its folder to see what is.");
  // This disk tells cases apart, so these are other names.
  for (const path of ["readme.md", "README", "Other.txt", "src/components/Buttons.tsx"])
    assert.equal((await bench.call("fs.write", { path, content: "" })).code, "ok", path);
});

test("where the disk folds case, another case is the same file and gets no second name", async () => {
  const listed = (parent: Node, name: string): string =>
    readdirSync(parent.self).find((n) => n.toLowerCase() === name.toLowerCase()) ?? name;
  const folding: Ground = {
    ...linuxGround,
    open: (parent, name) => linuxGround.open(parent, listed(parent, name)),
    identity: (parent, name) => linuxGround.identity?.(parent, listed(parent, name)),
  };
  const bench = workspace({ "Docs/ReadMe.md": "old\n" }, new Bench(["app"], folding));
  const path = "docs/README.MD";
  assert.equal((await bench.call("fs.read", { path })).value?.["path"], "app/Docs/ReadMe.md");
  const got = await bench.call("fs.write", { path, content: "new\n" });
  assert.deepEqual([got.value?.["path"], got.value?.["created"]], ["app/Docs/ReadMe.md", false]);
  assert.deepEqual([readdirSync(bench.at()), bench.text("Docs/ReadMe.md")], [["Docs"], "new\n"]);
  // The file must not be lost by a move onto its own other case.
  await bench.call("fs.move", { from: "Docs/ReadMe.md", to: "Docs/README.md" });
  assert.equal(readFileSync(bench.at("Docs", readdirSync(bench.at("Docs"))[0] ?? ""), "utf8"), "new\n");
});

test("no hint tells a name that may not be listed, or that of a file of secrets", async () => {
  const secrets = { ".env.local": "K=1\n", id_rsa: "key\n", "hidden one.txt": "h\n", "hidden/a.txt": "a\n" };
  const bench = workspace({ ...secrets, "other.txt": "o\n" });
  bench.denied = (need) => need.resource.includes("hidden");
  const before = picture(bench.at());
  for (const path of ["hiden one.txt", "hiddn/a.txt", "Hidde/a.txt", ".env.locl", "id_rs", "id_rsa.txt"])
    for (const [name, args] of OLD) {
      const got = await bench.call(name, args(path));
      assert.doesNotMatch(JSON.stringify(got.error), /hidden|\.env\.local|id_rsa"/u, `${name} ${path}`);
    }
  assert.deepEqual(picture(bench.at()), before);
  bench.denied = (need) => need.right === "list";
  const unlisted = await bench.call("fs.read", { path: "othr.txt" });
  assert.equal(unlisted.error?.hint, "List its folder to see what is.");
});

test("whatever is asked for, an error tells only names that may be listed", { timeout: 60_000 }, async () => {
  const names = ["alpha", "alpho", "Alpha", "al pha", "al\u00a0pha", "b", "bb", "a\u0301", "\u00e1"];
  const bench = workspace(Object.fromEntries(names.map((name) => [`d/${name}/f-${name}`, "x\n"])));
  const resources = names.map((name) => [name, `fs:/app/d/${name}`] as const);
  const piece = fc.oneof(fc.constantFrom(...names), fc.string({ maxLength: 5 }));
  await fc.assert(
    fc.asyncProperty(
      fc.subarray(names),
      fc.tuple(piece, piece).map(([a, b]) => `d/${a}/f-${b}`),
      fc.constantFrom(...OLD),
      async (closed, path, [name, args]) => {
        const shut = resources.filter(([n]) => closed.includes(n)).map(([, resource]) => resource);
        bench.denied = (need) => shut.some((r) => need.resource === r || need.resource.startsWith(`${r}/`));
        const got = await bench.call(name, args(path));
        if (got.code !== "ENOENT") return;
        const told = [...(got.error?.hint ?? "").matchAll(/"\.\/d\/([^/"]*)[/"]/gu)].map((m) => m[1] ?? "");
        for (const one of told) assert.ok(!closed.includes(one), `${JSON.stringify(path)} tells ${one}`);
      },
    ),
    { numRuns: share(1000) },
  );
});

test("a large folder is looked through in bounded time", async () => {
  const memory = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
  const bench = new Bench(["app"], undefined, realpathSync(mkdtempSync(join(memory, "near-bench-"))));
  after(() => bench.close());
  mkdirSync(bench.at("many"));
  for (let i = 0; i < (LONG ? 20_000 : 5_000); i++)
    writeFileSync(bench.at("many", `some-name-${i}-of-many.txt`), "");
  const start = performance.now();
  const got = await bench.call("fs.read", { path: "many/Some-name-77-of-many.txt" });
  assert.ok(performance.now() - start < 5000);
  assert.match(got.error?.hint ?? "", /some-name-77-of-many/u);
  assert.ok((got.error?.hint.length ?? 0) < 1000);
  rmSync(bench.at("many"), { recursive: true });
});
