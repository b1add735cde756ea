// Limits of an agent with every grant: no secret, nothing outside the workspace, and nothing that runs later.
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { Workspace, came, script, snapshot, toolCalls } from "./workspace.ts";

const SECRET = "hunter2-zwiebel-4711-value";
const OUTSIDE_SECRET = "outside-kohlrabi-0815-value";
const ALL = ["--grant", "allow:read,list,write,delete:fs:/app/**"];

type Try = readonly [tool: string, args: Record<string, unknown>];
const read = (path: string): Try => ["read_file", { path }];
const write = (path: string): Try => ["write_file", { path, content: "{}\n" }];
const list = (path: string): Try => ["list_directory", { path }];
const remove = (path: string): Try => ["delete_file", { path }];
const move = (from: string, to: string): Try => ["move_file", { from, to }];
const edit = (path: string): Try => ["edit_file", { path, old_text: "a", new_text: "b" }];
const folder = (path: string): Try => ["make_directory", { path }];
const removeAll = (path: string): Try => ["delete_file", { path, recursive: true }];

/** Secrets of the workspace: asked each time, so that a rule says no. */
const SECRETS: readonly Try[] = [
  ...[".env", "./.env", "app/.env", "src/../.env", "src/.//../.env", ".env.local", "deploy/id_rsa"].map(read),
  ...[".env", "new/.env", "src/.env.production", ".ENV"].map(write),
  ...[".env", "deploy/id_rsa"].map(remove),
  ...[".env"].map(edit),
  ...[move(".env", "plain.txt"), move("README.md", "new/.env"), move("deploy", "shown")],
];

/** What would run later, outside the agent: asked each time as well. */
const LATER: readonly Try[] = [
  ...[
    ".vscode/settings.json",
    "./.vscode/tasks.json",
    ".VSCODE/settings.json",
    "src/.vscode/settings.json",
  ].map(write),
  ...[
    "app.code-workspace",
    ".git/hooks/pre-commit",
    ".git/config",
    ".GIT/hooks/pre-commit",
    "src/.git/config",
  ].map(write),
  ...["src/../.git/hooks/pre-commit", ".gitattributes", ".husky/pre-commit", ".github/workflows/x.yml"].map(
    write,
  ),
  ...[".devcontainer/devcontainer.json", ".envrc", ".npmrc", ".mcp.json", "node_modules/.bin/tsc"].map(write),
  ...[".vscode\u200b/settings.json", ".vscode./settings.json", ".vscode /settings.json"].map(write),
  ...[
    move("README.md", ".git/hooks/pre-commit"),
    move("src", ".vscode"),
    removeAll(".git"),
    folder(".git/hooks/x"),
  ],
];

/** Out of reach for every capability. */
const DENIED: readonly Try[] = [
  ...[
    "../outside",
    "../outside/secret.txt",
    "app/../../outside/secret.txt",
    "src/../../outside/secret.txt",
  ].map(read),
  ...["/etc/passwd", "~/.ssh/id_rsa", "file:///etc/passwd", "//server/share", "..\\outside\\secret.txt"].map(
    read,
  ),
  ...["../app-secrets/x", "\\\\server\\share\\x", "C:\\x", "/proc/self/environ", "."].slice(0, 4).map(read),
  ...["..", "../outside", "/", "link-out"].map(list),
  ...[
    "../outside/new.txt",
    "/tmp/agentlibos-new",
    "../new.txt",
    "link-out/new.txt",
    "link-new",
    "link-file",
  ].map(write),
  ...[
    "link-out/secret.txt",
    "link-file",
    "link-chain",
    "src/link-up/outside/secret.txt",
    "link-proc/environ",
  ].map(read),
  ...["../outside/secret.txt", "link-out/secret.txt"].map(remove),
  ...["link-file", "link-out/secret.txt"].map(edit),
  ...[move("README.md", "../outside/x"), move("../outside/secret.txt", "x"), move("README.md", "link-out/x")],
  ...[folder("../outside/new"), folder("link-out/new")],
  ...[
    ".agentlibos/identity.json",
    ".AGENTLIBOS/identity.json",
    "src/../.agentlibos/journal/00000001.jsonl",
  ].map(read),
  ...[".agentlibos\u200b/identity.json", ".agentlibos./identity.json"].map(read),
  ...[".agentlibos", "app/.agentlibos/journal"].map(list),
  ...[
    ".agentlibos/x",
    ".agentlibos/journal/00000001.jsonl",
    "src/.agentlibos/x",
    "./.agentlibos/policy.json",
  ].map(write),
  ...[remove(".agentlibos"), remove(".agentlibos/identity.json"), folder(".agentlibos/new")],
  ...[move(".agentlibos", "moved"), move("src", ".agentlibos/src"), edit(".agentlibos/identity.json")],
];

