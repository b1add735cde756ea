// The registry of primitives with a vote in the place of `ask_human`, while a test of the desk has it switched on.
import { primitives as known, type Backends } from "../../src/primitives/index.ts";
import type { Primitive } from "../../src/kernel/operation.ts";
import type { KernelOps } from "../../src/kernel/ops.ts";
import { voteKind, voteOperation } from "./box/vote.ts";

export * from "../../src/primitives/index.ts";

/** The vote of boxes alone, or as the operation that it stands in for. */
export function votePrimitive(ops: KernelOps, name?: string, tool?: string): Primitive {
  return { kind: "vote", operations: [voteOperation(ops, name, tool)], questions: [voteKind] };
}

/** All primitives; the vote stands in for the one that asks people. */
export function primitives(on: Backends): readonly Primitive[] {
  const switched = Reflect.get(globalThis, "voting") as { readonly on: boolean } | undefined;
  if (switched?.on !== true) return known(on);
  const others = known(on).filter(({ kind }) => kind !== "human");
  return [...others, votePrimitive(on.ops, "human.ask", "ask_human")];
}
