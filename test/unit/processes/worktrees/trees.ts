// A family of processes with a worktree, without any git.
import assert from "node:assert/strict";
import type { Right } from "../../../../src/abi/resource.ts";
import type { MadeWorktree, WorktreeBackend } from "../../../../src/primitives/git/worktrees.ts";
import { code, TestKernel, type Setup } from "../../../support/kernel.ts";

export const SPAWN = [
  "allow:spawn:process:/children",
  "allow:execute:image:/boxes",
  "allow:write:git:/app/worktree",
  "allow:message:process:/**",
];

export const FILES = "allow:read,list,write,delete:fs:/app/**";

/** A machine whose worktrees are names alone. */
class Trees implements Pick<WorktreeBackend, "make" | "remove"> {
  readonly made: string[] = [];
  readonly removed: string[] = [];
  notes = "";
  meanwhile: () => void = () => undefined;

  make({ of, pid }: Parameters<WorktreeBackend["make"]>[0]): Promise<MadeWorktree> {
    const name = `${pid}-work`;
    this.made.push(name);
    this.meanwhile();
    const worktree = { of, branch: `agent/${name}`, base: "c0" };
    return Promise.resolve({ name, path: `/w/trees/${name}`, worktree, notes: this.notes });
  }
  remove({ name }: { readonly name: string }): Promise<undefined> {
    this.removed.push(name);
    return Promise.resolve(undefined);
  }
}

/** A kernel whose worktrees are these; the methods that no spawn uses are bugs. */
export async function open(setup: Setup = {}): Promise<{ k: TestKernel; trees: Trees }> {
  const trees = new Trees();
  const worktrees = trees as unknown as WorktreeBackend;
  return { k: await TestKernel.open({ worktrees, ...setup }), trees };
}

/** An agent, and its child in a worktree of its folder. */
export async function family(grants: readonly string[], setup: Setup = {}, own: readonly string[] = []) {
  const { k, trees } = await open(setup);
  const parent = k.launch([...SPAWN, ...own, ...grants]);
  const born = await k.call(parent, "process.spawn", { goal: "do it", worktree: true, grants });
  assert.equal(code(born), "ok", JSON.stringify(born));
  const child = k.process(parent).children.at(-1) ?? 0;
  return { k, trees, parent, child, tree: `${child}-work` };
}

/** The word of a decision about one right on one resource. */
export function word(k: TestKernel, holder: number, right: Right, resource: string): string {
  return k.kernel.decide({ needs: [{ right, resource }], authority: { holder } }).kind;
}
