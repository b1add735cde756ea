// Primitive `model`: one call to a language model, checked, budgeted and recorded like any other effect.
import { z } from "zod";
import { isFault, type Fault } from "../abi/errors.ts";
import { define, type Primitive } from "../kernel/operation.ts";
import type { Grant } from "../kernel/witness.ts";

/** One call the model asks for. `malformed` is set when its arguments were not JSON; then `args` is the raw text. */
export const modelCallSchema = z.strictObject({
  id: z.string(),
  tool: z.string(),
  args: z.unknown(),
  malformed: z.string().optional(),
});
export type ModelCall = z.infer<typeof modelCallSchema>;

/** One answer. Token counts come from the provider; `estimated` says that they had to be guessed from lengths. */
export const modelAnswerSchema = z.strictObject({
  text: z.string(),
  calls: z.array(modelCallSchema),
  usage: z.strictObject({ input: z.int(), output: z.int(), estimated: z.boolean().optional() }),
  stop: z.enum(["end", "calls", "length", "filter"]),
});
export type ModelAnswer = z.infer<typeof modelAnswerSchema>;

/** The chat transcript in the shape every provider knows. A tool message answers one call id with JSON text. */
export type ModelMessage =
  | { readonly role: "user"; readonly text: string }
  | { readonly role: "assistant"; readonly text: string; readonly calls: readonly ModelCall[] }
  | { readonly role: "tool"; readonly callId: string; readonly tool: string; readonly content: string };

/** A tool as a model sees it; `schema` is JSON Schema. */
export interface ToolSchema {
  readonly name: string;
  readonly description: string;
  readonly schema: Record<string, unknown>;
}

/** All that a provider needs for one answer. `turn`, `script` and `values` serve the scripted model only. */
export interface ModelRequest {
  readonly pid: number;
  readonly model: string;
  readonly system: string;
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly ToolSchema[];
  readonly turn: number;
  readonly script?: unknown;
  /** The ok values of earlier calls, by turn and then by call; undefined where a call failed. */
  readonly values: readonly (readonly unknown[])[];
}

/** What the world offers: providers, reached by `vendor/family`. */
export interface ModelBackend {
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
  /** The context window in tokens, as far as known. */
  window(model: string): number;
  /** The most tokens one answer may have; with the estimated input it is what a call reserves. */
  answerMax(model: string): number;
}

/** What the agent side contributes: the conversation of a process as a request, and where streamed text goes. */
export interface ModelContext {
  request(pid: number): ModelRequest;
  /** Tokens to reserve for the next call of this process: its estimated input plus the largest answer. */
  reserve(pid: number): number;
  text(pid: number, delta: string): void;
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
    cost: (args) => ({ modelCalls: 1, tokens: context.reserve(args.pid) }),
    needs: (args) => [{ resource: modelResource(args.model), right: "call" }],
    async invoke(args, on) {
      const request = context.request(on.grant.pid);
      const answer = await on.waiting(
        "model",
        backend.complete({ ...request, model: args.model }, on.grant, on.signal, (d) => {
          context.text(on.grant.pid, d);
        }),
      );
      if (isFault(answer)) return answer;
      on.settle({ modelCalls: 1, tokens: answer.usage.input + answer.usage.output });
      return answer;
    },
  });
  return { kind: "model", operations: [call] };
}
