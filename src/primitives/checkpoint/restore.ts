// Going back: `checkpoint.restore`, its undo, and its end after a crash. Each file that changes is a call of its own.
import { checkpointNote } from "./kind.ts";
import * as z from "zod";
import { fault, isFault, type Fault } from "../../abi/errors.ts";
import { restoredSchema, type RestoreStep } from "../../abi/record/files.ts";
import { checkpointResource, OWN_CHECKPOINTS, type Need } from "../../abi/resource.ts";
import { isChange, planFor, planUndo } from "../../kernel/checkpoints/plan.ts";
import type { RestoreRow } from "../../kernel/checkpoints/rows.ts";
import { define, type Invocation, type Operation, type Prepared, type View } from "../../kernel/operation.ts";
import type { KernelOps } from "../../kernel/ops.ts";
import type { FilesNow } from "../../kernel/ports.ts";
import { placeOfResource } from "../fs/change.ts";
import { locateInside, pathOf, resourceOf } from "../fs/path.ts";
import { pathArgument } from "../fs/read.ts";

/** The most files that one restore changes. */
const FILES_MOST = 9000;
/** So many files change at once, and a person is asked about them together. */
const AT_ONCE = 500;

const restoreInput = z.strictObject({
  checkpoint: z.string().min(1),
  paths: z
    .array(pathArgument)
    .min(1)
    .max(FILES_MOST)
    .optional()
    .describe("Only these files and folders; a file named here goes back although somebody else changed it."),
});
type RestoreArguments = z.infer<typeof restoreInput>;

type RestoreValue = z.infer<typeof restoredSchema>;

const prestate = z.strictObject({ target: z.string(), plan: z.string() });

/** A restore before its first effect. */
interface Plan {
  /** The checkpoint, or the restore that is undone. */
  readonly target: string;
  readonly undoes?: string;
  readonly steps: readonly RestoreStep[];
}

/** Why a file stays, in words. */
function whyOf({ why, by = [] }: RestoreStep): string | undefined {
  switch (why) {
    case "changed":
      return "somebody changed it since";
    case "between":
      return "somebody else changed it in between";
    case "others":
      return `agent ${by.join(", ")} changed it, too`;
    case "kind":
      return "it is not a plain file";
    case "large":
      return "it is too large to be kept, so this could not be undone";
    case undefined:
      return undefined;
  }
}

/** Builds `checkpoint.restore`. */
export function rewindOperation(ops: KernelOps, now: FilesNow): Operation {
  return define<RestoreArguments, RestoreValue>({
    name: "checkpoint.restore",
    tool: "restore_checkpoint",
    summary: "Bring files back to a checkpoint. Files that somebody else changed stay; it can be undone.",
    deferred: true,
    effect: "write",
    idempotent: false,
    alone: true,
    names: ["checkpoint", "paths"],
    input: restoreInput,
    output: restoredSchema,
    needs: ({ checkpoint }, view) => needsOfOwner(ops.state.checkpoints.get(checkpoint)?.pid, view),
    async prepare(args, view) {
      const plan = await planOf(ops, now, args, view);
      return isFault(plan) ? plan : prepared(ops, plan, view, "rewind");
    },
    probe: () => Promise.resolve({ state: "not-started" }),
    async invoke(args, on) {
      const plan = openRestore(ops, on) ?? (await planOf(ops, now, args, on.view));
      return isFault(plan) ? plan : carryOut(ops, plan, on);
    },
  });
}

