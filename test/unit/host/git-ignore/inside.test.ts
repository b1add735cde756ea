// Git lists a folder with repositories inside: each is judged by its own rules.
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gitIgnores } from "../../../../src/host/node/git/ignore.ts";
import { base, never, tree } from "./repository.ts";

/** The files that a walk below `below` would show, and the note of the whole walk. */
async function walked(root: string, below: readonly string[] = []) {
  const ignores = await gitIgnores(root, [root], below, never);
  const names: string[] = [];
  const enter = async (segments: readonly string[]): Promise<void> => {
    const entries = readdirSync(join(root, ...segments), { withFileTypes: true });
    if (entries.some((e) => e.name === ".git")) await ignores.enters({ folder: "r", segments });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const place = { folder: "r", segments: [...segments, entry.name] };
      if (!ignores.shows(place, entry.isDirectory() ? "folder" : "file")) continue;
      if (entry.isDirectory()) await enter(place.segments);
      else if (!entry.name.startsWith(".git")) names.push(place.segments.join("/"));
    }
  };
  await enter(below);
  return { names, note: ignores.note };
}

test("a repository inside is judged by its own rules, however deep and of whatever kind", async () => {
  const own = { ".gitignore": "out/\n", "in.ts": "1", "out/x.js": "1" };
  const inside = (folder: string) =>
    Object.fromEntries(Object.entries(own).map(([path, text]) => [`${folder}/${path}`, text]));
  const files = { ...inside("nested"), ...inside("a/deep"), ...inside("a/deep/deeper"), ...inside("plain") };
  const { at, git } = tree("outer", { "top.ts": "1", "out/t.js": "1", ...files });
  git("init", "-q");
  for (const folder of ["nested", "a/deep", "a/deep/deeper"]) git("-C", folder, "init", "-q");
  const { at: other, git: inOther } = tree("other", own);
  inOther("init", "-q");
  inOther("add", ".");
  inOther("commit", "-qm", "x");
  git("-c", "protocol.file.allow=always", "submodule", "add", "-q", other, "sub");
  mkdirSync(join(at, "sub/out"));
  writeFileSync(join(at, "sub/out/s.js"), "1");
  inOther("worktree", "add", "-q", join(at, "tree"));
  mkdirSync(join(at, "tree/out"));
  writeFileSync(join(at, "tree/out/w.js"), "1");
  const got = await walked(at);
  assert.deepEqual(got, {
    names: [
      ...["a/deep/deeper/in.ts", "a/deep/in.ts", "nested/in.ts"],
      ...["out/t.js", "plain/in.ts", "sub/in.ts", "top.ts", "tree/in.ts"],
    ],
    note: undefined,
  });
  assert.deepEqual((await walked(at, ["nested"])).names, ["nested/in.ts"]);
  assert.deepEqual((await walked(at, ["sub"])).names, ["sub/in.ts"]);
});

test("several repositories in a folder that is none are each judged, and the rest is said to be unfiltered", async () => {
  const { at, git } = tree("several", {
    "a/.gitignore": "*.log\n",
    "a/a.ts": "1",
    "a/a.log": "1",
    "b/.gitignore": "*.tmp\n",
    "b/b.log": "1",
    "b/b.tmp": "1",
    "none/x.log": "1",
  });
  for (const folder of ["a", "b"]) git("-C", folder, "init", "-q");
  const { names, note } = await walked(at);
  assert.deepEqual(names, ["a/a.ts", "b/b.log", "none/x.log"]);
  assert.match(
    note ?? "",
    /What is in no repository of its own was not filtered: this is no git repository/u,
  );
});

test("a repository above that ignores everything, and an ignored folder that is named, hide nothing and are told", async () => {
  const { at, git } = tree("above", {
    ".gitignore": "*\n!.gitignore\n",
    "work/main.py": "1",
    "work/lib/m.py": "1",
  });
  git("init", "-q");
  const work = join(at, "work");
  assert.deepEqual(await walked(work), {
    names: ["lib/m.py", "main.py"],
    note: "Git ignores everything in this folder, so all of it was looked at.",
  });
  const named = tree("named", {
    ".gitignore": "build/\n*.log\n",
    "build/out.txt": "1",
    "logs/a.log": "1",
    "x.ts": "1",
  });
  named.git("init", "-q");
  assert.deepEqual(await walked(named.at), { names: ["x.ts"], note: undefined });
  for (const [folder = "", ...names] of [
    ["build", "build/out.txt"],
    ["logs", "logs/a.log"],
  ]) {
    const got = await walked(named.at, [folder]);
    assert.deepEqual(got.names, names);
    assert.match(got.note ?? "", /Git ignores everything in this folder/u);
  }
  // An ignored folder keeps the rules of the repositories in it.
  named.git("init", "-q", "build/inner");
  writeFileSync(join(named.at, "build/inner/.gitignore"), "no\n");
  for (const name of ["yes", "no"]) writeFileSync(join(named.at, "build/inner", name), "1");
  assert.deepEqual((await walked(named.at, ["build"])).names, ["build/inner/yes", "build/out.txt"]);
});

test("tracked names and names that a later rule brings back are shown", async () => {
  const { at, git } = tree("brought", {
    ".gitignore": "gen/\n*.log\n!keep.log\n",
    "gen/t.txt": "1",
    "gen/u.txt": "1",
    "keep.log": "1",
    "a.log": "1",
  });
  git("init", "-q");
  git("add", "-f", "gen/t.txt");
  assert.deepEqual((await walked(at)).names, ["gen/t.txt", "keep.log"]);
});

test("nothing that a repository inside configures runs, and a broken one is named", async () => {
  const { at, git } = tree("holding", { "bad/f": "1", "broken/f": "1", "broken/.git": "gitdir: /nowhere\n" });
  git("init", "-q");
  git("-C", "bad", "init", "-q");
  const ran = join(base, "inner-ran");
  const evil = join(base, "inner.sh");
  writeFileSync(evil, `#!/bin/sh\ntouch ${ran}\n`);
  chmodSync(evil, 0o755);
  for (const key of ["core.fsmonitor", "core.pager", "core.hooksPath", "filter.x.clean"])
    git("-C", "bad", "config", key, evil);
  const { names, note } = await walked(at);
  assert.deepEqual([names, existsSync(ran)], [["bad/f", "broken/f"], false]);
  assert.match(note ?? "", /"broken": /u);
});

test("at most 32 repositories inside are asked, and it is said", { timeout: 60_000 }, async () => {
  const { at, git } = tree("crowd", { x: "1" });
  git("init", "-q");
  for (let i = 10; i < 50; i++) {
    git("init", "-q", `r${i}`);
    writeFileSync(join(at, `r${i}/.gitignore`), "no\n");
    for (const name of ["yes", "no"]) writeFileSync(join(at, `r${i}`, name), "1");
  }
  const { names, note } = await walked(at);
  assert.equal(names.filter((name) => name.endsWith("/no")).length, 8);
  assert.match(note ?? "", /Only the first 32 repositories inside/u);
});
