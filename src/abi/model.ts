// Models as data: the chat transcript, requests and answers in the shape that every provider knows.
import * as z from "zod";
import type { Fault } from "./errors.ts";

/** One call the model asks for. `malformed` is set when its arguments were not JSON; then `args` is the raw text. */
export const modelCallSchema = z.strictObject({
  id: z.string(),
  tool: z.string(),
  args: z.unknown(),
  malformed: z.string().optional(),
});
export type ModelCall = z.infer<typeof modelCallSchema>;

/**
 * One part of a model’s reasoning. `at` is how much of the answer’s text stood before it. Its provider may want it back
 * unchanged: `signature` proves that it is, `sealed` is a thought that only the provider can read.
 */
export const thoughtSchema = z.strictObject({
  at: z.int(),
  text: z.string(),
  signature: z.string().optional(),
  sealed: z.string().optional(),
});
export type Thought = z.infer<typeof thoughtSchema>;

/**
 * One answer. Token counts come from the provider; `estimated` says that they had to be guessed from lengths, `cached`
 * how much of the input the provider had kept from before, `stored` how much of it the provider kept now.
 */
export const modelAnswerSchema = z.strictObject({
  text: z.string(),
  reasoning: z.array(thoughtSchema).optional(),
  calls: z.array(modelCallSchema),
  usage: z.strictObject({
    input: z.int(),
    output: z.int(),
    cached: z.int().optional(),
    stored: z.int().optional(),
    estimated: z.boolean().optional(),
  }),
  stop: z.enum(["end", "calls", "length", "filter"]),
});
export type ModelAnswer = z.infer<typeof modelAnswerSchema>;

/** The chat transcript in the shape every provider knows. A tool message answers one call id with JSON text. */
export type ModelMessage =
  | { readonly role: "user"; readonly text: string }
  | {
      readonly role: "assistant";
      readonly text: string;
      readonly calls: readonly ModelCall[];
      readonly reasoning?: readonly Thought[];
    }
  | { readonly role: "tool"; readonly callId: string; readonly tool: string; readonly content: string };

/** A tool as a model sees it; `schema` is JSON Schema. */
export interface ToolSchema {
  readonly name: string;
  readonly description: string;
  readonly schema: Record<string, unknown>;
}

/** A part of a conversation that is to leave it: all before entry `to`, and why. */
export const leavingSchema = z.strictObject({ to: z.int().positive(), why: z.string() });
export type Leaving = z.infer<typeof leavingSchema>;

/** All that a provider needs for one answer. `turn`, `script` and what follows them serve the scripted model only. */
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
  /** Set when this asks for a summary: which one of its process, from 0, and the tools whose calls it stands for. */
  readonly summary?: { readonly nth: number; readonly called: readonly string[] };
}

/** Tokens of one call. `cached` is the part of the input that its provider had kept from before, `stored` what it kept now. */
export interface Spent {
  readonly input: number;
  readonly output: number;
  readonly cached?: number | undefined;
  readonly stored?: number | undefined;
}

/** What is known of a model beforehand, in tokens. */
export interface ModelLimits {
  /** The context window, as far as known. */
  window(model: string): number;
  /** The most one answer may have; with the estimated input it is what a call reserves. */
  answerMax(model: string): number;
  /** What so many tokens cost, in millionths of a dollar; undefined where no price is known. */
  cost(model: string, spent: Spent): number | undefined;
}

/** Models that another part of the editor offers. They say nothing of what they used. */
export interface EditorModels {
  /** One answer of `vscode/<id or family>`; never throws. */
  complete(
    request: ModelRequest,
    signal: AbortSignal,
    onText: (delta: string) => void,
  ): Promise<Omit<ModelAnswer, "usage"> | Fault>;
  /** The window of a model that was asked before, in tokens. */
  window(model: string): number | undefined;
}

/** What the agent side contributes: the conversation of a process as a request, and where streamed text goes. */
export interface ModelContext {
  /** The next call of this process; with `leaving` the one that asks for a summary of what leaves its conversation. */
  request(pid: number, leaving?: Leaving): ModelRequest;
  /** What to reserve for that call: its estimated input plus the largest answer. */
  reserve(pid: number, leaving?: Leaving): { readonly tokens: number; readonly microdollars?: number };
  text(pid: number, delta: string): void;
}