/** Builds `checkpoint.undo`: it takes the last restore back, as far as nobody changed its files since. */
export function unwindOperation(ops: KernelOps, now: FilesNow): Operation {
  const lastRestore = (): RestoreRow | undefined => ops.state.restores.findLast((row) => row.done);
  const planOfUndo = async (): Promise<Plan | Fault> => {
    const last = lastRestore();
    if (last === undefined)
      return fault("ENOENT", "There is no restore to undo.", "List the checkpoints to go back to one.");
    return { target: last.id, undoes: last.id, steps: await planUndo(last, now) };
  };
  return define<Record<string, never>, RestoreValue>({
    name: "checkpoint.undo",
    summary: "Undo the last restore.",
    effect: "write",
    idempotent: false,
    alone: true,
    input: z.strictObject({}),
    output: restoredSchema,
    needs: (_args, view) => needsOfOwner(lastRestore()?.pid, view),
    async prepare(_args, view) {
      const plan = await planOfUndo();
      return isFault(plan) ? plan : prepared(ops, plan, view, "unwind");
    },
    probe: () => Promise.resolve({ state: "not-started" }),
    async invoke(_args, on) {
      const plan = openRestore(ops, on) ?? (await planOfUndo());
      return isFault(plan) ? plan : carryOut(ops, plan, on);
    },
  });
}

const finishInput = z.strictObject({ restore: z.string() });

/** Builds `checkpoint.finish`: it goes on with a restore that a crash cut off, by the plan in the record. */
export function finishOperation(ops: KernelOps, now: FilesNow): Operation {
  const rowOf = (id: string): RestoreRow | undefined =>
    ops.state.restores.find((row) => row.id === id && !row.done);
  return define<z.infer<typeof finishInput>, RestoreValue>({
    name: "checkpoint.finish",
    summary: "Go on with a restore that was cut off.",
    effect: "write",
    idempotent: false,
    alone: true,
    names: ["restore"],
    input: finishInput,
    output: restoredSchema,
    needs: ({ restore }, view) => needsOfOwner(rowOf(restore)?.pid, view),
    prepare({ restore }) {
      const row = rowOf(restore);
      if (row === undefined) return Promise.resolve(noRestore(restore));
      return Promise.resolve({
        prestate: { target: restore, plan: ops.digest(row.files) },
        preview: { verb: "rewind", target: row.checkpoint, risk: "medium" as const },
      });
    },
    probe: () => Promise.resolve({ state: "not-started" }),
    async invoke({ restore }, on) {
      const row = rowOf(restore);
      return row === undefined ? noRestore(restore) : applyRow(ops, row, on, now);
    },
  });
}

function noRestore(id: string): Fault {
  return fault("ENOENT", `No restore ${id} was cut off.`, "List the checkpoints to go back to one.");
}

function needsOfOwner(owner: number | undefined, view: View): readonly Need[] {
  const own = owner === undefined || owner === view.pid;
  return [{ right: "restore", resource: own ? OWN_CHECKPOINTS : checkpointResource(owner) }];
}

/** The plan of a restore whose call a crash cut off; undefined for a call that begins. */
function openRestore(ops: KernelOps, { call }: Pick<Invocation<unknown>, "call">): RestoreRow | undefined {
  return ops.state.restores.find((row) => row.call === call && !row.done);
}

async function planOf(
  ops: KernelOps,
  now: FilesNow,
  { checkpoint: id, paths = [] }: RestoreArguments,
  view: View,
): Promise<Plan | Fault> {
  const only: string[] = [];
  for (const path of paths) {
    const place = locateInside(path, view);
    if (isFault(place)) return place;
    only.push(resourceOf(place));
  }
  const steps = await planFor(ops.state, id, only, now);
  if (steps === undefined)
    return fault("ENOENT", `There is no checkpoint ${id}.`, "List them with list_checkpoints.");
  return { target: id, steps };
}

