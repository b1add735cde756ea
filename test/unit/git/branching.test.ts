// Branches and history: switching only where nothing is lost, and every act judged after a crash by what git holds.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { isFault } from "../../../src/abi/errors.ts";
import { mint, type Grant } from "../../../src/kernel/witness.ts";
import { nodeGit } from "../../../src/host/node/git/git.ts";
import { ALL, gitIn, Workspace } from "../../support/git/repository.ts";
import { code } from "../../support/kernel.ts";
import { callsOf } from "../../../src/views/record/calls.ts";
import { changedTurns } from "../../../src/views/record/changes.ts";

async function agent(t: TestContext, workspace: Workspace, grants: readonly string[] = ALL) {
  const k = await workspace.open(t);
  const pid = k.launch(grants);
  return { k, pid, call: (name: string, args: object = {}) => k.call(pid, name, args) };
}

/** A workspace with a branch `side` that changes one file, removes one and adds a workflow. */
function branched(): Workspace {
  const workspace = new Workspace({ "a.txt": "one\n", "b.txt": "b\n", ".gitignore": "*.log\n" });
  workspace.git("checkout", "-q", "-b", "side");
  workspace.write({ "a.txt": "side\n", ".github/workflows/x.yml": "on: push\n" });
  workspace.git("rm", "-q", "b.txt");
  workspace.git("add", "-A");
  workspace.git("commit", "-q", "-m", "side");
  workspace.git("checkout", "-q", "main");
  return workspace;
}

