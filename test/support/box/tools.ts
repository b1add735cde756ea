// The tools and folders that a box brings: an operation that comes and goes, and a yard that becomes a workspace folder.
import * as z from "zod";
import { isFault } from "../../../src/abi/errors.ts";
import { define, type Operation } from "../../../src/kernel/operation.ts";
import { readSchema } from "../../../src/kernel/operations/schema.ts";
import type { KernelOps } from "../../../src/kernel/ops.ts";
import type { Boxes } from "./backend.ts";
import { at, boxNeed, boxResource } from "./things.ts";

/** The space of the operations that boxes bring. */
const SPACE = "box";

/** The arguments of an operation that a box brings, as JSON Schema. */
const WORD = readSchema(
  {
    type: "object",
    properties: { word: { type: "string", minLength: 1 } },
    required: ["word"],
    additionalProperties: false,
  },
  "object",
);

/** Builds `box.teach`. The new tool grants nothing: each call of it needs the box. */
export function teachOperation(ops: KernelOps, boxes: Boxes): Operation {
  return define({
    name: "box.teach",
    tool: "teach_box",
    summary: "Make a tool that counts the things in a box which hold a word.",
    effect: "kernel",
    idempotent: true,
    deferred: true,
    whole: true,
    input: z.strictObject({ at, tool: z.string() }),
    output: z.strictObject({ name: z.string(), hash: z.string() }),
    needs: (args) => [boxNeed("open", args.at)],
    invoke(args, on) {
      if (isFault(WORD)) return Promise.resolve(WORD);
      const made = ops.registerOperation(on.grant, {
        ...{ space: SPACE, tool: args.tool, code: args.at, input: WORD },
        ...{ effect: "read", idempotent: true },
        summary: `Count the things in ${args.at} that hold a word.`,
        needs: () => [boxNeed("open", args.at)],
        invoke(given, inside) {
          const { word } = z.object({ word: z.string() }).parse(given);
          const things = boxes.things(inside.grant, boxResource(args.at), "open");
          return Promise.resolve(
            isFault(things) ? things : things.filter((thing) => thing.includes(word)).length,
          );
        },
      });
      return Promise.resolve(isFault(made) ? made : made.value);
    },
  });
}

/** Builds `box.forget`. */
export function forgetOperation(ops: KernelOps): Operation {
  return define({
    name: "box.forget",
    tool: "forget_box",
    summary: "Remove a tool that you made from a box.",
    effect: "kernel",
    idempotent: true,
    deferred: true,
    whole: true,
    input: z.strictObject({ tool: z.string() }),
    output: z.strictObject({ forgotten: z.literal(true) }),
    needs: () => [],
    invoke({ tool }, on) {
      const name = `${SPACE}/p${on.grant.pid}/${tool}`;
      const done = on.once(() => {
        const removed = ops.removeOperation(on.grant, name, "it was forgotten");
        return isFault(removed) ? removed : { forgotten: true as const };
      });
      return Promise.resolve(done);
    },
  });
}

/** Builds `box.visit`. The folder opens nothing by itself: each file in it is judged like any other. */
export function visitOperation(ops: KernelOps, boxes: Boxes): Operation {
  return define({
    name: "box.visit",
    tool: "visit_box",
    summary: "Make the yard behind a box a workspace folder.",
    effect: "kernel",
    idempotent: true,
    deferred: true,
    whole: true,
    input: z.strictObject({ at, name: z.string() }),
    output: z.strictObject({ folder: z.string() }),
    needs: (args) => [boxNeed("open", args.at)],
    invoke({ at: box, name }, on) {
      const path = boxes.yard(on.grant, boxResource(box));
      const failed = isFault(path) ? path : ops.addRoot(on.grant, { name, path });
      return Promise.resolve(failed ?? { folder: name });
    },
  });
}

/** Builds `box.leave`, which removes a folder that its process added. */
export function leaveOperation(ops: KernelOps): Operation {
  return define({
    name: "box.leave",
    tool: "leave_box",
    summary: "Remove a workspace folder that you made from the yard of a box.",
    effect: "kernel",
    idempotent: true,
    deferred: true,
    whole: true,
    input: z.strictObject({ name: z.string() }),
    output: z.strictObject({ left: z.literal(true) }),
    needs: () => [],
    invoke: ({ name }, on) =>
      Promise.resolve(
        on.once(() => ops.removeRoot(on.grant, name, "it was left") ?? { left: true as const }),
      ),
  });
}
