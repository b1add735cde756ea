// Merging and discarding worktrees: what an agent did apart comes into the workspace as a change set, or goes.
import * as z from "zod";
import { fault, isFault, type Fault } from "../../abi/errors.ts";
import { quotedName } from "../../abi/quoted.ts";
import { lostWords } from "../../abi/record/roots.ts";
import { fsResource, gitResource } from "../../abi/resource.ts";
import { define, type Operation, type View } from "../../kernel/operation.ts";
import type { KernelOps } from "../../kernel/ops.ts";
import type { WorkspaceRoot } from "../../kernel/state/roots.ts";
import type { Grant } from "../../kernel/witness.ts";
import { isRedacted } from "../../kernel/record/redact.ts";
import { applyChanges } from "../shell/changes.ts";
import { changeSchema } from "../shell/noted.ts";
import { toldChangeSchema } from "../shell/told.ts";
import { gitNote, gitReason } from "./notes.ts";
import type { WorktreeBackend, WorktreeFolder, WorktreeState } from "./worktrees.ts";

const name = z.string().min(1).max(255);
const mergeInput = z.strictObject({
  worktree: name.describe("The name of its folder, as spawn_agent gave it."),
  paths: z.array(z.string()).max(2000).optional().describe("Only these files, from the top on; else all."),
});
const mergeOutput = z.strictObject({
  changes: z.array(toldChangeSchema),
  /** True when the workspace has now all that the worktree has. */
  complete: z.boolean(),
});
const mergeNote = z.strictObject({ changes: z.array(changeSchema), left: z.int() });

const CONFLICT = "both changed it, and not in different lines";
const LOST = fault(
  "ESTALE",
  "A restart came between, and what was to be merged was not kept.",
  "Merge it again: files that are there already stay as they are.",
);

/** The worktree of that name among the folders of a view. */
function worktreeOf(named: string, { roots }: Pick<View, "roots">): (WorkspaceRoot & WorktreeFolder) | Fault {
  const root: WorkspaceRoot | undefined = roots.find((each) => each.name === named);
  const { worktree } = root ?? {};
  if (root === undefined || worktree === undefined)
    return fault(
      "ENOENT",
      `There is no worktree ${quotedName(named)}.`,
      "Take a name that spawn_agent gave, or that agentlibos worktrees lists.",
    );
  return { ...root, worktree };
}

/** The pid of the agent that works, or worked, in a worktree. */
const ownerOf = ({ owner }: WorkspaceRoot): number => Number(owner?.replace("pid:", ""));

/**
 * Builds `git.merge`. Comparing only reads; each file that is put into the workspace is a call of its own. A worktree that
 * was merged whole goes at once when its agent has ended; its commits stay on its branch.
 */
export function mergeOperation(backend: WorktreeBackend, ops: KernelOps): Operation {
  /** One that cannot be settled now stays; the next opening tries again. */
  const settle = async (at: WorkspaceRoot & WorktreeFolder, grant: Grant): Promise<void> => {
    if (ops.living(ownerOf(at)) !== undefined) return;
    const gone = await backend.settle(at, new AbortController().signal);
    if (gone === true) ops.closeWorktree(grant, at.name, "merged");
  };
  return define<z.infer<typeof mergeInput>, z.infer<typeof mergeOutput>>({
    name: "git.merge",
    tool: "merge_worktree",
    summary: "Bring the files of a child's worktree into the workspace, each decided like an edit of yours.",
    deferred: true,
    effect: "write",
    idempotent: false,
    alone: true,
    input: mergeInput,
    output: mergeOutput,
    needs(args, view) {
      const at = worktreeOf(args.worktree, view);
      return isFault(at) ? at : [{ right: "read", resource: gitResource(at.worktree.of, "worktree") }];
    },
    prepare({ worktree }, view) {
      const at = worktreeOf(worktree, view);
      if (isFault(at)) return Promise.resolve(at);
      const { of, branch, base } = at.worktree;
      const preview = {
        verb: "merge",
        target: quotedName(at.name),
        to: quotedName(of),
        risk: "medium" as const,
      };
      return Promise.resolve({ prestate: { branch, base }, preview });
    },
    // Nothing has happened before the note; after it the files are calls of their own.
    probe: () => Promise.resolve({ state: "not-started" }),
    async invoke({ worktree, paths }, on) {
      const at = worktreeOf(worktree, on.view);
      if (on.noted === undefined) {
        if (isFault(at)) return at;
        const found = await backend.compare(at, on.grant, on.signal);
        if (isFault(found)) return found;
        const chosen = found.filter((change) => paths?.includes(change.name) !== false);
        const changes = chosen.map(({ name: _, ...change }) => change);
        const note = { changes, left: found.length - chosen.length };
        const failed = changes.length === 0 ? undefined : await on.note(note);
        if (failed !== undefined) return failed;
        return merge(note);
      }
      const noted = mergeNote.safeParse(on.noted.value);
      return noted.success && !isRedacted(noted.data) ? merge(noted.data) : LOST;

      async function merge({ changes, left }: z.infer<typeof mergeNote>) {
        const told = (await applyChanges(changes, on)).map((change, i) =>
          changes[i]?.problem === "conflict" ? { ...change, why: CONFLICT } : change,
        );
        const complete = left === 0 && told.every(({ outcome }) => outcome === "applied");
        if (complete && !isFault(at)) await settle(at, on.grant);
        return { changes: told, complete };
      }
    },
  });
}

