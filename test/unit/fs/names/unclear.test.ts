// Paths as people and models write them: found, or an error that tells the spelling that works, and nothing made by accident.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { isFault } from "../../../../src/abi/errors.ts";
import { OUTSIDE } from "../../../../src/abi/resource.ts";
import { locatePath, resourceOf, spelledFrom } from "../../../../src/primitives/fs/path.ts";
import { Bench, picture } from "../../../harness/fs.ts";

function workspace(files: readonly string[], bench = new Bench()): Bench {
  after(() => bench.close());
  for (const path of files) {
    mkdirSync(dirname(bench.at(path)), { recursive: true });
    writeFileSync(bench.at(path), `${path}\n`);
  }
  return bench;
}

const write = (bench: Bench, path: string) => bench.call("fs.write", { path, content: "new\n" });
const read = (bench: Bench, path: string) => bench.call("fs.read", { path });

test("a folder named like the workspace: what is there is found or told, and nothing is made beside it", async () => {
  const bench = workspace(["app/inner.py", "app/both.py", "both.py", "README.md", "app/deep/x.py"]);
  for (const path of ["app/inner.py", "app/deep/x.py", "app/deep"]) {
    const got = await read(bench, path);
    assert.equal(got.code, "ENOENT");
    assert.match(got.error?.hint ?? "", new RegExp(`"\\./${path}" is there`, "u"));
    assert.equal((await bench.call("fs.stat", { path: `./${path}` })).code, "ok");
    assert.equal((await bench.call("fs.stat", { path: `app/${path}` })).code, "ok");
  }
  assert.equal((await read(bench, "app/README.md")).value?.["content"], "README.md\n");
  const listed = await bench.call("fs.list", { path: "app" });
  assert.match(String(listed.value?.["note"]), /its folder app is "\.\/app"/u);
  const before = picture(bench.at());
  const makes: readonly (readonly [string, object])[] = [
    ["fs.write", { path: "app/models.py", content: "" }],
    ["fs.write", { path: "app/new/models.py", content: "" }],
    ["fs.mkdir", { path: "app/new" }],
    ["fs.mkdir", { path: "app" }],
    ["fs.move", { from: "./both.py", to: "app/moved.py" }],
    ["fs.write", { path: "app/both.py", content: "" }],
    ["fs.edit", { path: "app/both.py", old_text: "both", new_text: "none" }],
    ["fs.edit", { path: "app/inner.py", old_text: "app", new_text: "none" }],
    ["fs.delete", { path: "app/both.py" }],
    ["fs.move", { from: "app/both.py", to: "./moved.py" }],
  ];
  for (const [name, args] of makes) {
    const got = await bench.call(name, args);
    assert.ok(
      ["EINVAL", "EEXIST", "ENOENT"].includes(got.code),
      `${name} ${JSON.stringify(args)}: ${got.code}`,
    );
    assert.match(got.error?.hint ?? "", /"\.\/app/u);
  }
  assert.deepEqual(picture(bench.at()), before);
  // Each spelling that was told works.
  assert.equal((await write(bench, "./app/models.py")).value?.["path"], "app/app/models.py");
  assert.equal((await write(bench, "./models.py")).value?.["path"], "app/models.py");
  // A process means the file that it has read.
  await read(bench, "app/both.py");
  assert.equal((await write(bench, "app/both.py")).value?.["path"], "app/both.py");
});

test("a folder named like another workspace folder is told, and without one nothing is unclear", async () => {
  const bench = workspace(["lib/a.ts", "x.ts"], new Bench(["app", "lib"]));
  assert.match((await read(bench, "lib/a.ts")).error?.hint ?? "", /"\.\/lib\/a\.ts" is there/u);
  assert.equal((await write(bench, "lib/b.ts")).code, "EINVAL");
  assert.equal((await write(bench, "app/b.ts")).value?.["path"], "app/b.ts");
  bench.cwd = "fs:/lib";
  assert.equal((await write(bench, "lib/b.ts")).value?.["path"], "lib/b.ts");
});

/** How `src/a.ts` is written, and whether something new of that name may be made. */
const WRAPPED: readonly (readonly [written: string, makes: "made" | "refused"])[] = [
  ['"src/a.ts"', "refused"],
  ["'src/a.ts'", "refused"],
  ["`src/a.ts`", "refused"],
  ["\u201csrc/a.ts\u201d", "refused"],
  ["<src/a.ts>", "refused"],
  [" src/a.ts", "refused"],
  ["src/a.ts\n", "refused"],
  ["@src/a.ts", "refused"],
  ["@app/src/a.ts", "refused"],
  ["a/src/a.ts", "refused"],
  ["b/src/a.ts", "refused"],
  ["src/a.ts:12", "refused"],
  ["src/a.ts:12:5", "refused"],
  ["src/a.ts:12-20", "refused"],
  ["src/a.ts#L12", "refused"],
  ["src/a.ts#L12-L20", "refused"],
  ["src/a.ts(12,5)", "refused"],
  ["src/a.ts.", "refused"],
  ["src/a.ts,", "refused"],
  ["src%2Fa.ts", "refused"],
  ["${workspaceFolder}/src/a.ts", "refused"],
  ["App/src/a.ts", "refused"],
  ["src/a.tsx", "made"],
];

for (const [written, makes] of WRAPPED) {
  test(`${JSON.stringify(written)} is not there, and src/a.ts is told`, async () => {
    const bench = workspace(["src/a.ts"]);
    for (const name of ["fs.read", "fs.edit", "fs.stat", "fs.delete"]) {
      const got = await bench.call(name, { path: written, ...(name === "fs.edit" ? EDIT : {}) });
      assert.equal(got.code, "ENOENT", `${name} ${JSON.stringify(got.error)}`);
      assert.match(got.error?.hint ?? "", /"\.\/src\/a\.ts" is there/u, name);
    }
    const before = picture(bench.at());
    for (const [name, args] of [
      ["fs.write", { path: written, content: "" }],
      ["fs.mkdir", { path: written }],
    ] as const) {
      const got = await bench.call(name, args);
      if (makes === "made") assert.equal(got.code, name === "fs.write" ? "ok" : "EEXIST");
      else {
        assert.equal(got.code, "EINVAL", `${name} ${JSON.stringify(got)}`);
        assert.match(got.error?.hint ?? "", /Write "\.\/src\/a\.ts"/u);
        assert.deepEqual(picture(bench.at()), before);
      }
    }
  });
}
const EDIT = { old_text: "src", new_text: "x" };

test("a name that is meant so is made when it is written ./name, and scoped names always", async () => {
  const bench = workspace(["src/a.ts", "types.d.ts"]);
  for (const path of [
    "./src/a.ts:12",
    "./'x'",
    "./@src/a.ts",
    "@scope/types.d.ts",
    "a/new.ts",
    "copy (1)",
    "x#1",
  ])
    assert.equal((await write(bench, path)).code, "ok", path);
});

test("in a deeper working directory a path from the workspace folder is told, and makes no second folder", async () => {
  const bench = workspace(["src/a.ts", "src/deep/b.ts"]);
  bench.cwd = "fs:/app/src";
  assert.match((await read(bench, "src/a.ts")).error?.hint ?? "", /"\.\/a\.ts" is there/u);
  assert.match((await read(bench, "src/deep/b.ts")).error?.hint ?? "", /"\.\/deep\/b\.ts" is there/u);
  assert.equal((await write(bench, "src/a.ts")).code, "EINVAL");
  assert.equal((await write(bench, "deep/a.ts")).code, "ok");
  assert.deepEqual(readdirSync(bench.at("src")).sort(), ["a.ts", "deep"]);
});

test("absolute spellings by the link a workspace was opened by, and by its real path, are the same place", async () => {
  const bench = workspace(["src/a b%.ts"]);
  const opened = join(bench.base, "link");
  symlinkSync(bench.at(), opened);
  bench.roots[0] = { name: "app", path: bench.at(), opened };
  for (const base of [bench.at(), opened]) {
    for (const path of [
      `${base}/src/a b%.ts`,
      pathToFileURL(`${base}/src/a b%.ts`).href,
      `${base}//src/../src/a b%.ts`,
    ])
      assert.equal((await read(bench, path)).value?.["path"], "app/src/a b%.ts", path);
    assert.equal((await read(bench, base)).error?.code, "EINVAL");
  }
  // A link inside the workspace that leads through that path comes back in.
  symlinkSync(join(opened, "src"), bench.at("again"));
  assert.equal((await read(bench, "again/a b%.ts")).value?.["path"], "app/src/a b%.ts");
  for (const path of [`${opened}-other/x`, join(bench.base, "lin"), `${opened}/../outside/x`])
    assert.equal((await read(bench, path)).code, "EACCES", path);
});

const roots = [{ name: "app", path: "/home/me/code/app", opened: "/srv/app" }];
const drives = [{ name: "app", path: "C:\\Users\\me\\app" }];

/** What a path means: a resource, or the spelling that an error tells. */
function means(
  path: string,
  folders: readonly { name: string; path: string }[] = roots,
  cwd = "fs:/app/src",
): string {
  const view = { cwd, roots: folders };
  const place = locatePath(path, view);
  if (place === OUTSIDE) return OUTSIDE;
  return isFault(place) ? (/Write "([^"]*)"/u.exec(place.hint)?.[1] ?? place.code) : resourceOf(place);
}

