// Worktrees in real repositories: made, refused, compared, merged, discarded, and gone when nothing in them would be lost.
import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { isFault } from "../../../src/abi/errors.ts";
import { gitIn, Workspace } from "../../support/git/repository.ts";
import { code, type TestKernel } from "../../support/kernel.ts";

const ALL = "allow:read,list,write,delete:fs:/app/**";
const GIT = "allow:read,write:git:/app/**";
const GRANTS = [ALL, GIT, "allow:spawn:process:/children", "allow:execute:image:/boxes"];

/** A workspace, an agent in it, and its child in a worktree. */
async function begin(
  t: TestContext,
  files?: Readonly<Record<string, string>>,
  workspace = new Workspace(files),
) {
  const { k, worktrees } = await workspace.openWorktrees(t);
  worktrees.begin(k.kernel);
  const parent = k.launch(GRANTS);
  const born = await spawn(k, parent);
  assert.ok(born.ok, JSON.stringify(born));
  const child = k.process(parent).children.at(-1) ?? 0;
  const row = k.kernel.state.roots.at(-1);
  assert.ok(row?.worktree);
  const { name, path: tree, worktree } = row;
  const at = { name, path: tree, worktree };
  const write = (more: Readonly<Record<string, string>>): void => {
    for (const [file, text] of Object.entries(more)) {
      mkdirSync(join(tree, file, ".."), { recursive: true });
      writeFileSync(join(tree, file), text);
    }
  };
  const value = born.value as { worktree: { notes: string } };
  return { k, worktrees, parent, child, workspace, at, name, tree, write, notes: value.worktree.notes };
}

const spawn = (k: TestKernel, pid: number, goal = "Fix the Bug!") =>
  k.call(pid, "process.spawn", { goal, worktree: true, grants: [ALL, GIT] });