const discardInput = z.strictObject({
  worktree: name,
  keep_branch: z.boolean().optional().describe("Keep its commits on their branch."),
});
const discardOutput = z.strictObject({ discarded: z.string(), branch: z.string().optional() });
const stateSchema = z.strictObject({
  gone: z.boolean(),
  tip: z.string().exactOptional(),
  ...{ commits: z.int(), changed: z.int(), ignored: z.int() },
});

/** Builds `git.discard`. What would be lost is asked for each time, with the counts. */
export function discardOperation(backend: WorktreeBackend, ops: KernelOps): Operation {
  const free = (args: { readonly worktree: string }, view: View): WorktreeFolder | Fault => {
    const at = worktreeOf(args.worktree, view);
    if (isFault(at)) return at;
    const owner = ownerOf(at);
    return ops.living(owner) === undefined
      ? at
      : fault("EBUSY", `Process ${owner} still works in ${quotedName(at.name)}.`, "Stop it first.");
  };
  return define<z.infer<typeof discardInput>, z.infer<typeof discardOutput>>({
    name: "git.discard",
    tool: "discard_worktree",
    summary: "Remove the worktree of a child that has ended, with its branch and all that is in it.",
    deferred: true,
    effect: "write",
    idempotent: false,
    alone: true,
    input: discardInput,
    output: discardOutput,
    needs(args, view) {
      const at = worktreeOf(args.worktree, view);
      return isFault(at) ? at : [{ right: "write", resource: gitResource(at.worktree.of, "worktree") }];
    },
    async prepare(args, view, _state, _look, signal) {
      const at = free(args, view);
      if (isFault(at)) return at;
      const state = await backend.look(at, signal);
      if (isFault(state)) return state;
      const lost = lostWords(args.keep_branch === true ? { ...state, commits: 0 } : state);
      const need = { right: "write", resource: gitResource(at.worktree.of, "worktree") };
      return {
        prestate: state,
        preview: {
          ...{ verb: "discard", target: quotedName(at.name) },
          risk: lost === "" ? ("low" as const) : ("high" as const),
          ...(lost === "" ? {} : { notes: [gitNote("discarded", lost)] }),
        },
        asks:
          lost === ""
            ? []
            : [{ id: "lost", need, ...gitReason("wouldBeLost", lost), once: true, secret: false }],
      };
    },
    // The row of a worktree goes with its folder, so while it is there something of it may be.
    probe: ({ worktree }) =>
      Promise.resolve(
        ops.state.roots.some((root) => root.name === worktree)
          ? { state: "not-started" }
          : { state: "done", value: { discarded: fsResource(worktree, []) } },
      ),
    async invoke(args, on) {
      const at = free(args, on.view);
      if (isFault(at)) return at;
      const planned: WorktreeState = stateSchema.parse(on.prestate);
      const keeps = args.keep_branch === true;
      const failed = await backend.discard(at, planned, keeps, on.grant, on.signal);
      if (failed !== undefined) return failed;
      const open = ops.closeWorktree(on.grant, at.name, "discarded");
      if (open !== undefined) return open;
      const branch = keeps && planned.tip !== undefined ? { branch: at.worktree.branch } : {};
      return { discarded: fsResource(at.name, []), ...branch };
    },
  });
}