test("a switch needs the right on each file that it changes, and asks as a change of that file would", async (t) => {
  const workspace = branched();
  const grants = ["allow:read,list,write:fs:/app/**", "allow:read,write:git:/app/**"];
  const { k, call } = await agent(t, workspace, grants);
  const refused = await call("git.switch", { branch: "side" });
  assert.ok(!refused.ok && refused.hint.endsWith("allow:delete:fs:/app/b.txt"), JSON.stringify(refused));
  const other = k.launch([...grants, "allow:delete:fs:/app/b.txt"]);
  const switched = k.call(other, "git.switch", { branch: "side" }, { id: `${other}.0.0` });
  while (k.open.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(
    k.question.asks.map(({ key, need }) => [key, need.resource]),
    [["class:later", "fs:/app/.github/workflows/x.yml"]],
  );
  k.answer();
  assert.equal(code(await switched), "ok");
  assert.equal(readFileSync(join(workspace.app, "a.txt"), "utf8"), "side\n");
  assert.equal(existsSync(join(workspace.app, "b.txt")), false);
  const content = (name: string): string => `git:${workspace.git("rev-parse", name).trim()}`;
  const changes = [
    ["fs:/app/.github/workflows/x.yml", "absent", content("side:.github/workflows/x.yml")],
    ["fs:/app/a.txt", content("main:a.txt"), content("side:a.txt")],
    ["fs:/app/b.txt", content("main:b.txt"), "absent"],
  ].map(([resource, pre, post]) => ({ resource, pre, post }));
  assert.deepEqual(k.lastEnd.changes, changes);
  const [turn] = changedTurns(callsOf(k.records));
  const made = k.of("call.end").at(-1)?.call;
  assert.deepEqual([turn?.files, turn?.beyond], [[], [made]], "no copy reverts it");
  const begin = k.of("call.begin").at(-1)?.seq;
  assert.deepEqual((await k.crash(begin)).lastEnd.changes, changes, "a crash takes nothing off the account");
});

test("a tree with changes, and files in the way, are left as they are", async (t) => {
  const workspace = new Workspace({ "a.txt": "one\n", ".gitignore": "*.log\n" });
  workspace.git("checkout", "-q", "-b", "side");
  workspace.write({ "a.txt": "side\n", "x.log": "theirs\n" });
  workspace.git("add", "-A", "-f");
  workspace.git("commit", "-q", "-m", "side");
  workspace.git("checkout", "-q", "main");
  const { call } = await agent(t, workspace);
  workspace.write({ "a.txt": "dirty\n" });
  const dirty = await call("git.switch", { branch: "side" });
  assert.ok(!dirty.ok && dirty.code === "EBUSY" && /worktree/u.test(dirty.hint));
  assert.equal(code(await call("git.switch", { branch: "new", create: true })), "ok", "nothing has to move");
  workspace.git("checkout", "-q", "--", "a.txt");
  workspace.write({ "x.log": "mine, and ignored\n" });
  const inTheWay = await call("git.switch", { branch: "side" });
  assert.ok(!inTheWay.ok && inTheWay.hint !== "", JSON.stringify(inTheWay));
  assert.equal(readFileSync(join(workspace.app, "x.log"), "utf8"), "mine, and ignored\n");
  assert.equal(workspace.git("branch", "--show-current").trim(), "new");
});

test("branches are made and listed; a deletion asks whatever is held, and not for one in use", async (t) => {
  const workspace = new Workspace();
  const { k, call } = await agent(t, workspace);
  const first = workspace.git("rev-parse", "HEAD").trim();
  const made = { ok: true, value: { branches: [{ name: "side", commit: first }] } };
  assert.deepEqual(await call("git.branch", { name: "side", from: "HEAD" }), made);
  assert.equal(code(await call("git.branch", { name: "side" })), "EEXIST");
  for (const name of ["-x", "a..b", "a b", "HEAD", "a\nb", "", "x.lock"])
    assert.equal(code(await call("git.branch", { name })), "EINVAL", name);
  const listed = await call("git.branch");
  assert.ok(listed.ok);
  assert.deepEqual(listed.value, {
    current: "main",
    branches: [
      { name: "main", commit: first },
      { name: "side", commit: first },
    ],
  });
  assert.equal(code(await call("git.branch", { name: "main", delete: true })), "EBUSY");
  const deleted = call("git.branch", { name: "side", delete: true });
  while (k.open.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(k.question.asks[0]?.once, true);
  workspace.git("commit", "-q", "--allow-empty", "-m", "late");
  workspace.git("branch", "-f", "side");
  k.answer();
  assert.equal(code(await deleted), "ESTALE", "it has a commit that nobody saw");
  assert.match(workspace.git("branch"), /side/u);
});

test("after a crash a commit, a branch, a switch and a staging are judged by what git holds", async (t) => {
  const calls = [
    ["git.add", { paths: ["a.txt"] }],
    ["git.commit", { message: "m", paths: ["a.txt"] }],
    ["git.branch", { name: "new" }],
    ["git.switch", { branch: "new", create: true }],
  ] as const;
  for (const [name, args] of calls) {
    const workspace = new Workspace();
    workspace.write({ "a.txt": "two\n" });
    const k = await workspace.open(t, { hands: true });
    const pid = k.launch(ALL);
    const slot = { id: `${pid}.0.0` };
    const result = await k.call(pid, name, args, slot);
    assert.equal(code(result), "ok", name);
    const begin = k.of("call.begin").at(-1);
    const after = await k.crash(begin?.seq);
    const end = after.lastEnd;
    assert.deepEqual([end.op, end.outcome, end.value], [name, "ok", result.ok && result.value], name);

    const other = new Workspace();
    other.write({ "a.txt": "two\n" });
    const fresh = await other.open(t, { hands: true });
    const begun = fresh.records.length;
    const again = fresh.call(fresh.launch(ALL), name, args, slot);
    while (!fresh.records.slice(begun).some((r) => r.kind === "call.begin"))
      await new Promise((resolve) => setImmediate(resolve));
    const at = fresh.of("call.begin").at(-1)?.seq;
    await again;
    // The world as it was before the effect.
    const before = new Workspace();
    before.write({ "a.txt": "two\n" });
    const git = nodeGit({
      folders: () => [{ name: "app", path: before.app }],
      reserved: () => [],
      journal: "j0",
    });
    t.after(() => git.close());
    const undone = await fresh.crash(at, { git });
    assert.equal(undone.of("call.end").length, 0, `${name} is not started, and goes on later`);
    assert.equal(undone.open.length, 0);
    before.close();
  }
});

test("after a crash a push whose fate nobody here knows is put to a person", async (t) => {
  const workspace = new Workspace();
  gitIn(workspace.base, "clone", "-q", "--bare", "app", "remote.git");
  workspace.git("remote", "add", "origin", "../remote.git");
  workspace.git("commit", "-q", "--allow-empty", "-m", "second");
  const k = await workspace.open(t, { hands: true });
  const pid = k.launch([...ALL, "allow:connect:net:/localhost"]);
  assert.equal(code(await k.call(pid, "git.push", { remote: "origin" }, { id: `${pid}.0.0` })), "ok");
  const begin = k.of("call.begin").at(-1)?.seq;
  const done = await k.crash(begin);
  assert.equal(done.lastEnd.outcome, "ok", "the branch that stands for the remote's says so");
  workspace.git("update-ref", "-d", "refs/remotes/origin/main");
  const unknown = await k.crash(begin);
  assert.equal(unknown.question.kind, "effect");
});

test("the backend is closed to forged, ended, foreign and look-only grants", async (t) => {
  const workspace = new Workspace();
  t.after(() => workspace.close());
  const git = nodeGit({
    folders: () => [{ name: "app", path: workspace.app }],
    reserved: () => [],
    journal: "j0",
  });
  t.after(() => git.close());
  const at = { folder: "app", segments: [] };
  const { signal } = new AbortController();
  const grant = (mode: "look" | "full", right: string, resource: string): Grant =>
    mint.grant({
      ...{ mode, call: "2.0", authority: { holder: 2 }, needs: [{ right, resource }] },
      entry: () => true,
    });
  const ended = grant("full", "read", "git:/app/status");
  ended.expire();
  const forged = { mode: "full", live: true, permits: () => true, entry: () => true };
  for (const bad of [
    ended,
    forged,
    grant("look", "read", "git:/app/status"),
    grant("full", "read", "git:/app/log"),
  ])
    assert.ok(isFault(await git.status(at, bad as Grant, signal)));
  assert.ok(!isFault(await git.status(at, grant("full", "read", "git:/app/status"), signal)));
  workspace.write({ "a.txt": "two\n" });
  const paths = [{ folder: "app", segments: ["a.txt"] }];
  const planned = await git.planCommit(at, paths, grant("look", "write", "git:/app/commit"), signal);
  assert.ok(!isFault(planned));
  // The right to commit is not the right to read what is committed.
  const made = await git.commit(at, paths, planned, "m\n", grant("full", "write", "git:/app/commit"), signal);
  assert.ok(isFault(made) && made.code === "EACCES");
  const look = grant("look", "write", "git:/app/branch");
  assert.ok(isFault(await git.changeBranch(at, "x", { after: planned.head ?? "" }, look, signal)));
  assert.equal(workspace.git("rev-list", "--all", "--count").trim(), "1");
});

test("without a git that may run here, each call says so", async (t) => {
  const workspace = new Workspace();
  mkdirSync(join(workspace.app, "bin"));
  writeFileSync(join(workspace.app, "bin/git"), "#!/bin/sh\n", { mode: 0o755 });
  const { call } = await agent(t, workspace);
  const path = process.env["PATH"];
  process.env["PATH"] = join(workspace.app, "bin");
  try {
    const result = await call("git.status");
    assert.ok(!result.ok && result.code === "EUNAVAILABLE" && /Install git/u.test(result.hint));
  } finally {
    process.env["PATH"] = path;
  }
});