/** Lets the call go on until it ends; a person allows all that is asked, and counts how often. */
async function allowing(k: TestKernel, call: Promise<unknown>): Promise<number> {
  let asked = 0;
  let ended = false;
  void call.finally(() => (ended = true));
  while (!ended) {
    for (const { question } of k.open) {
      asked += 1;
      k.answer({}, question.id);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  return asked;
}

/** Merges by the order of a person. */
async function merge(k: TestKernel, worktree: string, paths?: readonly string[]) {
  const merged = await k.kernel.order(k.person, "git.merge", { worktree, ...(paths ? { paths } : {}) });
  assert.ok(merged.ok, JSON.stringify(merged));
  const { changes, complete } = merged.value as {
    changes: { path: string; change: string; outcome: string; why?: string }[];
    complete: boolean;
  };
  return { complete, told: changes.map((c) => `${c.change} ${c.path} ${c.outcome}`).toSorted(), changes };
}

/** Names of branches and worktrees that are not the person's own. */
const left = (workspace: Workspace): string =>
  workspace.git("branch", "--list", "agent/*").trim() +
  workspace
    .git("worktree", "list", "--porcelain")
    .split("\n")
    .filter((line) => line.startsWith("worktree ") && line !== `worktree ${workspace.app}`)
    .join("");

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

test("what is merged already goes by itself: in git, or file by file with the commits kept", async (t) => {
  const one = await begin(t);
  one.write({ "a.txt": "more\n" });
  gitIn(one.tree, "commit", "-qam", "more");
  one.workspace.git("merge", "-q", `agent/${one.name}`);
  one.k.kernel.signal(one.k.person, one.child, "kill", "enough");
  await one.worktrees.settled();
  assert.equal(left(one.workspace), "");

  const two = await begin(t);
  two.write({ "a.txt": "more\n", "new.txt": "n\n" });
  gitIn(two.tree, "commit", "-qam", "more");
  assert.deepEqual((await merge(two.k, two.name)).complete, true);
  two.k.kernel.signal(two.k.person, two.child, "kill", "enough");
  await two.worktrees.settled();
  assert.equal(existsSync(two.tree), false);
  assert.equal(left(two.workspace), `agent/${two.name}`, "its commits are on their branch");
});

test("a merge is three-way for each file; both sides' changes stay, and conflicts stay as they are", async (t) => {
  const lines = (...changed: string[]): string =>
    ["1", "2", "3", "4", "5", "6", "7"].map((n) => changed.find((c) => c.startsWith(n)) ?? n).join("\n") +
    "\n";
  const files = {
    ...{ "both.txt": lines(), "conflict.txt": lines(), "theirs.txt": "t\n", "mine.txt": "m\n" },
    ...{ "same.txt": "s\n", "gone.txt": "g\n", "gone-mine.txt": "g\n", "run.sh": "#!/bin/sh\n" },
    ...{ "deleted-changed.txt": "d\n", "bin.dat": "a\0b", ".gitattributes": "*.crlf text eol=crlf\n" },
    "win.crlf": "x\ny\n",
  };
  const { k, name, write, tree, workspace, at, worktrees } = await begin(t, files);
  write({
    ...{ "both.txt": lines("1 theirs"), "conflict.txt": lines("3 theirs"), "theirs.txt": "T\n" },
    ...{ "same.txt": "S\n", "deep/new/file.txt": "n\n", "bin.dat": "a\0theirs", "win.crlf": "x\r\nY\r\n" },
  });
  for (const gone of ["gone.txt", "gone-mine.txt", "deleted-changed.txt"]) rmSync(join(tree, gone));
  chmodSync(join(tree, "run.sh"), 0o755);
  symlinkSync("/etc/passwd", join(tree, "link"));
  gitIn(tree, "add", "-A");
  gitIn(tree, "commit", "-qm", "part of it");
  workspace.write({
    ...{ "both.txt": lines("7 mine"), "conflict.txt": lines("3 mine"), "mine.txt": "M\n", "same.txt": "S\n" },
    ...{ "deleted-changed.txt": "mine\n", "bin.dat": "a\0mine" },
  });
  rmSync(join(workspace.app, "gone-mine.txt"));
  const head = workspace.git("rev-parse", "HEAD");
  const { told, complete, changes } = await merge(k, name);
  assert.deepEqual(told, [
    "changed app/bin.dat conflict",
    "changed app/both.txt applied",
    "changed app/conflict.txt conflict",
    "changed app/run.sh applied",
    "changed app/theirs.txt applied",
    "changed app/win.crlf applied",
    "created app/deep/new/file.txt applied",
    "created app/link denied",
    "deleted app/deleted-changed.txt conflict",
    "deleted app/gone.txt applied",
  ]);
  assert.equal(complete, false);
  assert.match(changes.find((c) => c.path.endsWith("conflict.txt"))?.why ?? "", /both changed it/u);
  const now = (file: string): string => readFileSync(join(workspace.app, file), "utf8");
  assert.equal(now("both.txt"), lines("1 theirs", "7 mine"));
  assert.equal(now("conflict.txt"), lines("3 mine"));
  assert.equal(now("theirs.txt"), "T\n");
  assert.equal(now("mine.txt"), "M\n");
  assert.equal(now("bin.dat"), "a\0mine");
  assert.equal(now("win.crlf"), "x\r\nY\r\n");
  assert.equal(now("deleted-changed.txt"), "mine\n");
  assert.equal(now("deep/new/file.txt"), "n\n");
  assert.ok((statSync(join(workspace.app, "run.sh")).mode & 0o100) !== 0);
  assert.ok(!existsSync(join(workspace.app, "gone.txt")) && !existsSync(join(workspace.app, "link")));
  // The person's branch and index are as they were.
  assert.equal(workspace.git("rev-parse", "--abbrev-ref", "HEAD").trim(), "main");
  assert.equal(workspace.git("rev-parse", "HEAD"), head);
  assert.equal(workspace.git("diff", "--cached", "--name-only").trim(), "");
  // A second time only what was left is there.
  assert.deepEqual((await merge(k, name)).told.length, 4);
  assert.equal(
    await worktrees.backend.baseText(at, "theirs.txt", k.person, new AbortController().signal),
    "t\n",
  );
});

test("a part of it can be merged, and a file that somebody changes meanwhile stays", async (t) => {
  const { k, name, write, workspace } = await begin(t, { "a.txt": "a\n", "b.txt": "b\n" });
  write({ "a.txt": "A\n", "b.txt": "B\n" });
  const first = await merge(k, name, ["a.txt"]);
  assert.deepEqual(first, { ...first, complete: false, told: ["changed app/a.txt applied"] });
  assert.equal(readFileSync(join(workspace.app, "b.txt"), "utf8"), "b\n");
  assert.equal((await merge(k, name)).complete, true);
});

test("an agent that merges is asked like for any edit, in one change set, and the policy holds", async (t) => {
  const { k, parent, name, write, workspace } = await begin(t, { "a.txt": "a\n", "b.txt": "b\n" });
  write({ "a.txt": "A\n", "b.txt": "B\n" });
  const [held] = k.kernel.state.capabilities
    .heldBy(parent)
    .filter(({ cap }) => cap.resource === "fs:/app/**");
  k.kernel.revoke(k.person, held?.cap.id ?? "", "ask from now on");
  for (const text of ["allow:read,list:fs:/app/**", "ask:write:fs:/app/**", "deny:write:fs:/app/b.txt"]) {
    const [effect, rights = "", ...rest] = text.split(":");
    const listed = { effect: effect as "allow", rights: rights.split(","), resource: rest.join(":") };
    assert.equal(code(k.kernel.give(k.person, parent, listed)), "ok");
  }
  const merging = k.call(parent, "git.merge", { worktree: name });
  assert.equal(await allowing(k, merging), 1);
  const result = await merging;
  assert.ok(result.ok, JSON.stringify(result));
  const { changes } = result.value as { changes: { path: string; outcome: string }[] };
  assert.deepEqual(
    changes.map((c) => `${c.path} ${c.outcome}`),
    ["app/a.txt applied", "app/b.txt denied"],
  );
  assert.equal(readFileSync(join(workspace.app, "b.txt"), "utf8"), "b\n");
});

test("discarding says what is lost and asks each time; a living process keeps its worktree", async (t) => {
  const { k, parent, child, name, write, workspace, tree, worktrees } = await begin(t);
  write({ "a.txt": "more\n", "new.txt": "n\n" });
  gitIn(tree, "commit", "-qam", "more");
  assert.equal(code(await k.call(parent, "git.discard", { worktree: name })), "EBUSY");
  k.kernel.signal(k.person, child, "kill", "enough");
  await worktrees.settled();
  const discarding = k.call(parent, "git.discard", { worktree: name });
  await k.settle();
  while (k.open.length === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(k.question.preview?.notes, [{ key: "discarded", values: ["1 commit, 1 changed file"] }]);
  assert.ok(existsSync(tree));
  // It changes while the person thinks: then they have not agreed to that.
  write({ "other.txt": "o\n" });
  k.answer({});
  assert.equal(code(await discarding), "ESTALE");
  assert.ok(existsSync(tree));
  assert.equal(code(await k.kernel.order(k.person, "git.discard", { worktree: name })), "ok");
  assert.equal(left(workspace), "");
  assert.ok(!k.kernel.state.roots.some((root) => root.name === name));
  assert.equal(code(await k.kernel.order(k.person, "git.discard", { worktree: name })), "ENOENT");
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
