// Good calls of the operations of git, for the contract: a real repository, and a bare one beside it as its remote.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after } from "node:test";
import { isFault } from "../../src/abi/errors.ts";
import { gitIn } from "../support/git/repository.ts";
import { BOXES } from "../support/kernel.ts";
import type { Fixture, Sample } from "./fixture.ts";

const template = realpathSync(mkdtempSync(join(tmpdir(), "contract-git-")));
after(() => rmSync(template, { recursive: true, force: true }));

const app = join(template, "app");
gitIn(template, "init", "-q", "-b", "main", "app");
gitIn(app, "config", "user.name", "Ann Example");
gitIn(app, "config", "user.email", "ann@example.invalid");
writeFileSync(join(app, "a.txt"), "some text\n");
gitIn(app, "add", "a.txt");
gitIn(app, "commit", "-q", "-m", "first");
gitIn(app, "remote", "add", "origin", "../remote.git");
gitIn(template, "clone", "-q", "--bare", "app", "remote.git");

/** Gives the workspace the repository, its remote, and a change of a file. */
function plant({ root }: Fixture): undefined {
  cpSync(join(app, ".git"), join(root, ".git"), { recursive: true });
  cpSync(join(template, "remote.git"), join(dirname(root), "remote.git"), { recursive: true });
  writeFileSync(join(root, "a.txt"), "other text\n");
}

function plantStaged(fixture: Fixture): undefined {
  plant(fixture);
  gitIn(fixture.root, "add", "a.txt");
}

/** Gives the workspace a worktree of an agent that works in it, with a changed file. */
async function plantWorktree(fixture: Fixture): Promise<number> {
  plant(fixture);
  gitIn(fixture.root, "checkout", "-q", "--", "a.txt");
  const { k, worktrees } = fixture;
  const pid = k.kernel.reserveWorktree(k.person, "app");
  assert.ok(!isFault(pid));
  const { signal } = new AbortController();
  const made = await worktrees.make({ of: "app", pid, goal: "work" }, k.person, signal);
  assert.ok(!isFault(made), JSON.stringify(made));
  const order = { image: BOXES, goal: "work", model: "test/one", grants: [], budget: {}, cwd: "fs:/app" };
  k.kernel.launch(k.person, { ...order, launch: { interactive: false }, worktree: { ...made, pid } });
  writeFileSync(join(made.path, "a.txt"), "work\n");
  return pid;
}

/** A worktree in which nothing was done, of an agent that has ended. */
async function plantEnded(fixture: Fixture): Promise<void> {
  const pid = await plantWorktree(fixture);
  const tree = fixture.k.kernel.state.roots.at(-1)?.path ?? assert.fail();
  gitIn(tree, "checkout", "-q", "--", "a.txt");
  fixture.k.kernel.signal(fixture.k.person, pid, "kill", "done");
}

function onGit(verb: string, args: object, more: Partial<Sample> = {}): Sample {
  return {
    grants: ["allow:read,write:git:/app/**", "allow:read,list,write,delete:fs:/app/**"],
    args: () => args,
    before: plant,
    deny: `git:/app/${verb}`,
    ...more,
  };
}

const REMOTE = ["allow:write:git:/app/**", "allow:connect:net:/localhost"];

/** One sample of each. */
export const GIT_SAMPLES: Readonly<Record<string, Sample>> = {
  "git.status": onGit("status", {}, { effect: "status" }),
  "git.diff": onGit("diff", { paths: ["a.txt"] }, { effect: "diff" }),
  "git.log": onGit("log", { limit: 5 }, { effect: "log" }),
  "git.show": onGit("show", { ref: "HEAD" }, { effect: "show" }),
  "git.blame": onGit("blame", { path: "a.txt" }, { effect: "blame" }),
  "git.add": onGit("add", { paths: ["a.txt"] }, { effect: "stage" }),
  "git.commit": onGit("commit", { message: "second" }, { before: plantStaged, effect: "commit" }),
  "git.branch": onGit("branch", { name: "side" }, { effect: "changeBranch" }),
  "git.switch": onGit("switch", { branch: "side", create: true }, { effect: "switch" }),
  "git.push": onGit("push", { remote: "origin" }, { grants: REMOTE, effect: "push" }),
  "git.merge": onGit("worktree", { worktree: "3-work" }, { before: plantWorktree, effect: "compare" }),
  "git.discard": onGit("worktree", { worktree: "3-work" }, { before: plantEnded, effect: "discard" }),
  "git.fetch": onGit("fetch", { remote: "origin" }, { grants: REMOTE, effect: "fetchBranches" }),
};
