// Worktrees: a merge is three-way and asked for as one change set, and a discard says what is lost.
import assert from "node:assert/strict";
import { chmodSync, existsSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gitIn } from "../../../support/git/repository.ts";
import { code, type TestKernel } from "../../../support/kernel.ts";
import { begin, left } from "./begin.ts";

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
