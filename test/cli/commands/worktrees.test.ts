// Worktrees by the command line: an agent works apart, and a person lists, merges and discards by real processes.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout } from "node:timers/promises";
import { gitIn, initRepository } from "../../support/git/repository.ts";
import { script, Workspace, type Turns } from "../workspace.ts";

const ALL = ["allow:read,list,write,delete:fs:/app/**", "allow:read,write:git:/app/**"];
const GRANTS = [...ALL, "allow:spawn:process:/children", "allow:execute:image:/coding"];

/** A workspace that is a repository with one commit. */
function repository(t: TestContext): Workspace {
  const on = new Workspace(t);
  initRepository(on.folder);
  on.write(".gitignore", ".agentlibos\n");
  on.write("a.txt", "one\n");
  on.write("closed/b.txt", "two\n");
  gitIn(on.folder, "add", "-A");
  gitIn(on.folder, "commit", "-q", "-m", "first");
  return on;
}

/** A repository in which an agent has let another one do `turns` in a worktree. */
async function worked(t: TestContext, turns: Turns, policy?: string): Promise<Workspace> {
  const on = repository(t);
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

/** The options of a run in a worktree of its own. */
const apart = (on: Workspace, turns: Turns): string[] => {
  const file = on.file("apart.json", script(turns));
  return ["run", "--worktree", "--goal", "try it", "--script", file, "--grant", ALL[0] ?? ""];
};

test("run --worktree starts the root agent apart, says where and what it lacks, and its work can be merged", async (t) => {
  const on = repository(t);
  on.write("a.txt", "not committed\n");
  on.write("notes.txt", "new\n");
  const turns: Turns = [[["edit_file", { path: "a.txt", old_text: "one", new_text: "two" }]], "done"];
  const ran = await on.run(apart(on, turns));
  assert.equal(ran.code, 0, ran.err);
  const [name = ""] = trees(on);
  assert.match(name, /^2-try-it$/u);
  assert.ok(ran.err.includes(`/${name}, on the branch agent/${name}`), ran.err);
  assert.match(ran.err, /without 1 changed file of the workspace/u);
  assert.match(ran.err, /notes\.txt/u);
  assert.doesNotMatch(ran.err, /\.agentlibos/u);
  assert.match(ran.err, new RegExp(`agentlibos merge "?${name}"? brings`, "u"));
  assert.equal(on.read("a.txt"), "not committed\n");
  const listed = await on.run(["worktrees"]);
  assert.match(listed.out, /agent 2: 1 changed file; \d+ MB\n.*\n1 of 30 worktrees, \d+ MB of 16384 MB\.\n/u);
  // Both changed the same line, so the person decides.
  assert.equal((await on.run(["merge", name])).code, 1);
  on.write("a.txt", "one\n");
  const merged = await on.run(["merge", name]);
  assert.deepEqual([merged.code, /The folder is gone/u.test(merged.out)], [0, true], merged.out);
  assert.equal(on.read("a.txt"), "two\n");
  assert.deepEqual(trees(on), []);
});

test("run --worktree is refused without git, without a commit, and with grants elsewhere; nothing is left", async (t) => {
  const bare = new Workspace(t);
  const without = await bare.run(apart(bare, ["done"]));
  assert.deepEqual([without.code, /no git repository/u.test(without.err)], [2, true], without.err);
  gitIn(bare.folder, "init", "-q", "-b", "main");
  const empty = await bare.run(apart(bare, ["done"]));
  assert.deepEqual([empty.code, /no commit yet.*Commit something first/u.test(empty.err)], [2, true]);
  const on = repository(t);
  const other = on.file("other", "");
  rmSync(other);
  mkdirSync(other);
  const folders = ["--workspace", on.folder, "--workspace", other];
  const elsewhere = await on.run([...apart(on, ["done"]), ...folders, "--grant", "allow:read:fs:/other/**"]);
  assert.deepEqual([elsewhere.code, /outside the worktree/u.test(elsewhere.err)], [2, true], elsewhere.err);
  assert.deepEqual([...trees(bare), ...trees(on)], []);
  assert.equal(gitIn(on.folder, "branch", "--list", "agent/*").trim(), "");
});

test("worktrees are listed while a run holds the record; after kill -9, resume goes on in the worktree", async (t) => {
  const on = repository(t);
  const turns: Turns = [
    [["write_file", { path: "first.txt", content: "1\n" }]],
    [["sleep", { seconds: 15 }]],
    [["write_file", { path: "second.txt", content: "2\n" }]],
    "done",
  ];
  const order = [...apart(on, turns), "--grant", "allow:sleep:clock:/sleep"];
  let kill = (): void => undefined;
  const ended = on.run(order, { started: (child) => (kill = () => void child.kill("SIGKILL")) });
  const works = async (): Promise<boolean> => {
    const { code, out } = await on.run(["worktrees", "--json"]);
    if (code !== 0 || out === "") return false;
    const { works: does, changed } = JSON.parse(out) as Record<string, unknown>;
    return does === true && changed === 1;
  };
  for (let tries = 0; tries < 40 && !(await works()); tries++) await setTimeout(100);
  assert.ok(await works(), "the list shows it at work");
  kill();
  assert.equal((await ended).code, null);
  const resumed = await on.run(["resume"]);
  assert.equal(resumed.code, 0, resumed.err);
  const [name = ""] = trees(on);
  const at = join(on.scratch, "home-worktrees");
  const [id = ""] = readdirSync(at);
  assert.ok(["first.txt", "second.txt"].every((file) => existsSync(join(at, id, name, file))));
  assert.equal(on.read("first.txt"), undefined);
});
