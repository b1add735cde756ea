// Primitive `box`: one that stands on every mechanism that primitives share, to prove that a folder and a line add it.
import type { Core } from "../../../src/kernel/core.ts";
import type { Primitive } from "../../../src/kernel/operation.ts";
import { Boxes } from "./backend.ts";
import { boxKind } from "./kind.ts";
import { closeOperation, holdOperation, LID, runOperation } from "./lids.ts";
import { emptyOperation, openOperation, packOperation, unpackOperation } from "./things.ts";
import { forgetOperation, leaveOperation, teachOperation, visitOperation } from "./tools.ts";
import { voteKind, voteOperation } from "./vote.ts";

/** Builds the primitive over the boxes of a machine. */
export function boxPrimitive(core: Core, boxes: Boxes): Primitive {
  const end = (id: string): Promise<void> => {
    boxes.shut(id);
    return Promise.resolve();
  };
  return {
    kind: "box",
    operations: [
      openOperation(boxes),
      packOperation(core, boxes),
      emptyOperation(core, boxes),
      unpackOperation(core, boxes),
      holdOperation(boxes),
      closeOperation(core, boxes),
      runOperation(),
      teachOperation(core, boxes),
      forgetOperation(core),
      visitOperation(core, boxes),
      leaveOperation(core),
      voteOperation(core),
    ],
    questions: [voteKind],
    handles: [{ kind: LID, end }],
  };
}

/** The kind and the primitive over a folder of the disk, as the registry lists them. */
export const box = {
  kind: boxKind,
  build: (core: Core, folder: string): Primitive => boxPrimitive(core, new Boxes(folder)),
};
