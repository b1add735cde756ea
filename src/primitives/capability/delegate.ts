// Delegation: a process passes authority on to a process it may send messages to, never more than it holds.
import * as z from "zod";
import { grantsSchema, canonicalGrants, parseGrants, printCap, type Listed } from "../../abi/capability.ts";
import { fault, isFault, type Fault } from "../../abi/errors.ts";
import { quotedName } from "../../abi/quoted.ts";
import { living, nowOf, type Core } from "../../kernel/core.ts";
import { define, type Operation, type Prepared } from "../../kernel/operation.ts";
import { delegateGrants, transferCapability, shareFault } from "../../kernel/processes/delegate.ts";
import { payers } from "../../kernel/state/account.ts";
import { INIT } from "../../kernel/state/rows.ts";

const delegateInput = z.strictObject({ pid: z.int().positive(), grants: grantsSchema.min(1) });
const delegateOutput = z.strictObject({ pid: z.int(), grants: z.array(z.string()) });
const transferInput = z.strictObject({ pid: z.int().positive(), id: z.string() });
const transferOutput = z.strictObject({ pid: z.int(), grant: z.string() });

/** Builds the two operations. Giving a capability is a message, so it needs `message` on the receiver. */
export function delegateOperations(core: Core): readonly Operation[] {
  const { kinds } = core.state;
  const nobody = (pid: number, me: number): Fault | undefined =>
    pid === INIT || pid === me || living(core, pid) === undefined
      ? fault("ENOENT", `There is no other living process ${pid}.`, "See the pids that spawn_agent returned.")
      : undefined;
  // Asks and denies restrict the receiver. The right to send messages is no right to restrict.
  const binding = (grants: readonly Listed[], pid: number, me: number): Fault | undefined => {
    const limit = grants.find((g) => g.effect !== "allow");
    const answersFor = [...payers(core.state, pid)].some((payer) => payer.pid === me);
    return limit === undefined || answersFor
      ? undefined
      : fault("EACCES", `${printCap(limit)} would bind process ${pid}.`, "Only its ancestors may do that.");
  };
  const shown = (target: string, detail: string): Promise<Prepared> => {
    const preview = { verb: "delegate", target, risk: "medium" as const, detail };
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
    needs: (args) => [{ resource: `process:/${args.pid}`, right: "message" }],
    content: (args) => canonicalGrants(args.grants, kinds),
    delegates: (args) => parseGrants(args.grants, kinds),
    prepare: (args) => shown(`process:/${args.pid}`, `It gets: ${args.grants.map(quotedName).join(", ")}`),
    async invoke(args, on) {
      const grants = parseGrants(args.grants, kinds);
      if (isFault(grants)) return grants;
      const me = on.grant.pid;
      return (
        nobody(args.pid, me) ??
        binding(grants, args.pid, me) ??
        on.once(() => {
          const refused = delegateGrants(core, on.grant.authority, args.pid, grants);
          return refused ?? { pid: args.pid, grants: grants.map((g) => printCap(g)) };
        })
      );
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
    needs: (args) => [{ resource: `process:/${args.pid}`, right: "message" }],
    prepare: ({ pid, id }) => {
      const held = core.state.capabilities.get(id);
      return shown(`process:/${pid}`, `It gets: ${quotedName(held === undefined ? id : printCap(held.cap))}`);
    },
    async invoke({ pid, id }, on) {
      const me = on.grant.pid;
      const { capabilities } = core.state;
      const held = capabilities.get(id);
      const mine =
        held?.cap.holder === me && held.cap.effect === "allow" && capabilities.live(held, nowOf(core));
      if (held === undefined || !mine)
        return fault("ENOENT", `You hold no living allow ${id}.`, "See list_capabilities.");
      if (held.cap.boundTo !== undefined)
        return fault("EINVAL", `${id} is for exactly one call of yours.`, "It cannot be given away.");
      return (
        nobody(pid, me) ??
        shareFault(core, on.grant.authority, held.cap) ??
        on.once(() => {
          const refused = transferCapability(core, held, pid);
          return refused ?? { pid, grant: printCap(held.cap) };
        })
      );
    },
  });
  return [delegateOp, transferOp];
}
