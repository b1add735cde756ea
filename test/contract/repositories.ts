// Good calls of the operations of git, for the contract: a real repository, and a bare one beside it as its remote.
import { cpSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after } from "node:test";
import { gitIn } from "../support/git/repository.ts";
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
  "git.fetch": onGit("fetch", { remote: "origin" }, { grants: REMOTE, effect: "fetchBranches" }),
};
