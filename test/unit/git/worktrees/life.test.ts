// Worktrees: how one begins and goes, and what an opening finds of it.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isFault } from "../../../../src/abi/errors.ts";
import { gitIn, Workspace } from "../../../support/git/repository.ts";
import { code } from "../../../support/kernel.ts";
import { ALL, GRANTS, begin, spawn, left } from "./begin.ts";

test("a child works in a folder and on a branch of its own; the workspace does not change", async (t) => {
  const { k, child, workspace, name, tree, at } = await begin(t, { "a.txt": "one\n", "src/b.ts": "b\n" });
  assert.equal(name, `${child}-fix-the-bug`);
  assert.equal(gitIn(tree, "rev-parse", "--abbrev-ref", "HEAD").trim(), `agent/${name}`);
  assert.ok((statSync(join(tree, "..")).mode & 0o077) === 0, "no other user can enter it");
  assert.equal(code(await k.call(child, "fs.write", { path: "src/b.ts", content: "c\n" })), "ok");
  assert.equal(code(await k.call(child, "git.add", { paths: ["src/b.ts"] })), "ok");
  assert.equal(code(await k.call(child, "git.commit", { message: "Change b" })), "ok");
  assert.equal(code(await k.call(child, "fs.read", { path: join(workspace.app, "a.txt") })), "ENOTCAPABLE");
  assert.equal(readFileSync(join(workspace.app, "src/b.ts"), "utf8"), "b\n");
  assert.equal(workspace.git("status", "--porcelain").trim(), "");
  assert.equal(workspace.git("rev-parse", "HEAD").trim(), at.worktree.base);
  assert.equal(workspace.git("log", "--format=%s", `agent/${name}`).trim(), "Change b\nfirst");
});

test("an empty worktree goes with its process, and one with work in it stays until a person decides", async (t) => {
  const one = await begin(t);
  one.k.kernel.signal(one.k.person, one.child, "kill", "enough");
  await one.worktrees.settled();
  assert.equal(left(one.workspace), "");
  assert.equal(existsSync(one.tree), false);
  assert.deepEqual(
    one.k.kernel.state.roots.map((root) => root.name),
    ["app"],
  );

  for (const work of ["changed", "untracked", "ignored", "committed"] as const) {
    const { k, child, worktrees, workspace, write, tree, name } = await begin(t, {
      "a.txt": "one\n",
      ".gitignore": "*.log\n",
    });
    write({
      [{ changed: "a.txt", untracked: "new.txt", ignored: "x.log", committed: "a.txt" }[work]]: "more\n",
    });
    if (work === "committed") gitIn(tree, "commit", "-qam", "more");
    k.kernel.signal(k.person, child, "kill", "enough");
    await worktrees.settled();
    assert.ok(existsSync(tree), work);
    assert.ok(
      k.kernel.state.roots.some((root) => root.name === name),
      work,
    );
    assert.notEqual(left(workspace), "", work);
  }
});

test("what is missing in a worktree is said, by names that the caller may see", async (t) => {
  const workspace = new Workspace({ "a.txt": "one\n", ".gitignore": "node_modules\n.env\n" });
  const library = join(workspace.base, "lib");
  gitIn(workspace.base, "clone", "-q", "app", "lib");
  workspace.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library, "lib");
  workspace.write({ ".gitattributes": "*.bin filter=lfs\n", "big.bin": "version https://git-lfs\n" });
  workspace.git("add", "-A");
  workspace.git("commit", "-qm", "more");
  workspace.write({ ".env": "A=b\n", "node_modules/x/index.js": "1\n", "a.txt": "not committed\n" });
  const { notes, tree, k, parent } = await begin(t, undefined, workspace);
  for (const said of [
    /Submodules are empty: lib\./u,
    /Git LFS.*big\.bin/u,
    /\.env, node_modules/u,
    /1 changed file of the workspace/u,
  ])
    assert.match(notes, said);
  assert.equal(readFileSync(join(tree, "a.txt"), "utf8"), "one\n");
  assert.deepEqual(readdirSync(join(tree, "lib")), []);
  const blind = k.launch(GRANTS.filter((grant) => grant !== ALL));
  const born = await k.call(blind, "process.spawn", { goal: "g", worktree: true });
  assert.ok(born.ok && /2 of them/u.test(JSON.stringify(born.value)), JSON.stringify(born));
  assert.doesNotMatch(JSON.stringify(born), /\.env/u);
  assert.ok(parent > 0);
});

