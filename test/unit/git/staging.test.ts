// Staging and committing: the tree that was shown is the tree that is made, whatever the disk becomes meanwhile.
import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { ALL, gitIn, Workspace } from "../../support/git/repository.ts";
import { code, type TestKernel } from "../../support/kernel.ts";
import { notesOf } from "../../harness/notes.ts";

const ASKS = ["allow:read,list:fs:/app/**", "ask:write:git:/app/**", "allow:read:git:/app/**"];

async function agent(t: TestContext, workspace: Workspace, grants: readonly string[] = ALL) {
  const k = await workspace.open(t);
  const pid = k.launch(grants);
  return { k, pid, call: (name: string, args: object = {}) => k.call(pid, name, args) };
}

async function asked(k: TestKernel): Promise<TestKernel["question"]> {
  for (let i = 0; k.open.length === 0; i++) {
    assert.ok(i < 2000, `nothing is asked: ${JSON.stringify(k.records.at(-1))}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return k.question;
}

test("changes, new, deleted and renamed files, modes and links are staged as they are", async (t) => {
  const workspace = new Workspace({ "a.txt": "one\n", "gone.txt": "g\n", "old.txt": "o\n", "d/x": "x\n" });
  workspace.write({ "a.txt": "two\n", "n/é ü.txt": "n\n" });
  rmSync(join(workspace.app, "gone.txt"));
  workspace.git("mv", "old.txt", "new.txt");
  rmSync(join(workspace.app, "d"), { recursive: true });
  writeFileSync(join(workspace.app, "d"), "a file now\n");
  chmodSync(join(workspace.app, "a.txt"), 0o755);
  symlinkSync("a.txt", join(workspace.app, "link"));
  const { call } = await agent(t, workspace);
  assert.deepEqual(await call("git.add", { paths: ["."] }), { ok: true, value: { staged: 6 } });
  const value = { commit: workspace.git("rev-parse", "HEAD").trim(), branch: "main" };
  assert.deepEqual(await call("git.status"), {
    ok: true,
    value: {
      ...value,
      files: [
        { path: "app/a.txt", state: "modified", staged: "all" },
        { path: "app/d", state: "added", staged: "all" },
        { path: "app/d/x", state: "deleted", staged: "all" },
        { path: "app/gone.txt", state: "deleted", staged: "all" },
        { path: "app/link", state: "added", staged: "all" },
        { path: "app/n/é ü.txt", state: "added", staged: "all" },
        { path: "app/new.txt", state: "renamed", staged: "all", from: "app/old.txt" },
      ],
    },
  });
  const made = await call("git.commit", { message: "All  \n\nof it\n\n" });
  assert.equal(code(made), "ok");
  assert.equal(workspace.git("status", "--porcelain"), "");
  assert.equal(workspace.git("ls-files", "-s", "a.txt").slice(0, 6), "100755");
});

test("a commit is the person's, names the agent, and leaves the index right", async (t) => {
  const workspace = new Workspace({ "a.txt": "one\n", "b.txt": "one\n" });
  workspace.write({ "a.txt": "two\n", "b.txt": "staged\n" });
  workspace.git("add", "b.txt");
  const { call } = await agent(t, workspace);
  const made = await call("git.commit", { message: "Only a  \nmore", paths: ["a.txt"] });
  assert.ok(made.ok);
  assert.deepEqual(made.value, { commit: workspace.git("rev-parse", "HEAD").trim() });
  assert.equal(
    workspace.git("log", "-1", "--format=%an <%ae>|%cn|%B|"),
    "Ann Example <ann@example.invalid>|Ann Example|Only a\nmore\n\nAgent-libOS: boxes, process 2 of journal j0\n|\n",
  );
  assert.equal(workspace.git("show", "--name-only", "--format="), "a.txt\n");
  assert.equal(workspace.git("status", "--porcelain"), "M  b.txt\n");
  assert.match(workspace.git("reflog", "-1"), /commit: Only a/u);
});

test("a person may want no line about the agent in the message of a commit", async (t) => {
  const workspace = new Workspace();
  workspace.write({ "a.txt": "two\n" });
  const k = await workspace.open(t, {}, { trailer: () => false });
  assert.equal(code(await k.call(k.launch(ALL), "git.commit", { message: "m ", paths: ["a.txt"] })), "ok");
  assert.equal(workspace.git("log", "-1", "--format=%B|"), "m\n|\n");
});

test("the first commit of a repository, and one on a detached HEAD", async (t) => {
  const workspace = new Workspace();
  rmSync(join(workspace.app, ".git"), { recursive: true });
  workspace.git("init", "-q", "-b", "main");
  workspace.git("config", "user.name", "Ann");
  workspace.git("config", "user.email", "a@example.invalid");
  const { call } = await agent(t, workspace);
  assert.deepEqual(await call("git.log"), { ok: true, value: { commits: [] } });
  assert.equal(code(await call("git.commit", { message: "nothing" })), "EINVAL");
  assert.equal(code(await call("git.add", { paths: ["a.txt"] })), "ok");
  assert.equal(code(await call("git.commit", { message: "first" })), "ok");
  workspace.git("checkout", "-q", "--detach");
  workspace.write({ "a.txt": "two\n" });
  assert.equal(code(await call("git.commit", { message: "second", paths: ["a.txt"] })), "ok");
  assert.equal(workspace.git("rev-list", "--count", "HEAD").trim(), "2");
  assert.equal(workspace.git("rev-list", "--count", "main").trim(), "1");
});

test("a person sees the staged diff, whose commit it is, and which hooks are left out", async (t) => {
  const workspace = new Workspace();
  for (const hook of ["pre-commit", "commit-msg", "pre-push"]) {
    writeFileSync(join(workspace.app, ".git/hooks", hook), "#!/bin/sh\nexit 1\n");
    chmodSync(join(workspace.app, ".git/hooks", hook), 0o755);
  }
  workspace.write({ "a.txt": "two\n" });
  workspace.git("add", "a.txt");
  const { k, call } = await agent(t, workspace, ASKS);
  const made = call("git.commit", { message: "Say two" });
  const question = await asked(k);
  const preview = k.kernel.previewOf(question);
  assert.deepEqual([preview?.verb, preview?.target, preview?.before], ["commit", "main", ""]);
  assert.match(preview?.after ?? "", /^diff --git a\/a\.txt b\/a\.txt\n[\s\S]*\n-one\n\+two\n$/u);
  assert.match(notesOf(preview), /By Ann Example <ann@example\.invalid>: app\/a\.txt\./u);
  assert.match(notesOf(preview), /2 hooks do not run: pre-commit, commit-msg\./u);
  k.answer({ scope: "agent" });
  assert.equal(code(await made), "ok");
});

test("a change between the look and the answer is not committed, and not staged", async (t) => {
  const workspace = new Workspace();
  workspace.write({ "a.txt": "two\n" });
  const { k, call } = await agent(t, workspace, ASKS);
  const steps = [
    ["git.add", { paths: ["a.txt"] }],
    ["git.commit", { message: "m", paths: ["a.txt"] }],
  ] as const;
  for (const [name, args] of steps) {
    const late = call(name, args);
    await asked(k);
    workspace.write({ "a.txt": `${name}: something else\n` });
    k.answer();
    assert.equal(code(await late), "ESTALE");
  }
  const late = call("git.commit", { message: "m", paths: ["a.txt"] });
  await asked(k);
  workspace.git("commit", "-q", "--allow-empty", "-m", "theirs");
  k.answer();
  assert.equal(code(await late), "ESTALE");
  assert.equal(workspace.git("log", "-1", "--format=%s").trim(), "theirs");
  assert.equal(workspace.git("diff", "--cached", "--name-only"), "");
});

test("a change in the very moment that the file was staged is seen, though its time and size tell nothing", async (t) => {
  const workspace = new Workspace();
  const then = 1_700_000_000;
  const at = (name: string): void => utimesSync(join(workspace.app, name), then, then);
  workspace.git("config", "core.trustctime", "false");
  at("a.txt");
  workspace.git("update-index", "--refresh");
  workspace.write({ "a.txt": "two\n" });
  at("a.txt");
  at(".git/index");
  const { call } = await agent(t, workspace);
  assert.deepEqual(await call("git.add", { paths: ["a.txt"] }), { ok: true, value: { staged: 1 } });
});

test("a plan leaves nothing behind, in the repository or beside it", async (t) => {
  const workspace = new Workspace();
  workspace.write({ "a.txt": "two\n" });
  const objects = (): string[] =>
    readdirSync(join(workspace.app, ".git/objects"), { recursive: true, encoding: "utf8" });
  const before = objects();
  const { k, call } = await agent(t, workspace, ASKS);
  for (const [name, args] of [
    ["git.add", { paths: ["a.txt"] }],
    ["git.commit", { message: "m", paths: ["a.txt"] }],
  ] as const) {
    const refused = call(name, args);
    await asked(k);
    k.answer({ allow: false });
    assert.equal(code(await refused), "ECANCELED");
  }
  assert.deepEqual(objects(), before);
  assert.equal(workspace.git("diff", "--cached", "--name-only"), "");
});

test("what cannot be done is refused with what to do next", async (t) => {
  const workspace = new Workspace({ "a.txt": "one\n", ".gitignore": "*.log\n" });
  workspace.write({ "x.log": "l\n" });
  const { call } = await agent(t, workspace);
  const refused = async (name: string, args: object): Promise<string> => {
    const result = await call(name, args);
    assert.ok(!result.ok && result.hint !== "", JSON.stringify(result));
    return `${result.code}: ${result.message}`;
  };
  assert.match(await refused("git.commit", { message: "m" }), /EINVAL: Nothing is staged/u);
  assert.match(await refused("git.add", { paths: ["x.log"] }), /EINVAL: git ignores x\.log/u);
  assert.match(await refused("git.commit", { message: " \n " }), /EINVAL: The message is empty/u);
  workspace.git("checkout", "-q", "-b", "side");
  workspace.write({ "a.txt": "side\n" });
  workspace.git("commit", "-q", "-am", "side");
  workspace.git("checkout", "-q", "main");
  workspace.write({ "a.txt": "main\n" });
  workspace.git("commit", "-q", "-am", "main");
  assert.throws(() => workspace.git("merge", "-q", "side"));
  assert.match(await refused("git.add", { paths: ["a.txt"] }), /EBUSY: A merge left files in conflict/u);
  assert.match(await refused("git.diff", {}), /EBUSY: A merge left files in conflict/u);
  workspace.git("checkout", "-q", "--ours", "a.txt");
  workspace.git("add", "a.txt");
  assert.match(await refused("git.commit", { message: "m" }), /EBUSY: A merge is under way/u);
  workspace.git("merge", "--abort");
  workspace.git("config", "--unset", "user.email");
  workspace.write({ "a.txt": "late\n" });
  const home = process.env["HOME"];
  process.env["HOME"] = workspace.base; // nobody's settings
  try {
    const message = await refused("git.commit", { message: "m", paths: ["a.txt"] });
    assert.match(message, /EUNAVAILABLE: git does not know whose commits these are/u);
  } finally {
    process.env["HOME"] = home;
  }
});

test("a repository inside is left out, and a file of it is no file of this one", async (t) => {
  const workspace = new Workspace();
  mkdirSync(join(workspace.app, "inner"));
  gitIn(join(workspace.app, "inner"), "init", "-q");
  workspace.write({ "inner/x.txt": "x\n", "new.txt": "n\n" });
  const { call } = await agent(t, workspace);
  const added = await call("git.add", { paths: ["."] });
  assert.ok(added.ok);
  assert.equal(workspace.git("ls-files"), "a.txt\nnew.txt\n");
  assert.equal(code(await call("process.chdir", { path: "inner" })), "ok");
  const status = await call("git.status");
  assert.ok(status.ok);
  assert.deepEqual(status.value, {
    branch: "master",
    files: [{ path: "app/inner/x.txt", state: "untracked" }],
  });
  assert.equal(code(await call("git.add", { paths: ["app/a.txt"] })), "EINVAL");
  assert.equal(existsSync(join(workspace.app, "inner/.git/index")), false);
});
