// Other repositories: what goes out is shown, asked for each time, and goes where it was shown and nowhere else.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { ALL, gitIn, Workspace } from "../../support/git/repository.ts";
import { code, type TestKernel } from "../../support/kernel.ts";
import { notesOf } from "../../harness/notes.ts";

const HERE = "allow:connect:net:/localhost";

/** A workspace with a bare repository beside it, as its remote `origin`. */
function cloned(): Workspace & { readonly remote: string } {
  const workspace = new Workspace();
  const remote = join(workspace.base, "remote.git");
  gitIn(workspace.base, "clone", "-q", "--bare", "app", "remote.git");
  workspace.git("remote", "add", "origin", "../remote.git");
  workspace.git("fetch", "-q", "origin");
  return Object.assign(workspace, { remote });
}

/** Somebody else's commit on the branch `main` of the remote. */
function theirs(workspace: Workspace): void {
  const at = join(workspace.base, "theirs");
  gitIn(workspace.base, "clone", "-q", "remote.git", "theirs");
  writeFileSync(join(at, "theirs.txt"), "t\n");
  gitIn(at, "add", "-A");
  gitIn(at, "-c", "user.name=n", "-c", "user.email=e", "commit", "-q", "-m", "theirs");
  gitIn(at, "push", "-q", "origin", "main");
}

async function agent(t: TestContext, workspace: Workspace, grants: readonly string[] = [...ALL, HERE]) {
  const k = await workspace.open(t);
  const pid = k.launch(grants);
  return { k, pid, call: (name: string, args: object = {}) => k.call(pid, name, args) };
}

