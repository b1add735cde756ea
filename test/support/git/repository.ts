// A workspace with a real repository for tests: git itself, and a kernel over files and git of this machine.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { nodeFs } from "../../../src/host/node/fs/fs.ts";
import { nodeGit, type NodeGitOptions } from "../../../src/host/node/git/git.ts";
import { Worktrees } from "../../../src/host/node/git/worktrees/ending.ts";
import { TestKernel, type Setup } from "../kernel.ts";

/** All of the workspace, and every operation of git, without asking. */
export const ALL = ["allow:read,list,write,delete:fs:/app/**", "allow:read,write:git:/app/**"];

/** Runs git as a person would, with an identity of its own and none of this machine's settings. */
export function gitIn(at: string, ...args: string[]): string {
  const env = {
    ...process.env,
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_DATE: "2026-01-02T03:04:05Z",
    GIT_COMMITTER_DATE: "2026-01-02T03:04:05Z",
  };
  return execFileSync("git", ["-C", at, ...args], { encoding: "utf8", stdio: "pipe", env });
}

/** Makes a folder a repository whose commits have an author. */
export function initRepository(at: string): void {
  gitIn(at, "init", "-q", "-b", "main");
  gitIn(at, "config", "user.name", "Ann Example");
  gitIn(at, "config", "user.email", "ann@example.invalid");
}

/** What a person chose for commits. */
type GitChoices = Pick<NodeGitOptions, "trailer">;

/** Workspaces as they begin, by their files: a copy takes a fifth of the time that git does. */
const templates = new Map<string, string>();
process.once("exit", () => {
  for (const at of templates.values()) rmSync(at, { recursive: true, force: true });
});

function newBase(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), "git-")));
}

function put(at: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(at, name)), { recursive: true });
    writeFileSync(join(at, name), text);
  }
}

/** The folder of a template with these files in its first commit. */
function templateOf(files: Readonly<Record<string, string>>): string {
  const key = JSON.stringify(files);
  const known = templates.get(key);
  if (known !== undefined) return known;
  const base = newBase();
  templates.set(key, base);
  const app = join(base, "app");
  mkdirSync(join(app, ".git/hooks"), { recursive: true });
  gitIn(app, "init", "-q", "-b", "main", "--template=");
  gitIn(app, "config", "user.name", "Ann Example");
  gitIn(app, "config", "user.email", "ann@example.invalid");
  put(app, files);
  gitIn(app, "add", "-A");
  gitIn(app, "commit", "-q", "-m", "first");
  return base;
}

/** A folder `app` with a repository in it: one commit on `main` with these files, or what another workspace has. */
export class Workspace {
  readonly base = newBase();
  readonly app = join(this.base, "app");

  constructor(files: Readonly<Record<string, string>> = { "a.txt": "one\n" }, copied = templateOf(files)) {
    cpSync(copied, this.base, { recursive: true, verbatimSymlinks: true });
    // The index remembers the files of the template.
    this.git("update-index", "-q", "--refresh");
  }

  git(...args: string[]): string {
    return gitIn(this.app, ...args);
  }

  write(files: Readonly<Record<string, string>>): void {
    put(this.app, files);
  }

  /** Opens a kernel over it, closed with the test. */
  async open(t: TestContext, setup: Setup = {}, git: GitChoices = {}): Promise<TestKernel> {
    return (await this.openWorktrees(t, setup, git)).k;
  }

  /** The same, with what looks after the worktrees; `begin` lets it watch the ends of processes. */
  async openWorktrees(
    t: TestContext,
    setup: Setup = {},
    choices: GitChoices = {},
  ): Promise<{ k: TestKernel; worktrees: Worktrees }> {
    const roots = setup.roots ?? [{ name: "app", path: this.app }];
    const made: { k?: TestKernel } = {};
    const folders = () => made.k?.kernel.state.roots ?? roots;
    const home = join(this.base, "home");
    const within = {
      folders,
      reserved: () => [home],
      programs: undefined,
      preImages: join(this.base, "pre"),
    };
    const files = nodeFs(within);
    const git = nodeGit({ ...within, ...choices, journal: "j0" });
    const worktrees = new Worktrees({ ...within, home, record: "j0" });
    t.after(async () => {
      await worktrees.settled();
      for (const each of [files, git, worktrees.backend]) each.close();
      this.close();
    });
    made.k = await TestKernel.open({ roots, files, git, worktrees: worktrees.backend, ...setup });
    return { k: made.k, worktrees };
  }

  close(): void {
    rmSync(this.base, { recursive: true, force: true });
  }
}