const MEANINGS: readonly (readonly [path: string, expected: string])[] = [
  ["file:///home/me/code/app/src/a%20b.ts", "fs:/app/src/a b.ts"],
  ["file:///srv/app/src/x.ts#L12", "fs:/app/src/x.ts"],
  ["FILE://localhost/srv/app/x#y", "fs:/app/x#y"],
  ["file:/srv/app/100%.txt", "fs:/app/100%25.txt"],
  ["file:///srv/app/%2e%2e/%2e%2e/etc/passwd", OUTSIDE],
  ["file:///srv/app/..%2F..%2Fetc", OUTSIDE],
  ["file:///srv/app/a%00b", "EINVAL"],
  ["file://server/srv/app/x", "../x"],
  ["file://server/srv/x", OUTSIDE],
  ["file:relative", "./relative"],
  ["file://./x.ts", "./x.ts"],
  ["file:../../x", OUTSIDE],
  ["//srv/app/x.ts", "../x.ts"],
  ["D:\\work\\app\\src\\x.ts", "./x.ts"],
  ["\\\\server\\share\\app\\x.ts", "../x.ts"],
  ["//server/share/x.ts", OUTSIDE],
  ["src\\x.ts", "./src/x.ts"],
  [".\\x.ts", "./x.ts"],
  ["..\\x.ts", "../x.ts"],
  ["app\\x.ts", "../x.ts"],
  ["app/src\\x.ts", "./x.ts"],
  ["my\\ file\\ (1).txt", "./my file (1).txt"],
  ["..\\..\\..\\etc", OUTSIDE],
  ["app/../../x\\y", OUTSIDE],
  ["re\\u0301sume\\u0301.md", "fs:/app/src/re\u0301sume\u0301.md"],
  ["app/re\\u0301.md", "fs:/app/re\u0301.md"],
  ["\\u002e\\u002e/\\u002e\\u002e/\\u002e\\u002e/x", OUTSIDE],
  ["a\\u0000b", "EINVAL"],
  ["a\\ud800b", "EINVAL"],
  ["~/code/app/x.ts", "../x.ts"],
  ["~/app/x.ts", "../x.ts"],
  ["~/.ssh/id_rsa", OUTSIDE],
  ["~", OUTSIDE],
  ["vscode-remote://ssh-remote+host/home/me/code/app/src/x.ts", "./x.ts"],
  ["https://example.org/x", OUTSIDE],
  ["\\\\wsl$\\Ubuntu\\home\\me\\code\\app\\x.ts", "../x.ts"],
  ["//wsl.localhost/Ubuntu/srv/app/src/x.ts", "./x.ts"],
  ["C:\\Users\\me\\x", OUTSIDE],
  ["/home/me/code/app/x", "fs:/app/x"],
  ["/home/me/code/apps/x", OUTSIDE],
  ["/srv/app", "fs:/app"],
];
for (const [path, expected] of MEANINGS)
  test(`${JSON.stringify(path)} means or tells ${expected}`, () => assert.equal(means(path), expected));

