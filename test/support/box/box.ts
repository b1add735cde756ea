// Primitive `box`: one that stands on every mechanism that primitives share, to prove that a folder and a line add it.
import type { Primitive } from "../../../src/kernel/operation.ts";
import type { KernelOps } from "../../../src/kernel/ops.ts";
import { Boxes } from "./backend.ts";
import { boxKind } from "./kind.ts";
import { closeOperation, holdOperation, LID, runOperation } from "./lids.ts";
import { emptyOperation, openOperation, packOperation, unpackOperation } from "./things.ts";
import { forgetOperation, leaveOperation, teachOperation, visitOperation } from "./tools.ts";
import { voteKind, voteOperation } from "./vote.ts";

/** Builds the primitive over the boxes of a machine. */
export function boxPrimitive(ops: KernelOps, boxes: Boxes): Primitive {
  const end = (id: string): Promise<void> => {
    boxes.shut(id);
    return Promise.resolve();
  };
  return {
    kind: "box",
    operations: [
      openOperation(boxes),
      packOperation(ops, boxes),
      emptyOperation(ops, boxes),
      unpackOperation(ops, boxes),
      holdOperation(boxes),
      closeOperation(ops, boxes),
      runOperation(),
      teachOperation(ops, boxes),
      forgetOperation(ops),
      visitOperation(ops, boxes),
      leaveOperation(ops),
      voteOperation(ops),
    ],
    questions: [voteKind],
    handles: [{ kind: LID, end }],
  };
}

/** The kind and the primitive over a folder of the disk, as the registry lists them. */
export const box = {
  kind: boxKind,
  build: (ops: KernelOps, folder: string): Primitive => boxPrimitive(ops, new Boxes(folder)),
};
