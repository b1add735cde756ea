// Primitive `human`: asking a person and telling them something.
import * as z from "zod";
import { fault, isFault } from "../abi/errors.ts";
import type { Kind } from "../abi/kind.ts";
import { LONGEST_WAIT } from "../abi/record.ts";
import { define, type Primitive } from "../kernel/operation.ts";
import type { KernelOps } from "../kernel/ops.ts";

/**
 * The longest question or message for a person, in characters; a longer one would hide the important part.
 */
const SHOWN_MAX = 8000;

/** Kind `human`: the people who answer. Every process may ask them. */
export const humanKind: Kind = {
  name: "human",
  rights: { ask: (t) => t("ask") },
  noun: (t) => t("people"),
  actions: { grant: (t) => t("Grant a capability") },
  tools: [
    { names: ["ask_human"], images: ["coding", "reviewer", "tour"] },
    { names: ["tell_human"], images: ["coding", "tour"] },
  ],
  birth: { own: () => ({ rights: ["ask"], resource: "human:/ask" }) },
};

const askInput = z.strictObject({
  question: z.string().min(1).max(SHOWN_MAX),
  seconds: z.number().positive().max(LONGEST_WAIT).optional().describe("How long to wait at most."),
});
const askOutput = z.strictObject({ answer: z.string() });
const tellInput = z.strictObject({ message: z.string().min(1).max(SHOWN_MAX) });
const tellOutput = z.strictObject({ told: z.literal(true) });

/** Builds the primitive over the kernel's queue of questions. */
export function humanPrimitive(ops: KernelOps): Primitive {
  const askOp = define({
    name: "human.ask",
    tool: "ask_human",
    summary: "Ask the person a question and wait for the answer.",
    effect: "kernel",
    idempotent: true,
    waits: true,
    byPerson: true,
    input: askInput,
    output: askOutput,
    told: ({ answer }) => `The person answers:\n${answer}`,
    needs: () => [{ resource: "human:/ask", right: "ask" }],
    async invoke(args, on) {
      const digest = ops.digest(["human.ask", args]);
      const asking = {
        kind: "question",
        op: "human.ask",
        args,
        digest,
        asks: [],
        needs: [],
        text: args.question,
        ...(args.seconds === undefined ? {} : { seconds: args.seconds }),
      };
      const asked = await ops.ask(on.grant, asking);
      if (isFault(asked)) return asked;
      if (asked?.outcome === "answered") return { answer: asked.answer?.text ?? "" };
      if (asked?.outcome === "denied") {
        const note = asked.answer?.note;
        return fault(
          "ECANCELED",
          `Nobody answers this${note === undefined ? "." : `: ${note}`}`,
          "Decide by yourself or finish.",
        );
      }
      if (asked?.outcome === "expired")
        return fault("ETIMEDOUT", "Nobody answered in time.", "Decide by yourself or finish.");
      return fault("EINTR", "Interrupted while waiting for an answer.", "");
    },
  });
  const tellOp = define({
    name: "human.tell",
    tool: "tell_human",
    summary: "Tell the person something without waiting.",
    effect: "kernel",
    idempotent: true,
    waits: true,
    input: tellInput,
    output: tellOutput,
    needs: () => [{ resource: "human:/ask", right: "ask" }],
    // The record of the call is the message: views show it from there.
    invoke: () => Promise.resolve({ told: true as const }),
  });
  return { kind: "human", operations: [askOp, tellOp] };
}