const ON_DRIVES: readonly (readonly [path: string, expected: string])[] = [
  ["file:///C:/Users/me/app/src/x.ts", "fs:/app/src/x.ts"],
  ["file:///c%3A/Users/me/app/x.ts", "fs:/app/x.ts"],
  ["/c/Users/me/app/src/x.ts", "./x.ts"],
  ["/mnt/c/Users/me/app/src/x.ts", "./x.ts"],
  ["/cygdrive/c/users/me/app/src/x.ts", "./x.ts"],
  ["~\\app\\src\\x.ts", "./x.ts"],
  ["~/app/src/x.ts", "./x.ts"],
  ["D:\\x", OUTSIDE],
  ["src\\u0301.ts", "fs:/app/src/src/u0301.ts"],
];
for (const [path, expected] of ON_DRIVES)
  test(`${JSON.stringify(path)} means or tells ${expected} on a drive`, () =>
    assert.equal(means(path, drives), expected));

test("a drive letter in a workspace below /mnt is told as the path there", () => {
  assert.equal(means("C:\\work\\app\\src\\x.ts", [{ name: "app", path: "/mnt/c/work/app" }]), "./x.ts");
});

test("folder names that look like something else are names first", () => {
  for (const name of ["~", "c:", "file:", "my a%b: ü", "a\\b", "http:"]) {
    const folders = [{ name, path: `/w/${name}` }];
    assert.equal(
      means(`${name}/x`, folders, `fs:/${name.replaceAll("%", "%25")}`),
      `fs:/${name.replaceAll("%", "%25")}/x`,
    );
  }
  const composed = [{ name: "r\u00e9", path: "/w/r\u00e9" }];
  assert.equal(means("re\u0301/x", composed, "fs:/r\u00e9"), "fs:/r\u00e9/x");
  assert.equal(means("/w/re\u0301/x", composed, "fs:/r\u00e9"), "fs:/r\u00e9/x");
});

test("a told spelling means its place from every working directory", () => {
  for (const cwd of ["fs:/app", "fs:/app/src", "fs:/app/a/b", "fs:/lib"])
    for (const segments of [[], ["app", "x"], ["src", "y"], ["a", "~"], ["c:x"], ["file:", "z"]]) {
      const place = { folder: "app", segments };
      const view = { cwd, roots: [...roots, { name: "lib", path: "/w/lib" }] };
      assert.deepEqual(locatePath(spelledFrom(place, view), view), place);
    }
});
