// The lids of boxes: holding one open beyond the call, closing it again, and doing a list of steps inside a box alone.
import * as z from "zod";
import type { Listed } from "../../../src/abi/capability.ts";
import { isFault } from "../../../src/abi/errors.ts";
import { define, type Operation } from "../../../src/kernel/operation.ts";
import type { KernelOps } from "../../../src/kernel/ops.ts";
import type { Boxes } from "./backend.ts";
import { at, boxNeed, boxResource } from "./things.ts";

/** The kind of handle of a lid that is held open. */
export const LID = "lid";

/** Builds `box.hold`. A crash ends the lid, so a call that a crash cut off is made again. */
export function holdOperation(boxes: Boxes): Operation {
  return define({
    name: "box.hold",
    tool: "hold_box",
    summary: "Hold the lid of a box open until you close it or end.",
    effect: "external",
    idempotent: false,
    input: z.strictObject({ at }),
    output: z.strictObject({ lid: z.string() }),
    needs: (args) => [boxNeed("open", args.at)],
    probe: () => Promise.resolve({ state: "not-started" }),
    async invoke(args, on) {
      const lid = await on.opened(LID, args.at);
      if (isFault(lid)) return lid;
      on.emit(`The lid of ${args.at} creaks.\n`);
      const failed = await boxes.hold(on.grant, boxResource(args.at), lid);
      if (failed !== undefined) return failed;
      on.emit("It is open.\n");
      return { lid };
    },
  });
}

/** Builds `box.close`, which closes the lids of a box that the process itself holds. */
export function closeOperation(ops: KernelOps, boxes: Boxes): Operation {
  return define({
    name: "box.close",
    tool: "close_box",
    summary: "Close the lids of a box that you hold open.",
    effect: "kernel",
    idempotent: true,
    input: z.strictObject({ at }),
    output: z.strictObject({ closed: z.int() }),
    needs: (args) => [boxNeed("open", args.at)],
    invoke(args, on) {
      const own = [...(ops.state.handles.get(on.grant.pid)?.values() ?? [])];
      const lids = own.filter((row) => row.kind === LID && row.label === args.at);
      for (const row of lids) {
        boxes.shut(row.id);
        ops.closeHandle(on.grant, row.id, "it was closed");
      }
      return Promise.resolve({ closed: lids.length });
    },
  });
}

const step = z.strictObject({ op: z.string(), args: z.unknown().optional() });

/** Builds `box.run`. Its steps are calls of a caller that holds this box and nothing else. */
export function runOperation(): Operation {
  return define({
    name: "box.run",
    tool: "run_box",
    summary: "Do a list of steps inside a box, where nothing else can be reached.",
    effect: "kernel",
    idempotent: true,
    input: z.strictObject({ at, steps: z.array(step).max(100) }),
    output: z.strictObject({ came: z.array(z.string()) }),
    needs: (args) => [boxNeed("open", args.at)],
    async invoke(args, on) {
      const inside: Listed[] = [
        { effect: "allow", rights: ["open", "pack"], resource: boxResource(args.at) },
      ];
      const as = on.narrow(inside);
      if (isFault(as)) return as;
      const came: string[] = [];
      for (const { op, args: given } of args.steps) {
        const result = await on.sub(op, given ?? {}, as);
        came.push(result.ok ? "ok" : result.code);
        on.emit(`${op}: ${came.at(-1)}\n`);
      }
      return { came };
    },
  });
}
