// A box whose calls make calls, and what the record says of them.
import assert from "node:assert/strict";
import { parseGrants, type Listed } from "../../../../src/abi/capability.ts";
import { isFault, type Result } from "../../../../src/abi/errors.ts";
import type { Invocation } from "../../../../src/kernel/operation.ts";
import type { Caller } from "../../../../src/kernel/witness.ts";
import { TestKernel, type Setup } from "../../../support/kernel.ts";
import { Nest, NESTS, NEST_FILE as FILE, nestPrimitive, type Part } from "../../../support/nest.ts";
import { kinds } from "../../../harness/kinds.ts";

export const READ = { op: "box.read", args: { at: FILE } };

export const WRITE = { op: "box.write", args: { at: FILE, content: "new" } };

/** A kernel with a nest and one process that holds these grants; the test makes its calls. */
export async function open(grants: readonly string[], more: Setup = {}) {
  const nest = new Nest();
  const k = await TestKernel.open({ more: () => [nestPrimitive(nest)], hands: true, ...more });
  k.world.files.set(FILE, "old");
  const pid = k.launch(grants, { image: NESTS });
  const run = (calls: readonly Part[] = [], op = "nest.run"): Promise<Result<unknown>> =>
    k.call(pid, op, { calls });
  return { k, nest, pid, run };
}

export const came = (result: Result<unknown>): unknown =>
  result.ok ? (result.value as { came: unknown }).came : result.code;

const list = (...caps: string[]): readonly Listed[] => {
  const listed = parseGrants(caps, kinds);
  assert.ok(!isFault(listed));
  return listed;
};

export function caller(on: Invocation<unknown>, ...caps: string[]): Caller {
  const made = on.narrow(list(...caps));
  assert.ok(!isFault(made), JSON.stringify(made));
  return made;
}
