// Git lists a hostile repository: nothing that the repository configures runs, and every failure has its reason.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gitIgnores } from "../../../src/host/node/git/ignore.ts";

const base = realpathSync(mkdtempSync(join(tmpdir(), "git-ignore-")));
after(() => rmSync(base, { recursive: true, force: true }));
const never = new AbortController().signal;

function repository(name: string): string {
  const at = join(base, name);
  mkdirSync(at);
  execFileSync("git", ["-C", at, "init", "-q"]);
  writeFileSync(join(at, ".gitignore"), "ignored\n");
  for (const file of ["tracked", "untracked", "ignored"]) writeFileSync(join(at, file), file);
  execFileSync("git", ["-C", at, "add", "tracked", ".gitignore"]);
  return at;
}

async function shown(root: string): Promise<{ names: string[]; note: string | undefined }> {
  const { shows, note } = await gitIgnores(root, [root], [], never);
  const place = (name: string) => ({ folder: "r", segments: [name] });
  return { names: readdirSync(root).filter((n) => shows(place(n), "file")), note };
}

const HONEST = [".gitignore", "tracked", "untracked"];

test("tracked and untracked files are shown, ignored ones not", async () => {
  assert.deepEqual(await shown(repository("honest")), { names: HONEST, note: undefined });
});

test("nothing that a repository configures runs", async () => {
  const root = repository("hostile");
  const ran = join(base, "ran");
  mkdirSync(ran);
  const program = (name: string): string => {
    const at = join(base, `${name}.sh`);
    writeFileSync(at, `#!/bin/sh\ntouch ${join(ran, name)}\ncat\nexit 0\n`);
    chmodSync(at, 0o755);
    return at;
  };
  const set = (key: string, value: string): void => {
    execFileSync("git", ["-C", root, "config", key, value]);
  };
  writeFileSync(join(root, ".gitattributes"), "* filter=evil diff=evil merge=evil\n");
  // Index entries whose stat is out of date are what makes git look at contents.
  writeFileSync(join(root, "tracked"), "changed");
  const keys = [
    "core.fsmonitor",
    "core.pager",
    "core.editor",
    "core.sshCommand",
    "core.gitProxy",
    "core.askPass",
    "diff.external",
  ];
  const more = [
    "filter.evil.clean",
    "filter.evil.smudge",
    "filter.evil.process",
    "diff.evil.command",
    "diff.evil.textconv",
  ];
  const last = [
    "merge.evil.driver",
    "pager.ls-files",
    "credential.helper",
    "gpg.program",
    "uploadpack.packObjectsHook",
  ];
  for (const key of [...keys, ...more, ...last]) set(key, program(key));
  set("filter.evil.required", "true");
  set("alias.ls-files", `!${program("alias")}`);
  set("protocol.ext.allow", "always");
  set("protocol.file.allow", "always");
  set("remote.origin.url", `ext::${program("transport")}`);
  set("remote.origin.uploadpack", program("uploadpack"));
  set("remote.origin.promisor", "true");
  set("remote.origin.partialclonefilter", "blob:none");
  set("extensions.partialClone", "origin");
  set("core.untrackedCache", "true");
  set("feature.manyFiles", "true");
  const hooks = join(base, "hooks");
  mkdirSync(hooks);
  for (const hook of [
    "post-index-change",
    "fsmonitor-watchman",
    "pre-commit",
    "post-checkout",
    "reference-transaction",
  ]) {
    for (const at of [join(root, ".git/hooks", hook), join(hooks, hook)]) {
      writeFileSync(at, `#!/bin/sh\ntouch ${join(ran, hook)}\n`);
      chmodSync(at, 0o755);
    }
  }
  set("core.hooksPath", hooks);
  writeFileSync(join(root, "git"), `#!/bin/sh\ntouch ${join(ran, "git-in-repository")}\n`);
  chmodSync(join(root, "git"), 0o755);
  const path = process.env["PATH"];
  process.env["PATH"] = `.:${root}::${path ?? ""}`;
  process.env["GIT_SSH_COMMAND"] = program("environment");
  process.env["OPENAI_API_KEY"] = "never-passed-on";
  const got = await shown(root);
  process.env["PATH"] = path;
  delete process.env["GIT_SSH_COMMAND"];
  delete process.env["OPENAI_API_KEY"];
  assert.deepEqual(readdirSync(ran), []);
  assert.deepEqual(got, {
    names: [".gitattributes", ".gitignore", "git", "tracked", "untracked"],
    note: undefined,
  });
  // The trap is real: plain git falls into it.
  spawnSync("git", ["-C", root, "status"], { stdio: "ignore" });
  assert.ok(existsSync(join(ran, "core.fsmonitor")));
});

