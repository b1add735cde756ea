// Primitive `checkpoint`: positions of the record to which files can go back.
import * as z from "zod";
import { fault, isFault } from "../../abi/errors.ts";
import { OWN_CHECKPOINTS } from "../../abi/resource.ts";
import type { FilesNow } from "../../kernel/ports.ts";
import { listCheckpoints } from "../../kernel/checkpoints/rows.ts";
import { define, type Operation, type Primitive } from "../../kernel/operation.ts";
import type { KernelOps } from "../../kernel/ops.ts";
import type { Past } from "../../kernel/checkpoints/past.ts";
import type { Images } from "../../abi/image.ts";
import { growOperation } from "./branch.ts";
import { keepOperation } from "./commit.ts";
import { finishOperation, rewindOperation, unwindOperation } from "./restore.ts";

/** How many checkpoints one process keeps by name. */
export const NAMED_MOST = 500;

const label = z.string().trim().min(1).max(200);
const createInput = z.strictObject({ label: label.optional() });
const createOutput = z.strictObject({ checkpoint: z.string() });
const listOutput = z.strictObject({
  checkpoints: z.array(
    z.strictObject({
      checkpoint: z.string(),
      label: z.string().optional(),
      time: z.string(),
      files: z.int(),
    }),
  ),
});

/** Builds `checkpoint.create`. It copies nothing: the copies are made when something is about to change. */
function createOperation(ops: KernelOps): Operation {
  return define<z.infer<typeof createInput>, z.infer<typeof createOutput>>({
    name: "checkpoint.create",
    tool: "create_checkpoint",
    summary: "Name the present state of the files, so that a person can bring it back.",
    deferred: true,
    effect: "kernel",
    idempotent: false,
    input: createInput,
    output: createOutput,
    needs: () => [{ right: "create", resource: OWN_CHECKPOINTS }],
    invoke(args, on) {
      const own = [...ops.state.checkpoints.values()].filter(
        ({ pid, before }) => pid === on.view.pid && before === undefined,
      );
      if (own.length >= NAMED_MOST) {
        const why = `This process has ${NAMED_MOST} checkpoints already.`;
        return Promise.resolve(fault("EDQUOT", why, "Go on without; each turn has one by itself."));
      }
      const id = `c${ops.state.nextCheckpoint}`;
      const made = on.once(() => {
        const written = ops.write(on.grant, "checkpoint.create", { id, ...args });
        return isFault(written) ? written : { checkpoint: id };
      });
      return Promise.resolve(made);
    },
  });
}

/** Builds `checkpoint.list`: the checkpoints of the calling process. */
function listOperation(ops: KernelOps): Operation {
  return define<Record<string, never>, z.infer<typeof listOutput>>({
    name: "checkpoint.list",
    tool: "list_checkpoints",
    summary: "List your checkpoints, the newest first, with the number of files that changed since.",
    deferred: true,
    whole: true,
    effect: "read",
    idempotent: true,
    input: z.strictObject({}),
    output: listOutput,
    needs: () => [],
    invoke(_args, on) {
      const own = listCheckpoints(ops.state).filter(({ checkpoint }) => checkpoint.pid === on.view.pid);
      const checkpoints = own.map(({ checkpoint: { id, label: named, time }, files }) => ({
        ...{ checkpoint: id, time, files },
        ...(named === undefined ? {} : { label: named }),
      }));
      return Promise.resolve({ checkpoints });
    },
  });
}

/** Builds the primitive. */
export function checkpointPrimitive(ops: KernelOps, now: FilesNow, past: Past, images: Images): Primitive {
  return {
    kind: "checkpoint",
    operations: [
      createOperation(ops),
      listOperation(ops),
      rewindOperation(ops, now),
      unwindOperation(ops, now),
      finishOperation(ops, now),
      growOperation(ops, past),
      keepOperation(ops, past, images),
    ],
  };
}
