// Models as data: the chat transcript, requests and answers in the shape that every provider knows.
import * as z from "zod";

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

/** What is known of a model beforehand, in tokens. */
export interface ModelLimits {
  /** The context window, as far as known. */
  window(model: string): number;
  /** The most one answer may have; with the estimated input it is what a call reserves. */
  answerMax(model: string): number;
}

/** What the agent side contributes: the conversation of a process as a request, and where streamed text goes. */
export interface ModelContext {
  request(pid: number): ModelRequest;
  /** Tokens to reserve for the next call of this process: its estimated input plus the largest answer. */
  reserve(pid: number): number;
  text(pid: number, delta: string): void;
}