test("there is no silent return to the shared folder: each refusal says why, and nobody is born", async (t) => {
  const cases: [why: RegExp, spoil: (workspace: Workspace) => void][] = [
    [/no git repository/u, (w) => rmSync(join(w.app, ".git"), { recursive: true })],
    [/no commit yet/u, (w) => w.git("update-ref", "-d", "HEAD")],
    [/merge is under way/u, (w) => writeFileSync(join(w.app, ".git/MERGE_HEAD"), "0".repeat(40))],
    [/rebase is under way/u, (w) => mkdirSync(join(w.app, ".git/rebase-merge"))],
    [/bare/u, (w) => w.git("config", "core.bare", "true")],
  ];
  for (const [why, spoil] of cases) {
    const workspace = new Workspace();
    spoil(workspace);
    const { k } = await workspace.openWorktrees(t);
    const parent = k.launch(GRANTS);
    const born = await spawn(k, parent);
    assert.ok(isFault(born) && why.test(born.message) && born.hint !== "", JSON.stringify(born));
    assert.deepEqual(k.process(parent).children, []);
    assert.equal(k.of("root.add").length, 0);
  }
});

test("a name that is taken gets a number, and a stopped call leaves nothing", async (t) => {
  const workspace = new Workspace();
  workspace.git("branch", "agent/3-fix-the-bug");
  const { k } = await workspace.openWorktrees(t);
  const parent = k.launch(GRANTS);
  assert.equal(code(await spawn(k, parent)), "ok");
  assert.equal(k.kernel.state.roots.at(-1)?.name, "3-fix-the-bug-2");
  const born = spawn(k, parent, "another");
  await k.settle();
  k.kernel.signal(k.person, parent, "interrupt", "wait");
  const came = code(await born);
  const trees = workspace.git("worktree", "list").trim().split("\n").length;
  assert.equal(trees, came === "ok" ? 3 : 2, came);
});

test("an opening sweeps what no record knows, and asks about what somebody worked on", async (t) => {
  const workspace = new Workspace();
  const folder = join(workspace.base, "home-worktrees/j0");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const add = (name: string, ...more: string[]) =>
    workspace.git("worktree", "add", "-q", ...more, "-b", `agent/${name}`, join(folder, name));
  add("5-half", "--no-checkout", "--lock", "--reason", "agentlibos: being made");
  add("6-empty");
  add("7-worked");
  writeFileSync(join(folder, "7-worked/a.txt"), "work\n");
  add("8-gone", "--lock", "--reason", "agentlibos: being made");
  rmSync(join(folder, "8-gone"), { recursive: true });
  mkdirSync(join(folder, "9-nothing"));
  const mine = join(workspace.base, "mine");
  workspace.git("worktree", "add", "-q", "-b", "mine", mine);
  const { k, worktrees } = await workspace.openWorktrees(t);
  worktrees.begin(k.kernel);
  await worktrees.settled();
  assert.deepEqual(readdirSync(folder), ["7-worked"]);
  assert.deepEqual(workspace.git("branch", "--format=%(refname:short)").trim().split("\n"), [
    "agent/7-worked",
    "main",
    "mine",
  ]);
  assert.ok(existsSync(join(mine, "a.txt")));
});

test("a folder that is gone, and a worktree of another repository, are told and touch nothing", async (t) => {
  const { k, name, tree, child, worktrees, at, workspace } = await begin(t);
  rmSync(tree, { recursive: true });
  const merged = await k.kernel.order(k.person, "git.merge", { worktree: name });
  assert.ok(isFault(merged) && /is gone/u.test(merged.message), JSON.stringify(merged));
  k.kernel.signal(k.person, child, "kill", "enough");
  await worktrees.settled();
  assert.equal(left(workspace), "");
  // Another repository stands in its place.
  gitIn(workspace.base, "clone", "-q", "app", "home-worktrees/j0/other");
  const other = { ...at, name: "other", path: join(workspace.base, "home-worktrees/j0/other") };
  const { signal } = new AbortController();
  const looked = await worktrees.backend.look(other, signal);
  assert.ok(isFault(looked) && looked.code === "EACCES", JSON.stringify(looked));
  const removed = await worktrees.backend.remove(other, signal);
  assert.ok(removed !== undefined && existsSync(other.path));
});