/** The prestate and the preview. A call that goes on after a crash is bound to the plan that it began with. */
function prepared(ops: KernelOps, plan: Plan, view: View, verb: string): Prepared | Fault {
  const begun = ops.state.restores.find(
    (row) => row.pid === view.pid && !row.done && (row.undoes ?? row.checkpoint) === plan.target,
  );
  const steps = begun?.files ?? plan.steps;
  const changing = steps.filter(isChange);
  if (changing.length > FILES_MOST)
    return fault(
      "E2BIG",
      `${changing.length} files would change, over ${FILES_MOST}.`,
      "Name some of the folders.",
    );
  const count = (outcome: RestoreStep["outcome"]): number =>
    steps.filter((step) => step.outcome === outcome).length;
  return {
    prestate: { target: plan.target, plan: ops.digest(steps) },
    preview: {
      ...{ verb, target: plan.target, risk: "medium" },
      notes: [
        checkpointNote("restore", count("restored"), count("removed"), count("conflict"), count("gone")),
      ],
    },
  };
}

/** Records the plan, unless it is recorded, and carries it out. */
async function carryOut(
  ops: KernelOps,
  plan: Plan | RestoreRow,
  on: Invocation<unknown>,
): Promise<RestoreValue | Fault> {
  if ("id" in plan) return applyRow(ops, plan, on);
  const { target, undoes, steps } = plan;
  if (ops.digest(steps) !== prestate.parse(on.prestate).plan)
    return fault("ESTALE", "The files changed since they were looked at.", "Look again, then repeat.");
  if (!steps.some(isChange)) return valueOf(steps, new Map());
  const id = `r${ops.state.nextRestore}`;
  const files = [...steps];
  const row = { id, checkpoint: target, call: on.call, files, ...(undoes === undefined ? {} : { undoes }) };
  const written = ops.write(on.grant, "checkpoint.restore", row);
  return isFault(written) ? written : applyRow(ops, { ...row, pid: on.view.pid, done: false }, on);
}

/**
 * Carries out a recorded plan: files that come back first, then those that go. With `now` the plan was begun before a
 * crash, and the files that are as planned already are left alone.
 */
async function applyRow(
  ops: KernelOps,
  { id, files }: RestoreRow,
  on: Invocation<unknown>,
  now?: FilesNow,
): Promise<RestoreValue | Fault> {
  const came = new Map<RestoreStep, Fault>();
  const changing = (outcome: RestoreStep["outcome"]): RestoreStep[] =>
    files.filter((step) => step.outcome === outcome);
  for (const steps of [...batches(changing("restored")), ...batches(changing("removed"))]) {
    await Promise.all(
      steps.map(async (step) => {
        const isDone = now !== undefined && (await now.at(step.resource)).mark === step.to;
        const failed = isDone ? undefined : await applyStep(step, on);
        if (failed !== undefined) came.set(step, failed);
      }),
    );
    if (on.signal.aborted) return fault("EINTR", "The restore was interrupted.", "Restore again to go on.");
  }
  const written = ops.write(on.grant, "checkpoint.restored", { id });
  return isFault(written) ? written : valueOf(files, came);
}

/** The value for these steps; `failed` holds those that could not be carried out. */
function valueOf(steps: readonly RestoreStep[], failed: ReadonlyMap<RestoreStep, Fault>): RestoreValue {
  return {
    files: steps.map((step) => {
      const no = failed.get(step);
      const why = no?.message ?? whyOf(step);
      const outcome = no === undefined ? step.outcome : no.code === "ENOENT" ? "gone" : "conflict";
      return { path: pathOfStep(step), outcome, ...(why === undefined ? {} : { why }) };
    }),
  };
}

function batches<T>(all: readonly T[]): T[][] {
  const count = Math.ceil(all.length / AT_ONCE);
  return Array.from({ length: count }, (_, i) => all.slice(i * AT_ONCE, (i + 1) * AT_ONCE));
}

async function applyStep(step: RestoreStep, on: Invocation<unknown>): Promise<Fault | undefined> {
  const { from, to, executable } = step;
  const args = { path: pathOfStep(step), from, to, ...(executable === undefined ? {} : { executable }) };
  const result = await on.sub("fs.restore", args);
  return isFault(result) ? result : undefined;
}

function pathOfStep({ resource }: RestoreStep): string {
  return pathOf(placeOfResource(resource));
}
