// Primitive `capability`: a process lists its own authority, asks a person for more, or gives some up.
import * as z from "zod";
import { parseCap, printCap } from "../../abi/capability.ts";
import { fault, isFault } from "../../abi/errors.ts";
import type { ToolSet } from "../../abi/kind.ts";
import { quotedLine, quotedName } from "../../abi/quoted.ts";
import type { Need } from "../../abi/resource.ts";
import type { Held } from "../../kernel/authority/capabilities.ts";
import { define, type Primitive } from "../../kernel/operation.ts";
import type { KernelOps } from "../../kernel/ops.ts";
import { bindersOf } from "../../kernel/state/account.ts";
import { delegateOperations } from "./delegate.ts";

const listInput = z.strictObject({});
const listedSchema = z.array(z.strictObject({ id: z.string(), grant: z.string() }));
const listOutput = z.strictObject({
  capabilities: listedSchema,
  /** Asks and denies of those above it, which bind it too. */
  above: listedSchema.optional(),
});
/** The longest grant and reason of a request, in characters: a path with all its escapes, and what a person reads. */
const GRANT_MAX = 16_384;
const REASON_MAX = 8000;

const requestInput = z.strictObject({
  grant: z.string().max(GRANT_MAX),
  reason: z.string().max(REASON_MAX).default(""),
});
const requestOutput = z.strictObject({ granted: z.string() });
const dropInput = z.strictObject({ id: z.string() });
const dropOutput = z.strictObject({ dropped: z.string() });

/** Its tools. Its operations are over capabilities of every kind, so no kind has them. */
export const capabilityTools: readonly ToolSet[] = [
  { names: ["request_capability", "list_capabilities"], images: ["coding", "reviewer", "tour"] },
  {
    names: ["drop_capability", "delegate_capability", "transfer_capability"],
    images: ["coding", "tour"],
  },
];

/** Builds the primitive over the kernel's table. */
export function capabilityPrimitive(ops: KernelOps): Primitive {
  const listOp = define({
    name: "capability.list",
    tool: "list_capabilities",
    summary: "List what you may do.",
    effect: "kernel",
    idempotent: true,
    whole: true,
    input: listInput,
    output: listOutput,
    told: ({ capabilities, above = [] }) => {
      const lines = (list: typeof above): string[] => list.map(({ id, grant }) => `${id}  ${grant}`);
      const limits =
        above.length === 0 ? [] : ["These of processes above you bind you, too:", ...lines(above)];
      return [`${capabilities.length} capabilities: id, grant`, ...lines(capabilities), ...limits].join("\n");
    },
    needs: () => [],
    invoke: (_, on) => {
      const { pid } = on.grant;
      const table = ops.state.capabilities;
      const at = ops.now();
      const shown = (held: readonly Held[]) =>
        held
          .filter((h) => table.live(h, at))
          .map(({ cap, left }) => ({
            id: cap.id,
            grant: printCap({ ...cap, ...(left === undefined ? {} : { uses: left }) }),
          }));
      const others = bindersOf(ops.state, pid).filter((each) => each !== pid);
      const above = shown(
        others.flatMap((each) => table.heldBy(each).filter((h) => h.cap.effect !== "allow")),
      );
      const capabilities = shown(table.heldBy(pid));
      return Promise.resolve(above.length === 0 ? { capabilities } : { capabilities, above });
    },
  });
  const requestOp = define({
    name: "capability.request",
    tool: "request_capability",
    summary: 'Ask the person for a capability you lack, such as "allow:write:fs:/app/src/**".',
    effect: "kernel",
    idempotent: true,
    whole: true,
    waits: true,
    byPerson: true,
    input: requestInput,
    output: requestOutput,
    needs: () => [{ resource: "human:/ask", right: "ask" }],
    async invoke(args, on) {
      const listed = parseCap(args.grant, ops.state.kinds);
      if (isFault(listed)) return listed;
      if (listed.effect !== "allow")
        return fault("EINVAL", "Only an allow can be requested.", "For example allow:read:fs:/app/docs/**.");
      const needs: Need[] = listed.rights.map((right) => ({ resource: listed.resource, right }));
      const { authority } = on.grant;
      const verdict = ops.decide({ needs, authority });
      if (verdict.kind === "allow") return { granted: args.grant };
      if (verdict.kind === "deny" && verdict.fault.code === "EACCES") return verdict.fault;
      const full = ops.roomFault(on.grant.pid, 1);
      if (full !== undefined) return full;
      const digest = ops.digest(["capability.request", args]);
      const wished = needs.map((n) => `${n.right} ${n.resource}`).sort();
      const wish = ops.digest(["capability.request", wished]);
      const grant = printCap(listed);
      const preview = {
        verb: "grant",
        target: grant,
        risk: "medium" as const,
        detail: args.reason,
      };
      const text = `It asks to hold ${quotedName(grant)}${args.reason === "" ? "" : ` because: ${quotedLine(args.reason)}`}`;
      const asking = {
        kind: "permission",
        op: "capability.request",
        args,
        digest,
        wish,
        asks: ops.asksOver(authority.holder, listed),
        needs,
        text,
        grant,
        preview,
      };
      const asked = await ops.ask(on.grant, asking);
      if (isFault(asked)) return asked;
      if (asked?.outcome === "allowed") return { granted: asked.answer?.grant ?? grant };
      const note = asked?.answer?.note;
      if (asked?.outcome === "denied")
        return fault(
          "ECANCELED",
          `It was not granted${note === undefined ? "." : `: ${note}`}`,
          "Go on without it.",
        );
      if (asked?.outcome === "expired")
        return fault("ETIMEDOUT", "Nobody answered in time.", "Go on without it.");
      return fault("EINTR", "Interrupted while waiting for an answer.", "");
    },
  });
  const dropOp = define({
    name: "capability.drop",
    tool: "drop_capability",
    summary: "Give up one of your own allows; asks and denies stay.",
    deferred: true,
    effect: "kernel",
    idempotent: true,
    whole: true,
    input: dropInput,
    output: dropOutput,
    needs: () => [],
    invoke: ({ id }, on) => Promise.resolve(ops.drop(on.grant, id) ?? { dropped: id }),
  });
  return { kind: "capability", operations: [listOp, requestOp, dropOp, ...delegateOperations(ops)] };
}
