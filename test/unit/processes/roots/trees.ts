// A primitive that adds and removes folders, and the folders that the state knows.
import * as z from "zod";
import { type Fault } from "../../../../src/abi/errors.ts";
import type { RootFolder } from "../../../../src/abi/record.ts";
import type { KernelOps } from "../../../../src/kernel/ops.ts";
import { define, type Primitive } from "../../../../src/kernel/operation.ts";
import type { Grant } from "../../../../src/kernel/witness.ts";
import { TestKernel, type Setup } from "../../../support/kernel.ts";

export const TREE: RootFolder = { name: "tree", path: "/w/tree" };

export const kept: Grant[] = [];

/** Operations that add and remove folders for their process. */
export function trees(ops: KernelOps): Primitive[] {
  const value = (failed: Fault | undefined) => failed ?? { done: true as const };
  const output = z.strictObject({ done: z.literal(true) });
  const add = define({
    name: "tree.add",
    summary: "Add a folder.",
    effect: "kernel",
    idempotent: true,
    input: z.strictObject({ name: z.string(), path: z.string() }),
    output,
    needs: () => [],
    invoke(args, on) {
      kept.push(on.grant);
      return Promise.resolve(value(ops.addRoot(on.grant, args)));
    },
  });
  const remove = define({
    name: "tree.remove",
    summary: "Remove a folder.",
    effect: "kernel",
    idempotent: true,
    input: z.strictObject({ name: z.string() }),
    output,
    needs: () => [],
    invoke: ({ name }, on) => Promise.resolve(value(ops.removeRoot(on.grant, name, "done with it"))),
  });
  return [{ kind: "tree", operations: [add, remove] }];
}

export const open = (setup: Setup = {}): Promise<TestKernel> => TestKernel.open({ more: trees, ...setup });
