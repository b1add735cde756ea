// Primitive `model`: one call to a language model, checked, budgeted and recorded like any other effect.
import * as z from "zod";
import { fault, isFault, type Fault } from "../abi/errors.ts";
import {
  modelAnswerSchema,
  type ModelAnswer,
  type ModelContext,
  type ModelLimits,
  type ModelRequest,
} from "../abi/model.ts";
import { define, type Primitive } from "../kernel/operation.ts";
import type { Grant } from "../kernel/witness.ts";

/** What the world offers: providers, reached by `vendor/family`. */
export interface ModelBackend extends ModelLimits {
  /**
   * One answer. Retries of the transport (429, 5xx, broken streams) live inside, bounded, with back-off, and are
   * charged once. Faults: EUNAVAILABLE (no such model, no key, refused key; the hint says what to set), EIO (the
   * provider failed after all retries), E2BIG (over the context window), EINTR (aborted). Must check the grant.
   */
  complete(
    request: ModelRequest,
    grant: Grant,
    signal: AbortSignal,
    onText: (delta: string) => void,
  ): Promise<ModelAnswer | Fault>;
}

/** The resource of a model named `vendor/family`. */
export function modelResource(model: string): string {
  return `model:/${model}`;
}

/** Builds the primitive over its backend. The conversation is the journal's, so the arguments stay small. */
export function modelPrimitive(backend: ModelBackend, context: ModelContext): Primitive {
  const call = define({
    name: "model.call",
    summary: "Ask the process’s model for its next answer.",
    effect: "external",
    idempotent: true,
    waits: true,
    input: z.strictObject({
      model: z.string().regex(/^[^/\s]+\/\S+$/u),
      pid: z.int(),
      turn: z.int().nonnegative(),
    }),
    output: modelAnswerSchema,
    cost: (args) => ({ modelCalls: 1, ...context.reserve(args.pid) }),
    needs: (args, view) =>
      args.pid === view.pid
        ? [{ resource: modelResource(args.model), right: "call" }]
        : fault("EINVAL", "A process thinks for itself only.", "Leave pid to the process’s own loop."),
    async invoke(args, on) {
      const request = context.request(on.grant.pid);
      const answer = await on.waiting(
        "model",
        backend.complete({ ...request, model: args.model }, on.grant, on.signal, (d) => {
          context.text(on.grant.pid, d);
        }),
      );
      if (isFault(answer)) {
        // Nobody thought about it: nobody is paid, but the call counts, so that trying again has an end.
        if (answer.code === "EUNAVAILABLE") on.settle({ modelCalls: 1 });
        return answer;
      }
      const { input, output, estimated } = answer.usage;
      const microdollars = backend.cost(args.model, answer.usage);
      on.settle({
        ...{ modelCalls: 1, tokens: input + output },
        ...(microdollars === undefined ? {} : { microdollars }),
        ...(estimated === true ? { estimated } : {}),
      });
      return answer;
    },
  });
  return { kind: "model", operations: [call] };
}
