// The host is killed at each command of git that makes, merges or discards a worktree: nothing half is left, and the
// person's branch, index and files are as they were.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { test, type TestContext } from "node:test";
import { gitIn, initRepository } from "../../support/git/repository.ts";
import { script, Workspace, type Ended } from "../../cli/workspace.ts";
import { somePoints } from "../points.ts";

const REAL = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
const ALL = "allow:read,list,write,delete:fs:/app/**";
/** How many points of each kind a short run takes. */
const SHORT = 2;

/** Each of these commands of git, with the host killed before it ran and after. */
const around = (...commands: string[]): string[] => commands.flatMap((each) => [each, `${each}+`]);
const MAKING = around("worktree add", "read-tree", "worktree unlock");
const REMOVING = around("worktree remove", "update-ref");

/** A git before the real one on PATH that kills its caller at a point: before it runs, or after with "+". */
function killingGit(on: Workspace, point: string): Record<string, string> {
  const bin = join(on.scratch, "bin");
  mkdirSync(bin, { recursive: true });
  const [, command = "", after = ""] = /^(.*?)(\+?)$/u.exec(point) ?? [];
  const kill = `kill -9 $PPID; touch '${on.scratch}/killed'`;
  writeFileSync(
    join(bin, "git"),
    `#!/bin/sh\ncase " $* " in *" ${command} "*)\n${after === "" ? `${kill}; exit 1` : `'${REAL}' "$@"; ${kill}; exit 1`};;\nesac\nexec '${REAL}' "$@"\n`,
  );
  chmodSync(join(bin, "git"), 0o755);
  return { PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}` };
}

/** A repository with one commit, a staged file and one that is not committed. */
function repository(t: TestContext): Workspace {
  const on = new Workspace(t);
  initRepository(on.folder);
  on.write(".gitignore", ".agentlibos\n");
  on.write("a.txt", "one\n");
  gitIn(on.folder, "add", "-A");
  gitIn(on.folder, "commit", "-q", "-m", "first");
  on.write("staged.txt", "staged\n");
  gitIn(on.folder, "add", "staged.txt");
  on.write("mine.txt", "not committed\n");
  return on;
}

/** What the person has: the commit, what is staged, and their own file. */
const own = (on: Workspace): (string | undefined)[] => [
  gitIn(on.folder, "symbolic-ref", "HEAD"),
  gitIn(on.folder, "rev-parse", "HEAD"),
  gitIn(on.folder, "diff", "--cached", "--name-status"),
  on.read("mine.txt"),
];

/** The folders of worktrees, and the branches of agents. */
function left(on: Workspace): { trees: string[]; branches: string[] } {
  const at = join(on.scratch, "home-worktrees");
  const trees = existsSync(at) ? readdirSync(at).flatMap((id) => readdirSync(join(at, id))) : [];
  const branches = gitIn(on.folder, "branch", "--list", "--format=%(refname:short)", "agent/*");
  return { trees, branches: branches.split("\n").filter(Boolean) };
}

/** The agent writes two files in its worktree, and commits one of them. */
const work = script([
  [["write_file", { path: "new.txt", content: "new\n" }]],
  [["git_commit", { message: "Add new", paths: ["new.txt"] }]],
  [["write_file", { path: "a.txt", content: "two\n" }]],
  "done",
]);

function apart(on: Workspace, env: Record<string, string> = {}): Promise<Ended> {
  const file = on.file("apart.json", work);
  const grants = ["--grant", ALL, "--grant", "allow:read,write:git:/app/**"];
  return on.run(["run", "--worktree", "--goal", "try", "--script", file, ...grants], { env });
}

test("killed while it makes a worktree, the next opening removes what was begun", async (t) => {
  for (const point of somePoints(MAKING, SHORT)) {
    const on = repository(t);
    const before = own(on);
    const killed = await apart(on, killingGit(on, point));
    assert.deepEqual(
      [killed.code, existsSync(join(on.scratch, "killed"))],
      [null, true],
      `${point}: ${killed.err}`,
    );
    // Any command that writes the record sweeps; this one has nothing else to do.
    await on.agent(script(["done"]), []);
    assert.deepEqual(left(on), { trees: [], branches: [] }, point);
    assert.deepEqual(own(on), before, point);
    const again = await apart(on);
    assert.equal(again.code, 0, `${point}: ${again.err}`);
    assert.equal(left(on).trees.length, 1, point);
    assert.equal((await on.verify()).code, 0);
  }
});

test("killed while it discards, the worktree is whole or gone, and no commit is lost by halves", async (t) => {
  for (const point of somePoints(REMOVING, SHORT)) {
    const on = repository(t);
    const before = own(on);
    assert.equal((await apart(on)).code, 0);
    const [name = ""] = left(on).trees;
    const killed = await on.run(["discard", name, "--force"], { env: killingGit(on, point) });
    assert.equal(killed.code, null, `${point}: ${killed.err}`);
    await on.agent(script(["done"]), []);
    const { trees, branches } = left(on);
    // A folder is there only with its branch; a branch may outlive its folder, because commits are on it.
    if (trees.length > 0) assert.deepEqual(branches, [`agent/${name}`], point);
    if (branches.length > 0) assert.equal(gitIn(on.folder, "show", `agent/${name}:new.txt`), "new\n", point);
    const again = await on.run(["discard", name, "--force"]);
    assert.equal(again.code, trees.length > 0 ? 0 : 1, `${point}: ${again.err}`);
    assert.deepEqual([left(on).trees, own(on)], [[], before], point);
    assert.equal((await on.verify()).code, 0);
  }
});

test("killed while a merged worktree goes, all files are in the workspace and its commits on their branch", async (t) => {
  for (const point of somePoints(around("worktree remove"), SHORT)) {
    const on = repository(t);
    const before = own(on);
    assert.equal((await apart(on)).code, 0);
    const [name = ""] = left(on).trees;
    const killed = await on.run(["merge", name], { env: killingGit(on, point) });
    assert.equal(killed.code, null, `${point}: ${killed.err}`);
    await on.agent(script(["done"]), []);
    assert.deepEqual([on.read("a.txt"), on.read("new.txt")], ["two\n", "new\n"], point);
    assert.deepEqual(left(on), { trees: [], branches: [`agent/${name}`] }, point);
    assert.deepEqual(own(on), before, point);
    assert.equal((await on.verify()).code, 0);
  }
});
