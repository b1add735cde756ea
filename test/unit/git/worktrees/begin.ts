// A repository with an agent in a worktree of it.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext } from "node:test";
import { Workspace } from "../../../support/git/repository.ts";
import { type TestKernel } from "../../../support/kernel.ts";

export const ALL = "allow:read,list,write,delete:fs:/app/**";

const GIT = "allow:read,write:git:/app/**";

export const GRANTS = [ALL, GIT, "allow:spawn:process:/children", "allow:execute:image:/boxes"];

/** A workspace, an agent in it, and its child in a worktree. */
export async function begin(
  t: TestContext,
  files?: Readonly<Record<string, string>>,
  workspace = new Workspace(files),
) {
  const { k, worktrees } = await workspace.openWorktrees(t);
  worktrees.begin(k.kernel);
  const parent = k.launch(GRANTS);
  const born = await spawn(k, parent);
  assert.ok(born.ok, JSON.stringify(born));
  const child = k.process(parent).children.at(-1) ?? 0;
  const row = k.kernel.state.roots.at(-1);
  assert.ok(row?.worktree);
  const { name, path: tree, worktree } = row;
  const at = { name, path: tree, worktree };
  const write = (more: Readonly<Record<string, string>>): void => {
    for (const [file, text] of Object.entries(more)) {
      mkdirSync(join(tree, file, ".."), { recursive: true });
      writeFileSync(join(tree, file), text);
    }
  };
  const value = born.value as { worktree: { notes: string } };
  return { k, worktrees, parent, child, workspace, at, name, tree, write, notes: value.worktree.notes };
}

export const spawn = (k: TestKernel, pid: number, goal = "Fix the Bug!") =>
  k.call(pid, "process.spawn", { goal, worktree: true, grants: [ALL, GIT] });

/** Names of branches and worktrees that are not the person's own. */
export const left = (workspace: Workspace): string =>
  workspace.git("branch", "--list", "agent/*").trim() +
  workspace
    .git("worktree", "list", "--porcelain")
    .split("\n")
    .filter((line) => line.startsWith("worktree ") && line !== `worktree ${workspace.app}`)
    .join("");