test("a sparse index whose missing folder would be fetched runs no transport", async () => {
  const root = join(base, "sparse");
  const ran = join(base, "fetched");
  const evil = join(base, "fetch.sh");
  writeFileSync(evil, `#!/bin/sh\ntouch ${ran}\n`);
  chmodSync(evil, 0o755);
  mkdirSync(join(root, "a"), { recursive: true });
  mkdirSync(join(root, "b"));
  writeFileSync(join(root, "a/f"), "1");
  writeFileSync(join(root, "b/f"), "2");
  const git = (...args: string[]): string =>
    execFileSync("git", ["-C", root, ...args], { encoding: "utf8", stdio: "pipe" });
  git("init", "-q");
  git("add", ".");
  git("-c", "user.name=n", "-c", "user.email=e", "commit", "-qm", "x");
  git("sparse-checkout", "init", "--cone", "--sparse-index");
  git("sparse-checkout", "set", "a");
  const tree = git("rev-parse", "HEAD:b").trim();
  rmSync(join(root, ".git/objects", tree.slice(0, 2), tree.slice(2)));
  const config = [
    ["core.repositoryformatversion", "1"],
    ["extensions.partialClone", "origin"],
    ["remote.origin.promisor", "true"],
    ["remote.origin.url", `ext::${evil}`],
    ["remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*"],
    ["protocol.ext.allow", "always"],
  ];
  for (const [key = "", value = ""] of config) git("config", key, value);
  await shown(root);
  assert.ok(!existsSync(ran));
  spawnSync("git", ["-C", root, "ls-files", "--cached"], { stdio: "ignore" });
  assert.ok(existsSync(ran), "the trap is real");
});

test("a config that lies about the work tree only hides names", async () => {
  const root = repository("lying");
  execFileSync("git", ["-C", root, "config", "core.worktree", "/etc"]);
  const { names, note } = await shown(root);
  assert.ok(note !== undefined || names.every((n) => HONEST.includes(n)));
});

test("an ignore file that is a pipe does not hang the search for ever", { timeout: 30_000 }, async () => {
  const root = repository("pipe");
  execFileSync("mkfifo", [join(root, "fifo")]);
  execFileSync("git", ["-C", root, "config", "core.excludesFile", join(root, "fifo")]);
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 300);
  const start = performance.now();
  const { note } = await gitIgnores(root, [root], [], stop.signal);
  assert.match(note ?? "", /Nothing was filtered: git took too long/);
  assert.ok(performance.now() - start < 3000);
});

test("a broken index, no repository, another owner: unfiltered, with the reason", async () => {
  const broken = repository("broken");
  writeFileSync(join(broken, ".git/index"), "garbage");
  assert.match((await shown(broken)).note ?? "", /git failed/);
  const none = join(base, "none");
  mkdirSync(none);
  writeFileSync(join(none, "f"), "");
  assert.deepEqual(await shown(none), {
    names: ["f"],
    note: "Nothing was filtered: this is no git repository.",
  });
  if (process.getuid?.() === 0) {
    const foreign = repository("foreign");
    chownSync(foreign, 12345, 12345);
    chownSync(join(foreign, ".git"), 12345, 12345);
    assert.match((await shown(foreign)).note ?? "", /another user owns it/);
  }
});

test("git's own folder is never part of a listing", async () => {
  for (const root of [repository("own"), join(base, "none")]) {
    const { shows } = await gitIgnores(root, [root], [], never);
    assert.equal(shows({ folder: "r", segments: [".git"] }, "folder"), false);
    assert.equal(shows({ folder: "r", segments: [".git", "config"] }, "file"), false);
  }
});

/** A tree of files, and git run in it. */
function tree(name: string, files: Readonly<Record<string, string>>) {
  const at = join(base, name);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(at, path, ".."), { recursive: true });
    writeFileSync(join(at, path), text);
  }
  const git = (...args: string[]): string =>
    execFileSync("git", ["-C", at, "-c", "user.name=n", "-c", "user.email=e", ...args], {
      encoding: "utf8",
      stdio: "pipe",
    });
  return { at, git };
}

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
