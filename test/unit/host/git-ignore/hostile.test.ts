// Git lists a hostile repository: nothing that the repository configures runs, and every failure has its reason.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gitIgnores } from "../../../../src/host/node/git/ignore.ts";
import { base, never } from "./repository.ts";

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
