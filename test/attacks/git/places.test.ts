// Attacks by where a repository lies and by what is in it: strangers' repositories, reserved places, secret files.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { ALL, gitIn, Workspace } from "../../support/git/repository.ts";
import { code, type TestKernel } from "../../support/kernel.ts";

const SECRET = "rettich-2342-outside-value";

/** A repository of the person beside the workspace, with a secret in its history. */
function stranger(workspace: Workspace): string {
  const at = join(workspace.base, "stranger");
  mkdirSync(at);
  gitIn(at, "init", "-q", "-b", "main");
  writeFileSync(join(at, "plain.txt"), `${SECRET}\n`);
  gitIn(at, "add", "-A");
  gitIn(at, "-c", "user.name=n", "-c", "user.email=e", "commit", "-q", "-m", SECRET);
  return at;
}

async function agent(t: TestContext, workspace: Workspace, grants: readonly string[] = ALL) {
  const k = await workspace.open(t);
  const pid = k.launch(grants);
  const call = async (name: string, args: object = {}) => k.call(pid, name, args);
  return { k, pid, call };
}

/** Answers yes to the next question. */
async function allow(k: TestKernel): Promise<void> {
  while (k.open.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  k.answer();
}

const READS: readonly (readonly [string, object])[] = [
  ["git.status", {}],
  ["git.log", {}],
  ["git.diff", {}],
  ["git.show", { ref: "HEAD" }],
  ["git.show", { ref: "HEAD:plain.txt" }],
  ["git.branch", {}],
];

/** The ways in which a hostile workspace can point into a stranger's repository. */
const POINTERS: Readonly<Record<string, (app: string, other: string) => void>> = {
  "a file .git": (app, other) => writeFileSync(join(app, ".git"), `gitdir: ${other}/.git\n`),
  "a file .git with a relative path": (app) => writeFileSync(join(app, ".git"), "gitdir: ../stranger/.git\n"),
  "a link .git": (app, other) => symlinkSync(join(other, ".git"), join(app, ".git")),
  "a common folder": (app, other) => {
    gitIn(app, "init", "-q", "-b", "main");
    writeFileSync(join(app, ".git/commondir"), `${other}/.git\n`);
  },
  "linked objects and refs": (app, other) => {
    gitIn(app, "init", "-q", "-b", "main");
    for (const part of ["objects", "refs"]) {
      rmSync(join(app, ".git", part), { recursive: true });
      symlinkSync(join(other, ".git", part), join(app, ".git", part));
    }
  },
};

for (const [way, point] of Object.entries(POINTERS))
  test(`M6: ${way} that leads to a stranger's repository shows nothing of it`, async (t) => {
    const workspace = new Workspace();
    const other = stranger(workspace);
    rmSync(join(workspace.app, ".git"), { recursive: true });
    point(workspace.app, other);
    const { call } = await agent(t, workspace);
    for (const [name, args] of READS) {
      const result = await call(name, args);
      assert.ok(!JSON.stringify(result).includes(SECRET), `${name} ${JSON.stringify(result)}`);
      assert.equal(code(result), "EACCES", name);
    }
    assert.ok(workspace.git("log").includes(SECRET), "plain git shows it");
  });

test("M6: a work tree that git itself linked is known by both, and a copy of its .git elsewhere is not", async (t) => {
  const workspace = new Workspace();
  const main = join(workspace.base, "main");
  renameSync(workspace.app, main);
  gitIn(main, "worktree", "add", "-q", "-b", "side", workspace.app);
  const { call } = await agent(t, workspace);
  assert.equal(code(await call("git.status")), "ok");
  const pointer = readFileSync(join(workspace.app, ".git"));
  mkdirSync(join(workspace.app, "sub"));
  writeFileSync(join(workspace.app, "sub/.git"), pointer);
  assert.equal(code(await call("process.chdir", { path: "sub" })), "ok");
  assert.equal(code(await call("git.status")), "EACCES");
});

test("M6: settings that name another work tree change nothing outside, and show nothing of it", async (t) => {
  const workspace = new Workspace();
  const outside = join(workspace.base, "outside");
  mkdirSync(outside);
  writeFileSync(join(outside, "plain.txt"), SECRET);
  workspace.git("config", "core.worktree", outside);
  workspace.write({ "new.txt": "n\n" });
  const { call } = await agent(t, workspace);
  const status = await call("git.status");
  assert.ok(status.ok);
  assert.deepEqual(status.value, {
    ...(status.value as object),
    files: [{ path: "app/new.txt", state: "untracked" }],
  });
  assert.equal(code(await call("git.add", { paths: ["."] })), "ok");
  assert.equal(workspace.git("ls-files", "--cached").includes("plain.txt"), false);
  workspace.git("add", "-A", outside);
  assert.ok(workspace.git("ls-files", "--cached").includes("plain.txt"), "plain git takes it");
});

test("M6: a repository that begins above the workspace folder is refused, and says so", async (t) => {
  const workspace = new Workspace({ "pack/a.txt": "one\n", "other.txt": "two\n" });
  const roots = [{ name: "pack", path: join(workspace.app, "pack") }];
  const k = await workspace.open(t, { roots });
  const pid = k.launch(["allow:read,list:fs:/pack/**", "allow:read,write:git:/pack/**"]);
  k.process(pid).cwd = "fs:/pack";
  const result = await k.call(pid, "git.status");
  assert.ok(!result.ok && result.code === "EUNAVAILABLE" && /begins above/u.test(result.message));
});

test("A6: no branch brings files into the record, and none of the record is staged", async (t) => {
  const workspace = new Workspace();
  workspace.git("checkout", "-q", "-b", "evil");
  workspace.write({ ".agentlibos/policy.json": '{"rules":[]}' });
  workspace.git("add", "-f", ".agentlibos");
  workspace.git("commit", "-q", "-m", "evil");
  workspace.git("checkout", "-q", "main");
  const { call } = await agent(t, workspace);
  assert.equal(code(await call("git.switch", { branch: "evil" })), "EACCES");
  assert.equal(existsSync(join(workspace.app, ".agentlibos")), false);
  workspace.write({ ".agentlibos/journal/1": SECRET, "new.txt": "n\n" });
  assert.equal(code(await call("git.add", { paths: [".agentlibos/journal/1"] })), "EACCES");
  assert.equal(code(await call("git.add", { paths: ["."] })), "ok");
  assert.equal(workspace.git("ls-files", ".agentlibos"), "");
  for (const [name, args] of [...READS, ["git.diff", { from: "main", to: "evil" }] as const])
    assert.ok(!JSON.stringify(await call(name, args)).includes(SECRET), name);
});

test("secret and denied files come through no operation that reads, and are counted", async (t) => {
  const value = "zwiebel-4711-env-value";
  const hidden = { ".env": `K=${value}\n`, "private/x.txt": `${value}\n` };
  const workspace = new Workspace({ "a.txt": "one\n", "moved.txt": "m\n", ...hidden });
  workspace.git("mv", ".env", "was-secret.txt");
  workspace.write({ "was-secret.txt": `K=${value}\nmore\nlines\n` });
  workspace.git("commit", "-q", "-am", "second");
  workspace.write({ "a.txt": "two\n", "private/x.txt": `new ${value}\n`, ".env": `K=new ${value}\n` });
  const grants = [...ALL, "deny:read,list:fs:/app/private/**", "deny:read:fs:/app/was-secret.txt"];
  const { call } = await agent(t, workspace, grants);
  const calls: readonly (readonly [string, object, hidden: number | undefined])[] = [
    ["git.status", {}, 1],
    ["git.diff", {}, 1],
    ["git.diff", { from: "HEAD" }, 1],
    ["git.diff", { from: "HEAD~1", to: "HEAD" }, 1],
    ["git.show", { ref: "HEAD" }, 1],
    ["git.show", { ref: "HEAD~1" }, 2],
  ];
  for (const [name, args, count] of calls) {
    const result = await call(name, args);
    assert.ok(result.ok, JSON.stringify(result));
    assert.ok(!JSON.stringify(result.value).includes(value), `${name} ${JSON.stringify(args)}`);
    assert.equal((result.value as { hidden?: number }).hidden, count, `${name} ${JSON.stringify(args)}`);
  }
  for (const ref of ["HEAD~1:.env", "HEAD:private/x.txt", "HEAD:was-secret.txt", "HEAD:./private/x.txt"]) {
    const result = await call("git.show", { ref });
    assert.ok(["EACCES", "EINVAL"].includes(code(result)), ref);
  }
  const object = workspace.git("rev-parse", "HEAD~1:.env").trim();
  for (const ref of [object, `${object}^{}`, ":0:private/x.txt", ":private/x.txt", "HEAD~1:"])
    assert.ok(!JSON.stringify(await call("git.show", { ref })).includes(value), ref);
  assert.equal(code(await call("git.blame", { path: "private/x.txt" })), "EACCES");
});

test("a file that becomes a folder brings nothing of the folder through the file's name", async (t) => {
  const value = "zwiebel-4711-env-value";
  const workspace = new Workspace({ conf: "plain\n" });
  rmSync(join(workspace.app, "conf"));
  workspace.write({ "conf/.env": `K=${value}\n` });
  workspace.git("add", "-A");
  workspace.git("commit", "-q", "-m", "second");
  const { call } = await agent(t, workspace);
  for (const paths of [["conf"], []]) {
    const result = await call("git.diff", { from: "HEAD~1", to: "HEAD", paths });
    assert.ok(result.ok && !JSON.stringify(result.value).includes(value));
    assert.equal((result.value as { hidden?: number }).hidden, 1);
  }
});

test("names that forge the beginning of another file's change do not move a secret under an open name", async (t) => {
  const value = "zwiebel-4711-env-value";
  const forged = "x\ndiff --git a/a.txt b/a.txt";
  const workspace = new Workspace({ "a.txt": "one\n", ".env": "K=1\n", [forged]: "f\n", "tab\tname": "t\n" });
  workspace.write({ "a.txt": "two\n", ".env": `K=${value}\n`, [forged]: "g\n", "tab\tname": "u\n" });
  workspace.write({ "a.txt": "diff --git a/.env b/.env\n@@ -1 +1 @@\n" });
  const { call } = await agent(t, workspace);
  const result = await call("git.diff");
  assert.ok(result.ok, JSON.stringify(result));
  assert.ok(!JSON.stringify(result.value).includes(value));
  assert.equal((result.value as { hidden?: number }).hidden, 1);
});

test("a secret that is named is asked for, each time, and its diff is not in the record", async (t) => {
  const value = "zwiebel-4711-env-value";
  const workspace = new Workspace();
  workspace.write({ ".env": `K=${value}\n`, "new.txt": "n\n" });
  const { k, call } = await agent(t, workspace);
  const added = call("git.add", { paths: [".env"] });
  await allow(k);
  assert.deepEqual(await added, { ok: true, value: { staged: 1 } });
  const [asked] = k.of("question.open");
  assert.equal(asked?.data.asks[0]?.key, "class:secret");
  const committed = call("git.commit", { message: "m" });
  await allow(k);
  assert.equal(code(await committed), "ok");
  assert.ok(!JSON.stringify(k.records).includes(value));
  assert.ok(workspace.git("show", "HEAD").includes(value), "the person allowed it");
});

test("a git that another user owns is opened only by the person's own leave", async (t) => {
  if (process.getuid?.() !== 0) return t.skip("only root can give a folder away");
  const workspace = new Workspace();
  execFileSync("chown", ["-R", "12345:12345", workspace.app]);
  const { call } = await agent(t, workspace);
  const result = await call("git.status");
  assert.ok(!result.ok && result.code === "EACCES" && /safe\.directory/u.test(result.hint));
});
