// Primitive `model`: one call to a language model, checked, budgeted and recorded like any other effect.
import * as z from "zod";
import { fault, isFault, type Fault } from "../abi/errors.ts";
import type { Kind } from "../abi/kind.ts";
import {
  boundAnswer,
  leavingSchema,
  modelAnswerSchema,
  type ModelAnswer,
  type ModelContext,
  type ModelLimits,
  type ModelRequest,
} from "../abi/model.ts";
import { recordedAnswer } from "../kernel/door/secrets.ts";
import { define, type Primitive } from "../kernel/operation.ts";
import type { KernelOps } from "../kernel/ops.ts";
import { SUMMARY } from "../kernel/state/conversation.ts";
import type { Grant } from "../kernel/witness.ts";
import { objectNeed } from "./object/name.ts";
import { keepSummary, storeResultSchema } from "./object/put.ts";

/** The longest summary that is kept, in characters and as a part of its model's window. */
const SUMMARY_MAX = { characters: 8_000, part: 1 / 4 };

/** The backend of models: providers, reached by `vendor/family`. */
export interface ModelBackend extends ModelLimits {
  /**
   * One answer. Transport retries (429, 5xx, broken streams) happen inside, bounded, with back-off, and are
   * charged once. Faults: EUNAVAILABLE (no such model, no key, refused key; the hint says what to set), EIO
   * (the provider failed after all retries), E2BIG (over the context window), EINTR (aborted). Must check the
   * grant.
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

/** Kind `model`: language models, named `vendor/family`. Every process gets the one that it runs on. */
export const modelKind: Kind = {
  name: "model",
  rights: { call: (t) => t("call") },
  noun: (t, name) => (name === "" ? t("any model") : t("the model {0}", name)),
  birth: { given: ({ model }) => ({ rights: ["call"], resource: modelResource(model) }) },
};

const callInput = z.strictObject({
  model: z.string().regex(/^[^/\s]+\/\S+$/u),
  pid: z.int(),
  turn: z.int().nonnegative(),
  /**
   * Set when the answer is a summary. The summary is kept as an object and replaces the leaving part of the
   * conversation.
   */
  leaving: leavingSchema.optional(),
});
const callOutput = z.union([modelAnswerSchema, storeResultSchema]);

/**
 * Builds the primitive over its backend. The conversation comes from the record, so the arguments stay small.
 */
export function modelPrimitive(ops: KernelOps, backend: ModelBackend, context: ModelContext): Primitive {
  const call = define({
    name: "model.call",
    summary: "Ask the process’s model for its next answer.",
    effect: "external",
    idempotent: true,
    whole: true,
    waits: true,
    emitsValue: true,
    input: callInput,
    output: callOutput,
    cost: (args) => ({ modelCalls: 1, ...context.reserve(args.pid, args.leaving) }),
    needs({ pid, model, leaving }, view) {
      if (pid !== view.pid)
        return fault("EINVAL", "A process thinks for itself only.", "Leave pid to the process’s own loop.");
      const thinks = { resource: modelResource(model), right: "call" as const };
      if (leaving === undefined) return [thinks];
      const keeps = objectNeed({ name: SUMMARY }, pid, "write");
      return isFault(keeps) ? keeps : [thinks, keeps];
    },
    recorded: (value, view) => ("calls" in value ? recordedAnswer(ops, value, view) : value),
    async invoke(args, on) {
      const { leaving } = args;
      const request = context.request(on.grant.pid, leaving);
      const answer = await on.waiting(
        "model",
        backend.complete({ ...request, model: args.model }, on.grant, on.signal, (d) => {
          if (leaving === undefined) on.emit(d);
        }),
      );
      if (isFault(answer)) {
        // No model answered, so nothing is paid. The call still counts, so that retries have an end.
        if (answer.code === "EUNAVAILABLE" || answer.code === "E2BIG") on.settle({ modelCalls: 1 });
        return answer;
      }
      const { input, output, estimated } = answer.usage;
      const microdollars = backend.cost(args.model, answer.usage);
      on.settle({
        ...{ modelCalls: 1, tokens: input + output },
        ...(microdollars === undefined ? {} : { microdollars }),
        ...(estimated === true ? { estimated } : {}),
      });
      if (leaving === undefined) return boundAnswer(context.received(on.grant.pid, answer));
      const { characters, part } = SUMMARY_MAX;
      const most = Math.min(characters, Math.floor(backend.window(args.model) * part));
      return keepSummary(ops, answer.text.slice(0, most), leaving, on);
    },
  });
  return { kind: "model", operations: [call] };
}