async function asked(k: TestKernel): Promise<TestKernel["question"]> {
  while (k.open.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  return k.question;
}

const tip = (at: string, ref = "main"): string => gitIn(at, "rev-parse", ref).trim();

test("a push asks each time, shows address and commits, and moves the branch that stands for the remote's", async (t) => {
  const workspace = cloned();
  workspace.write({ "a.txt": "two\n" });
  workspace.git("commit", "-q", "-am", "second\u202e");
  const grants = ["allow:read,list:fs:/app/**", "ask:write:git:/app/**", "ask:connect:net:/**"];
  const { k, call } = await agent(t, workspace, grants);
  for (const message of ["third", "fourth"]) {
    const pushed = call("git.push", { remote: "origin" });
    const question = await asked(k);
    assert.deepEqual(
      question.asks.map(({ need, once }) => [need.resource, once]),
      [
        ["git:/app/push", true],
        ["net:/localhost", false],
      ],
    );
    const preview = k.kernel.previewOf(question);
    assert.deepEqual([preview?.verb, preview?.target, preview?.to], ["push", "main", workspace.remote]);
    assert.match(notesOf(preview), /^[0-9a-f]{10} "[^\n]*\n1 commit goes out\./u);
    k.answer({ scope: "agent" }); // It covers no later push.
    assert.equal(code(await pushed), "ok");
    assert.equal(tip(workspace.remote), tip(workspace.app));
    assert.equal(tip(workspace.app, "refs/remotes/origin/main"), tip(workspace.app));
    workspace.git("commit", "-q", "--allow-empty", "-m", message);
  }
});

test("a push that would lose commits is refused, and by force replaces only what was fetched", async (t) => {
  const workspace = cloned();
  theirs(workspace);
  workspace.git("commit", "-q", "--allow-empty", "-m", "mine");
  const { k, call } = await agent(t, workspace);
  const plain = await call("git.push", { remote: "origin" });
  assert.ok(!plain.ok && plain.code === "ESTALE" && /git_fetch/u.test(plain.hint));
  // With every grant force still asks, and the unseen commit of others stays.
  const blind = call("git.push", { remote: "origin", force: true });
  const question = await asked(k);
  assert.deepEqual(
    question.asks.map(({ key, once }) => [key, once]),
    [["call:force", true]],
  );
  assert.equal(k.kernel.previewOf(question)?.verb, "force");
  k.answer();
  assert.equal(code(await blind), "ESTALE");
  assert.equal(gitIn(workspace.remote, "log", "-1", "--format=%s", "main").trim(), "theirs");
  assert.deepEqual(await call("git.fetch", { remote: "origin" }), {
    ok: true,
    value: { remote: "origin", url: workspace.remote, changed: 1 },
  });
  const seen = call("git.push", { remote: "origin", force: true });
  const detail = notesOf(k.kernel.previewOf(await asked(k)));
  assert.match(detail, /By force: 1 commit that is there is taken away\./u);
  k.answer();
  assert.equal(code(await seen), "ok");
  assert.equal(tip(workspace.remote), tip(workspace.app));
});

test("a branch that moves, or a remote that leads elsewhere, after the look is not pushed", async (t) => {
  const workspace = cloned();
  const other = join(workspace.base, "other.git");
  gitIn(workspace.base, "init", "-q", "--bare", "other.git");
  workspace.git("commit", "-q", "--allow-empty", "-m", "second");
  const before = tip(workspace.remote);
  const { k, call } = await agent(t, workspace, ["ask:write:git:/app/**", HERE]);
  for (const change of [
    () => workspace.git("commit", "-q", "--allow-empty", "-m", "late"),
    () => workspace.git("remote", "set-url", "origin", "../other.git"),
  ]) {
    const pushed = call("git.push", { remote: "origin" });
    await asked(k);
    change();
    k.answer();
    assert.equal(code(await pushed), "ESTALE");
  }
  assert.equal(tip(workspace.remote), before);
  assert.throws(() => tip(other));
});

test("the host of each kind of address is needed, as git itself reads the address", async (t) => {
  const workspace = cloned();
  const k = await workspace.open(t);
  // Each call by an agent of its own: to one that repeats itself the door would say something else.
  const call = (name: string, args: object) => k.call(k.launch(["allow:write:git:/app/**"]), name, args);
  const needs: Readonly<Record<string, string>> = {
    "https://example.com/x.git": "net:/example.com",
    "https://user:token-1234@Example.com:8443/x.git": "net:/example.com",
    "ssh://git@example.com:22/x.git": "net:/example.com",
    "git@example.com:x/y.git": "net:/example.com",
    "[::1]:x.git": "net:/[::1]",
    "short:x.git": "net:/example.org",
    "../remote.git": "net:/localhost",
    [`file://${workspace.remote}`]: "net:/localhost",
  };
  workspace.git("config", "url.ssh://git@example.org/.insteadOf", "short:");
  for (const [url, need] of Object.entries(needs)) {
    workspace.git("remote", "set-url", "origin", url);
    for (const [name, args] of [
      ["git.push", { remote: "origin" }],
      ["git.fetch", { remote: "origin" }],
    ] as const) {
      const result = await call(name, args);
      assert.ok(!result.ok && result.code === "ENOTCAPABLE", `${url}: ${JSON.stringify(result)}`);
      assert.ok(result.hint.endsWith(`allow:connect:${need}`), `${url}: ${result.hint}`);
    }
  }
  const never = [
    "git://example.com/x",
    "ftp://example.com/x",
    "ext::sh -c true",
    "https://good.example\\@evil.example/x",
    "https://good.example%2f@evil.example\n/x",
    "ssh://-oProxyCommand=x/x",
    "-oProxyCommand=x:y",
    "https://exa mple.com/",
    "/nowhere",
  ];
  for (const url of never) {
    workspace.git("config", "remote.origin.url", url);
    const result = await call("git.fetch", { remote: "origin" });
    assert.ok(["EINVAL", "ENOENT", "EIO"].includes(code(result)), `${url}: ${JSON.stringify(result)}`);
  }
  assert.ok(!JSON.stringify(k.records).includes("token-1234"));
});

test("settings of a repository that bend where https leads are refused; those of the person are not asked", async (t) => {
  const workspace = cloned();
  workspace.git("remote", "set-url", "origin", "https://example.invalid/x.git");
  const { call } = await agent(t, workspace, ["allow:write:git:/app/**", "allow:connect:net:/**"]);
  const bends = [
    "http.proxy",
    "http.sslVerify",
    "http.https://example.invalid/.proxy",
    "http.curloptResolve",
  ];
  for (const key of bends) {
    workspace.git("config", key, "x");
    const result = await call("git.fetch", { remote: "origin" });
    assert.ok(!result.ok && result.code === "EACCES", `${key}: ${JSON.stringify(result)}`);
    workspace.git("config", "--unset", key);
  }
});

test("a remote inside a workspace folder needs the rights on its files", async (t) => {
  const workspace = cloned();
  gitIn(workspace.app, "clone", "-q", "--bare", ".", "inside.git");
  workspace.git("remote", "set-url", "origin", "./inside.git");
  workspace.git("commit", "-q", "--allow-empty", "-m", "second");
  const { call } = await agent(t, workspace, ["allow:write:git:/app/**", "allow:connect:net:/**"]);
  const pushed = await call("git.push", { remote: "origin" });
  assert.ok(!pushed.ok && pushed.hint.endsWith("allow:write:fs:/app/inside.git/**"), JSON.stringify(pushed));
});