/** A workspace with everything the attempts are about, and its neighbours. */
function scene(t: TestContext): { workspace: Workspace; outside: string } {
  const workspace = new Workspace(t);
  workspace.write("README.md", "# A readable file\n");
  workspace.write("src/a.txt", "a\n");
  workspace.write(".env", `TOKEN=${SECRET}\n`);
  workspace.write(".env.local", `OTHER=${SECRET}\n`);
  workspace.write("deploy/id_rsa", `${SECRET}\n`);
  workspace.write(".git/HEAD", "ref: refs/heads/main\n");
  workspace.write(".git/config", `[remote "o"]\n  url = https://u:${SECRET}@example.invalid/x\n`);
  workspace.write(".git/hooks/pre-commit.sample", "#!/bin/sh\n");
  const outside = join(workspace.scratch, "outside");
  mkdirSync(outside);
  mkdirSync(join(workspace.scratch, "app-secrets"));
  writeFileSync(join(outside, "secret.txt"), `${OUTSIDE_SECRET}\na\n`);
  writeFileSync(join(workspace.scratch, "app-secrets", "x"), OUTSIDE_SECRET);
  chmodSync(outside, 0o755);
  symlinkSync("../outside", workspace.path("link-out"));
  symlinkSync("../outside/secret.txt", workspace.path("link-file"));
  symlinkSync("../outside/new.txt", workspace.path("link-new"));
  symlinkSync("link-file", workspace.path("link-chain"));
  symlinkSync("../..", workspace.path("src", "link-up"));
  symlinkSync("/proc/self", workspace.path("link-proc"));
  return { workspace, outside };
}

for (const answer of ["deny", "allow-once"]) {
  test(`with everything granted and --answer ${answer}, only what is in the workspace and plain is done`, async (t) => {
    const { workspace, outside } = scene(t);
    const before = [snapshot(outside), snapshot(join(workspace.scratch, "app-secrets"))];
    const inside = snapshot(workspace.folder);
    const tries: readonly (readonly [Try, decision: string])[] = [
      ...SECRETS.map((x) => [x, "refused"] as const),
      ...LATER.map((x) => [x, "refused"] as const),
      ...DENIED.map((x) => [x, "deny"] as const),
    ];
    const run = await workspace.agent(
      script([
        [read("README.md")],
        tries.map(([x]) => x),
        [["search_text", { query: SECRET.slice(0, 9) }]],
        "done",
      ]),
      [...ALL, "--answer", answer, "--budget", "toolCalls=500"],
    );
    const [first, ...rest] = toolCalls(run);
    assert.equal(came(first), "allow ok");
    const wrong: string[] = [];
    for (const [i, [[tool, args], decision]] of tries.entries()) {
      const call = rest[i];
      const what = `${tool} ${JSON.stringify(args)}: ${came(call)}`;
      assert.deepEqual([call?.tool, call?.args], [tool, args]);
      if (call?.outcome !== "not-run" || call.decision !== decision || call.error === undefined)
        wrong.push(what);
      else if (call.error.message === "" || call.error.hint === "") wrong.push(`${what} without a reason`);
    }
    assert.deepEqual(wrong, []);
    const search = rest.at(-1);
    assert.equal(came(search), "allow ok");
    // Nothing outside was touched, nothing inside was changed, and nothing new was made.
    assert.deepEqual([snapshot(outside), snapshot(join(workspace.scratch, "app-secrets"))], before);
    const after = [...snapshot(workspace.folder)].filter(([name]) => !name.startsWith(".agentlibos"));
    assert.deepEqual(after, [...inside]);
    const kept = workspace.recordText();
    assert.equal(kept.includes(SECRET) || kept.includes(OUTSIDE_SECRET), false, "a secret is in the record");
    // Each refused attempt was put as a question, with the rule's answer beside it, or is one of those in other words.
    const asked = new Map(run.approvals.map((a) => [a.call, a]));
    for (const [i, [, decision]] of tries.entries()) {
      const question = asked.get(rest[i]?.call);
      const before = rest[i]?.error?.message === "Exactly this was refused before.";
      if (decision === "refused" && !before)
        assert.deepEqual([question?.outcome, question?.by], ["denied", "launcher"]);
      else assert.equal(question, undefined);
    }
    assert.deepEqual(await workspace.audit(), run.calls);
    const verdict = await workspace.verify();
    assert.equal(verdict.code, 0, verdict.err);
  });
}

test("a person who is not there is asked all the same: the question stays open and the agent waits", async (t) => {
  const { workspace } = scene(t);
  const run = await workspace.agent(script([[read(".env")], "done"]), [...ALL, "--answer", "ask"], 1);
  assert.deepEqual(
    run.processes.map((p) => [p.state, p.exit]),
    [["blocked", null]],
  );
  assert.deepEqual(
    run.approvals.map((a) => [a.outcome, a.syscall]),
    [["open", "fs.read"]],
  );
  assert.equal(came(toolCalls(run)[0]), "none not-run");
  assert.equal((await workspace.verify()).code, 0);
});

test("with a home as workspace, the folders of its editors are out of reach", async (t) => {
  const workspace = new Workspace(t);
  const inside = [
    ...[".vscode-server/extensions/a/out.js", ".vscode/argv.json", ".cursor/extensions/a.js", ".windsurf/x"],
    ...[".config/Code - Insiders/User/settings.json", ".local/share/code-server/extensions/a/b.js"],
  ];
  for (const path of inside) workspace.write(path, "kept");
  workspace.write("notes.md", "mine");
  const scripted = workspace.file(
    "s.json",
    script([[...inside.map(write), ...inside.map(read), write("notes.md")], "done"]),
  );
  const ended = await workspace.run(["run", "--goal", "g", "--script", scripted, "--json", ...ALL], {
    env: { HOME: workspace.folder },
  });
  const calls = toolCalls(workspace.parsed(ended, 0)).map(came);
  assert.deepEqual(calls, [...Array<string>(2 * inside.length).fill("deny not-run EACCES"), "allow ok"]);
  for (const path of inside) assert.equal(workspace.read(path), "kept");
});
