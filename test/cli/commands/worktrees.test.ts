// Worktrees by the command line: an agent works apart, and a person lists, merges and discards by real processes.
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { gitIn } from "../../support/git/repository.ts";
import { script, Workspace, type Turns } from "../workspace.ts";

const ALL = ["allow:read,list,write,delete:fs:/app/**", "allow:read,write:git:/app/**"];
const GRANTS = [...ALL, "allow:spawn:process:/children", "allow:execute:image:/coding"];

/** A repository in which an agent has let another one do `turns` in a worktree. */
async function worked(t: TestContext, turns: Turns, policy?: string): Promise<Workspace> {
  const on = new Workspace(t);
  gitIn(on.folder, "init", "-q", "-b", "main");
  gitIn(on.folder, "config", "user.name", "Ann Example");
  gitIn(on.folder, "config", "user.email", "ann@example.invalid");
  on.write(".gitignore", ".agentlibos\n");
  on.write("a.txt", "one\n");
  on.write("closed/b.txt", "two\n");
  gitIn(on.folder, "add", "-A");
  gitIn(on.folder, "commit", "-q", "-m", "first");
  const spawn = ["spawn_agent", { goal: "change it", worktree: true, grants: ALL }] as const;
  const parent = script(
    [[spawn], [["wait_agent", { pid: "${0.0.pid}" }]], "done"],
    script([...turns, "done"]),
  );
  const rules = policy === undefined ? [] : ["--policy", on.file("policy.json", JSON.parse(policy))];
  await on.agent(parent, [...GRANTS.flatMap((grant) => ["--grant", grant]), ...rules]);
  return on;
}

const trees = (on: Workspace): string[] => {
  const at = join(on.scratch, "home-worktrees");
  return existsSync(at) ? readdirSync(at).flatMap((id) => readdirSync(join(at, id))) : [];
};

test("work in a worktree is listed, merged and then gone; the workspace has it, and no branch was touched", async (t) => {
  const on = await worked(t, [
    [
      ["write_file", { path: "a.txt", content: "more\n" }],
      ["write_file", { path: "new.txt", content: "n\n" }],
    ],
  ]);
  assert.equal(on.read("a.txt"), "one\n");
  assert.deepEqual(trees(on), ["3-change-it"]);
  const listed = await on.run(["worktrees", "--json"]);
  const { worktree, of, changed, commits, works } = JSON.parse(listed.out) as Record<string, unknown>;
  assert.deepEqual(
    { worktree, of, changed, commits, works },
    { worktree: "3-change-it", of: "app", changed: 2, commits: 0, works: false },
  );
  const kept = await on.run(["discard", "3-change-it"]);
  assert.deepEqual([kept.code, /2 changed files would be lost/u.test(kept.err)], [1, true]);
  const merged = await on.run(["merge", "3-change-it"]);
  assert.deepEqual([merged.code, merged.err], [0, ""]);
  assert.match(merged.out, /applied {2}changed app\/a\.txt\napplied {2}created app\/new\.txt\n/u);
  assert.equal(on.read("a.txt"), "more\n");
  assert.equal((await on.run(["worktrees"])).out, "There are no worktrees.\n");
  assert.deepEqual(trees(on), []);
  assert.equal(gitIn(on.folder, "branch", "--format=%(refname:short)").trim(), "main");
  assert.equal((await on.run(["verify"])).code, 0);
});

test("a conflict stays and is told; what is discarded by force is gone with its branch", async (t) => {
  const on = await worked(t, [[["write_file", { path: "a.txt", content: "theirs\n" }]]]);
  on.write("a.txt", "mine\n");
  const merged = await on.run(["merge", "3-change-it"]);
  assert.deepEqual(
    [merged.code, /conflict {2}changed app\/a\.txt \(both changed it/u.test(merged.out)],
    [1, true],
  );
  assert.equal(on.read("a.txt"), "mine\n");
  assert.equal((await on.run(["discard", "3-change-it", "--force"])).code, 0);
  assert.deepEqual(trees(on), []);
  assert.equal(gitIn(on.folder, "branch", "--list", "agent/*").trim(), "");
  assert.equal((await on.run(["discard", "3-change-it"])).code, 1);
  assert.equal((await on.run(["merge"])).code, 2);
});

test("a policy on the folder holds in the worktree, by every tool", async (t) => {
  const rule = { effect: "deny", rights: ["read", "write"], resource: "fs:/app/closed/**", reason: "closed" };
  const on = await worked(
    t,
    [
      [
        ["read_file", { path: "closed/b.txt" }],
        ["write_file", { path: "closed/new.txt", content: "x" }],
        ["move_file", { from: "a.txt", to: "closed/a.txt" }],
        ["search_text", { query: "two" }],
      ],
    ],
    JSON.stringify({ rules: [rule] }),
  );
  const calls = (await on.audit()).filter(({ pid, syscall }) => pid === 3 && syscall.startsWith("fs."));
  assert.deepEqual(
    calls.map(({ syscall, decision }) => `${syscall} ${decision}`),
    ["fs.read deny", "fs.write deny", "fs.move deny", "fs.search allow"],
  );
  assert.doesNotMatch(JSON.stringify(calls.at(-1)), /closed\/b\.txt/u);
  assert.deepEqual(trees(on), []);
});
