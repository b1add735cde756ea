// Going back in a repository with everything that makes git forget or lose things: nothing of a person's is touched.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, statSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { gitIn } from "../../support/git/repository.ts";
import { Workspace, script, type Turns } from "../workspace.ts";

const GRANTS = ["--grant", "allow:read,list,write,delete:fs:/app/**"];

/** A repository with a submodule, a worktree, a pointer of a large file, ignored data, a stash and a dirty index. */
function makeRepository(t: TestContext): Workspace {
  const on = new Workspace(t);
  const git = (...args: string[]): string => gitIn(on.folder, ...args);
  const module = join(on.scratch, "module");
  mkdirSync(module);
  gitIn(module, "init", "-q", "-b", "main");
  writeFileSync(join(module, "m.txt"), "module\n");
  for (const at of [module, on.folder]) {
    if (at === on.folder) git("init", "-q", "-b", "main");
    gitIn(at, "config", "user.name", "Ann Example");
    gitIn(at, "config", "user.email", "ann@example.invalid");
  }
  gitIn(module, "add", "-A");
  gitIn(module, "commit", "-q", "-m", "module");
  on.write(".gitignore", "ignored/\n.agentlibos/\n");
  on.write("a.txt", "one\n");
  on.write("b.txt", "one\n");
  on.write("large.bin", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n");
  git("add", "-A");
  git("-c", "protocol.file.allow=always", "submodule", "add", "-q", module, "module");
  git("commit", "-q", "-m", "first");
  git("branch", "other");
  git("worktree", "add", "-q", join(on.scratch, "tree"), "other");
  on.write("b.txt", "stashed\n");
  git("stash", "push", "-q", "-m", "kept");
  on.write("b.txt", "staged\n");
  git("add", "b.txt");
  on.write("b.txt", "staged and more\n");
  on.write("ignored/data.bin", "data\n");
  on.write("untracked.txt", "mine\n");
  return on;
}

/** All that a restore must leave as it is. */
function gitState(on: Workspace): readonly string[] {
  const git = (...args: string[]): string => gitIn(on.folder, "-c", "core.fsmonitor=false", ...args);
  return [
    git("status", "--porcelain=v2", "--untracked-files=all", "--ignored"),
    git("for-each-ref", "--format=%(refname) %(objectname)"),
    git("stash", "list", "--format=%gd %H %s"),
    git("ls-files", "--stage"),
    git("worktree", "list", "--porcelain"),
    git("submodule", "status"),
    git("reflog", "--format=%H %gs"),
  ];
}

async function work(on: Workspace, turns: Turns): Promise<void> {
  await on.agent(script([...turns, "done"]), GRANTS);
}

/** Goes back to the oldest checkpoint. Gives the outcomes. */
async function back(on: Workspace): Promise<string> {
  const listed = await on.run(["checkpoints", "--json"]);
  const ids = listed.out.split("\n").filter(Boolean);
  const { checkpoint } = JSON.parse(ids.at(-1) ?? "{}") as { checkpoint: string };
  const { out, code, err } = await on.run(["restore", checkpoint, "--apply"]);
  assert.equal(code, 0, err);
  return out;
}

test("a restore leaves branches, index, stash, worktrees, submodules and ignored data as they are (O5, H5, H8)", async (t) => {
  const on = makeRepository(t);
  // The record itself is there before and after.
  await work(on, []);
  const before = gitState(on);
  const times = ["untracked.txt", "ignored/data.bin", "module/m.txt", "large.bin"].map((name) => ({
    name,
    at: statSync(on.path(name), { bigint: true }).mtimeNs,
  }));
  await work(on, [
    [["write_file", { path: "a.txt", content: "two\n" }]],
    [["write_file", { path: "b.txt", content: "two\n" }]],
    [["write_file", { path: "new.txt", content: "new\n" }]],
    [["write_file", { path: "ignored/out.txt", content: "new\n" }]],
    [["write_file", { path: "module/m.txt", content: "changed\n" }]],
  ]);
  assert.notDeepEqual(gitState(on), before);
  times.splice(2, 1);
  await back(on);
  assert.deepEqual(gitState(on), before);
  for (const { name, at } of times) assert.equal(statSync(on.path(name), { bigint: true }).mtimeNs, at, name);
  assert.equal(on.read("b.txt"), "staged and more\n");
});

test("data that a new line of .gitignore hides survives going back over that line (H1)", async (t) => {
  const on = makeRepository(t);
  await work(on, [[["write_file", { path: "a.txt", content: "two\n" }]]]);
  on.write(".gitignore", "ignored/\n.agentlibos/\ndata/\n");
  on.write("data/results.csv", "1,2,3\n");
  await back(on);
  assert.equal(on.read("data/results.csv"), "1,2,3\n");
  assert.equal(on.read(".gitignore"), "ignored/\n.agentlibos/\ndata/\n");
  assert.equal(on.read("a.txt"), "one\n");
});

test("what other programs made is never deleted, not even in a folder that an agent made (H3)", async (t) => {
  const on = new Workspace(t);
  await work(on, [[["write_file", { path: "out/mine.txt", content: "mine\n" }]]]);
  writeFileSync(on.path("out/render.raw"), "");
  truncateSync(on.path("out/render.raw"), 1024 ** 3);
  symlinkSync("/etc/hostname", on.path("out/link"));
  await back(on);
  assert.equal(existsSync(on.path("out/mine.txt")), false);
  assert.equal(statSync(on.path("out/render.raw")).size, 1024 ** 3);
  assert.equal(existsSync(on.path("out/link")), true);
});

test("a link that a person put in the place of a file is a conflict, and what it leads to stays (O5)", async (t) => {
  const on = new Workspace(t);
  on.write("a.txt", "one\n");
  on.write("theirs.txt", "theirs\n");
  await work(on, [[["delete_file", { path: "a.txt" }]]]);
  symlinkSync("theirs.txt", on.path("a.txt"));
  assert.match(await back(on), /app\/a\.txt {2}stays: it is not a plain file/u);
  assert.equal(on.read("theirs.txt"), "theirs\n");
});

test("delete, recreate, and a delete of a whole folder come back as they were (O1)", async (t) => {
  const on = new Workspace(t);
  on.write("dir/a.txt", "one\n");
  on.write("dir/deep/b.txt", "two\n");
  await work(on, [
    [["delete_file", { path: "dir/a.txt" }]],
    [["write_file", { path: "dir/a.txt", content: "again\n" }]],
    [["move_file", { from: "dir", to: "moved" }]],
    [["write_file", { path: "moved/deep/b.txt", content: "changed\n" }]],
    [["delete_file", { path: "moved", recursive: true }]],
  ]);
  const told = await back(on);
  assert.equal(on.read("dir/a.txt"), "one\n", told);
  assert.equal(on.read("dir/deep/b.txt"), "two\n", told);
  assert.equal(existsSync(on.path("moved/a.txt")), false);
});

test("what no restore takes back is listed before it: commits and messages, but no command in a layer (H12)", async (t) => {
  const on = makeRepository(t);
  const turns = script(
    [
      [["write_file", { path: "a.txt", content: "two\n" }]],
      [["git_commit", { message: "Change it", paths: ["a.txt"] }]],
      [["spawn_agent", { goal: "listen", grants: [] }]],
      [["send_message", { pid: "${2.0.pid}", message: "look" }]],
      "done",
    ],
    script(["done"]),
  );
  const family = ["--grant", "allow:spawn:process:/children", "--grant", "allow:execute:image:/coding"];
  const run = await on.agent(turns, [...GRANTS, ...family, "--grant", "allow:read,write:git:/app/**"]);
  assert.deepEqual(
    run.calls.flatMap(({ tool, outcome }) => (tool === undefined ? [] : `${tool} ${outcome}`)),
    ["write_file ok", "git_commit ok", "spawn_agent ok", "send_message ok"],
  );
  const head = gitIn(on.folder, "rev-parse", "HEAD");
  const { out, err } = await on.run(["restore", "2.0"]);
  assert.match(out, /No restore takes this back; it stays:\n {2}git_commit .*\n {2}send_message /u, err);
  await back(on);
  assert.equal(on.read("a.txt"), "one\n");
  assert.equal(gitIn(on.folder, "rev-parse", "HEAD"), head, "the branch did not move");
});
