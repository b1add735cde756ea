// Branching: `checkpoint.branch`, by which a person lets agents go on from a checkpoint, beside those of now or instead.
import * as z from "zod";
import { printCap } from "../../abi/capability.ts";
import { fault, isFault, type Fault } from "../../abi/errors.ts";
import { branchedSchema } from "../../abi/record/files.ts";
import { checkpointResource, CHILDREN, OWN_CHECKPOINTS, type Need } from "../../abi/resource.ts";
import type { BranchWish, BranchPlan } from "../../kernel/checkpoints/branch.ts";
import type { Past } from "../../kernel/checkpoints/past.ts";
import { define, type Operation } from "../../kernel/operation.ts";
import type { KernelOps } from "../../kernel/ops.ts";
import { INIT, type State } from "../../kernel/state/rows.ts";
import { checkpointNote } from "./kind.ts";

/** The longest text that a person says to a branch at its start, in characters. */
const TEXT_MOST = 64_000;

const input = z.strictObject({
  checkpoint: z.string().min(1),
  /** The agent whose tree goes on; the checkpoint's own if left out. */
  agent: z.int().optional(),
  replace: z.boolean().default(false),
  text: z.string().trim().min(1).max(TEXT_MOST).optional(),
});
type Arguments = z.infer<typeof input>;

const prestate = z.strictObject({ plan: z.string() });

/** Builds `checkpoint.branch`. It is no tool: that agents go on anew is a person's decision. */
export function growOperation(ops: KernelOps, past: Past): Operation {
  return define<Arguments, z.infer<typeof branchedSchema>, Readonly<State>>({
    name: "checkpoint.branch",
    summary: "Let agents go on from a checkpoint.",
    effect: "kernel",
    idempotent: false,
    alone: true,
    whole: true,
    names: ["checkpoint", "agent", "replace"],
    input,
    output: branchedSchema,
    needs({ checkpoint, replace }, view) {
      const need = needOfBranch(ops, checkpoint, view.pid);
      if (view.pid === INIT) return [need];
      if (replace) return fault("EACCES", "Only a person can replace an agent.", "Branch beside it.");
      return [need, { right: "spawn", resource: CHILDREN }];
    },
    async resolve({ checkpoint }) {
      const at = ops.state.checkpoints.get(checkpoint);
      if (at === undefined) return noCheckpoint(checkpoint);
      const state = await past.at(at.seq);
      return isFault(state) ? state : { needs: [], state };
    },
    prepare(args, { pid }, was) {
      const plan = planOf(ops, args, was, pid);
      if (isFault(plan)) return Promise.resolve(plan);
      const count = (part: "passed" | "left"): number =>
        plan.members.reduce((sum, { authority }) => sum + authority[part].length, 0);
      const notes = [
        checkpointNote("branch", plan.members.length, count("passed"), count("left")),
        ...(args.replace ? [checkpointNote("replaces")] : []),
      ];
      const preview = { verb: "grow", target: args.checkpoint, risk: "medium" as const, notes };
      return Promise.resolve({ prestate: { plan: digestOf(ops, plan) }, preview });
    },
    invoke(args, on) {
      const plan = planOf(ops, args, on.state, on.view.pid);
      if (isFault(plan)) return Promise.resolve(plan);
      if (digestOf(ops, plan) !== prestate.parse(on.prestate).plan)
        return Promise.resolve(fault("ESTALE", "What is held has changed.", "Look again, then repeat."));
      const seq = ops.state.checkpoints.get(args.checkpoint)?.seq ?? 0;
      const need = needOfBranch(ops, args.checkpoint, on.view.pid);
      const made = on.once(() => {
        const pids = ops.branch(on.grant, plan, seq, need);
        return isFault(pids) ? pids : { processes: plan.members.map(toldMember) };
      });
      return Promise.resolve(made);
    },
  });
}

function toldMember({ was, to, authority: { passed, limits, left } }: BranchPlan["members"][number]) {
  const held = [...passed, ...limits].map(printCap);
  return { from: was.pid, to, held, left: left.map(printCap) };
}

/** What a plan is about, whatever numbers the new processes will have. */
function digestOf(ops: KernelOps, { members }: BranchPlan): string {
  return ops.digest(
    members.map(({ was, entries, turns, authority: { passed, left, limits } }) => ({
      ...{ pid: was.pid, entries, turns, limits },
      ...{
        passed: passed.map(({ from, uses }) => ({ id: from.cap.id, uses })),
        left: left.map(({ id }) => id),
      },
    })),
  );
}

/** The need of a call that goes on from a checkpoint. */
export function needOfBranch(ops: KernelOps, checkpoint: string, pid: number): Need {
  const owner = ops.state.checkpoints.get(checkpoint)?.pid ?? pid;
  return { right: "branch", resource: owner === pid ? OWN_CHECKPOINTS : checkpointResource(owner) };
}

function noCheckpoint(id: string): Fault {
  return fault("ENOENT", `There is no checkpoint ${id}.`, "List them: agentlibos checkpoints.");
}

/** The plan of an order. One that names no agent means the checkpoint's own, or the only root that lived then. */
function planOf(
  ops: KernelOps,
  { checkpoint, agent, replace, text }: Arguments,
  past: Readonly<State> | undefined,
  by: number,
): BranchPlan | Fault {
  const at = ops.state.checkpoints.get(checkpoint);
  if (at === undefined || past === undefined) return noCheckpoint(checkpoint);
  const pid = agent ?? (at.pid === INIT ? onlyRoot(past) : at.pid);
  if (isFault(pid)) return pid;
  const order: BranchWish = { by, checkpoint, pid, replaces: replace, text };
  return ops.planBranches(past, order);
}

function onlyRoot(past: Readonly<State>): number | Fault {
  const roots = [...past.processes.values()].filter(
    ({ pid, parent, life }) => pid !== INIT && parent === INIT && life.ended === undefined,
  );
  const [root, other] = roots;
  if (root !== undefined && other === undefined) return root.pid;
  const all = roots.map(({ pid }) => pid).join(", ");
  return root === undefined
    ? fault("ENOENT", "No agent lived at that checkpoint.", "Choose a later one.")
    : fault("EINVAL", `Several agents lived at that checkpoint: ${all}.`, "Name one of them.");
}
