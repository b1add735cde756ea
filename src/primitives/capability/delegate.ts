// Delegation: a process passes authority on to a process it may send messages to, never more than it holds.
import { processNote } from "../process/kind.ts";
import * as z from "zod";
import { grantsSchema, canonicalGrants, parseGrants, printCap } from "../../abi/capability.ts";
import { isFault } from "../../abi/errors.ts";
import { quotedName } from "../../abi/quoted.ts";
import { processResource } from "../../abi/resource.ts";
import { define, type Operation, type Prepared } from "../../kernel/operation.ts";
import type { KernelOps } from "../../kernel/ops.ts";

const delegateInput = z.strictObject({ pid: z.int().positive(), grants: grantsSchema.min(1) });
const delegateOutput = z.strictObject({ pid: z.int(), grants: z.array(z.string()) });
const transferInput = z.strictObject({ pid: z.int().positive(), id: z.string() });
const transferOutput = z.strictObject({ pid: z.int(), grant: z.string() });

/** Builds the two operations. Giving a capability is a message, so it needs `message` on the receiver. */
export function delegateOperations(ops: KernelOps): readonly Operation[] {
  const { kinds } = ops.state;
  const shown = (target: string, grants: readonly string[]): Promise<Prepared> => {
    const notes = [processNote("gets", grants.map(quotedName).join(", "))];
    const preview = { verb: "delegate", target, risk: "medium" as const, notes };
    return Promise.resolve({ prestate: null, preview });
  };
  const delegateOp = define({
    name: "capability.delegate",
    tool: "delegate_capability",
    summary:
      "Pass a part of your authority on to another agent; you keep yours, and can revoke nothing but by dropping it.",
    deferred: true,
    effect: "kernel",
    idempotent: true,
    whole: true,
    input: delegateInput,
    output: delegateOutput,
    needs: (args) => [{ resource: processResource(args.pid), right: "message" }],
    content: (args) => canonicalGrants(args.grants, kinds),
    delegates: (args) => parseGrants(args.grants, kinds),
    prepare: (args) => shown(processResource(args.pid), args.grants),
    async invoke(args, on) {
      const grants = parseGrants(args.grants, kinds);
      if (isFault(grants)) return grants;
      return on.once(() => {
        const refused = ops.delegate(on.grant, args.pid, grants);
        return refused ?? { pid: args.pid, grants: grants.map((g) => printCap(g)) };
      });
    },
  });
  const transferOp = define({
    name: "capability.transfer",
    tool: "transfer_capability",
    summary: "Give one of your own allows away to another agent; you no longer hold it.",
    deferred: true,
    effect: "kernel",
    idempotent: true,
    whole: true,
    input: transferInput,
    output: transferOutput,
    needs: (args) => [{ resource: processResource(args.pid), right: "message" }],
    prepare: ({ pid, id }) => {
      const held = ops.state.capabilities.get(id);
      return shown(processResource(pid), [held === undefined ? id : printCap(held.cap)]);
    },
    async invoke({ pid, id }, on) {
      return on.once(() => {
        const given = ops.transfer(on.grant, id, pid);
        return isFault(given) ? given : { pid, grant: printCap(given) };
      });
    },
  });
  return [delegateOp, transferOp];
}
