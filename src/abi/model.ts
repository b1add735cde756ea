// Models as data: the chat transcript, requests and answers in the shape that every provider knows.
import * as z from "zod";
import type { Fault } from "./errors.ts";
import { JSON_MOST, measureJson, whyTooLarge } from "./size.ts";

/** Fields that only their provider understands, by name. They go back to it as they came. */
const opaqueSchema = z.record(z.string(), z.unknown());

/**
 * One call the model asks for. `malformed` is set when its arguments were not JSON; then `args` is the raw text. `extra`
 * holds other fields of the call.
 */
export const modelCallSchema = z.strictObject({
  id: z.string(),
  tool: z.string(),
  args: z.unknown(),
  malformed: z.string().optional(),
  extra: opaqueSchema.optional(),
});
export type ModelCall = z.infer<typeof modelCallSchema>;

/**
 * One part of a model’s reasoning. `at` is the length of the answer’s text before it. The provider may want
 * it back unchanged: `signature` proves that, and only the provider can read a `sealed` thought. `field` names the
 * field that it came in, and `extra` holds other fields of it.
 */
export const thoughtSchema = z.strictObject({
  at: z.int(),
  text: z.string(),
  signature: z.string().optional(),
  sealed: z.string().optional(),
  field: z.string().optional(),
  extra: opaqueSchema.optional(),
});
export type Thought = z.infer<typeof thoughtSchema>;

/**
 * One part of an answer. A text is the next `length` characters of the answer's text. A thought is the next of its
 * reasoning, and a call the next of its calls. A block is of a kind that only its provider knows.
 */
export const answerPartSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("text"), length: z.int().nonnegative() }),
  z.strictObject({ kind: z.literal("thought") }),
  z.strictObject({ kind: z.literal("call") }),
  z.strictObject({ kind: z.literal("block"), block: opaqueSchema }),
]);
export type AnswerPart = z.infer<typeof answerPartSchema>;

/**
 * One answer. Token counts come from the provider. `estimated` marks counts that were guessed from lengths.
 * `cached` counts input tokens that the provider took from its cache, `stored` those that it put there now.
 * `stop` is `other` for a reason that nobody here knows, and `stopReason` is the provider's own word for it.
 * `parts` is the order of the answer, if it is not the usual one: thoughts in their places in the text, then calls.
 * `extra` holds other fields of the answer, and `from` is the model that any opaque field may go back to.
 */
export const modelAnswerSchema = z.strictObject({
  text: z.string(),
  reasoning: z.array(thoughtSchema).optional(),
  calls: z.array(modelCallSchema),
  parts: z.array(answerPartSchema).optional(),
  extra: opaqueSchema.optional(),
  from: z.string().optional(),
  usage: z.strictObject({
    input: z.int(),
    output: z.int(),
    cached: z.int().optional(),
    stored: z.int().optional(),
    estimated: z.boolean().optional(),
  }),
  stop: z.enum(["end", "calls", "length", "filter", "other"]),
  stopReason: z.string().optional(),
});
export type ModelAnswer = z.infer<typeof modelAnswerSchema>;

/** How many calls of one answer run; about as many as the usual budget allows in all. */
export const CALLS_MOST = 512;
/** How many calls of one answer are kept; those that do not run are each told so. */
const CALLS_KEPT = CALLS_MOST + 128;
/** The longest text of one answer that is kept, in characters. */
const TEXT_KEPT = 1_000_000;
/** The most characters of all opaque fields of one answer; an encrypted thought has some ten thousand. */
const OPAQUE_KEPT = 1_000_000;
/** The longest name of a tool that is kept; no tool has such a name. */
const NAME_KEPT = 200;

/**
 * The answer as it is recorded, whatever its provider let through: a bounded text, and bounded calls. Arguments of calls
 * that are too large are left out; the text that stands for them is no valid argument of any tool.
 */
export function boundAnswer(answer: ModelAnswer): ModelAnswer {
  let room: number = JSON_MOST.characters;
  const calls = answer.calls.slice(0, CALLS_KEPT).map((call, index) => {
    if (index >= CALLS_MOST) return { id: call.id, tool: call.tool, args: {} };
    const large = whyTooLarge(call.args, room);
    if (large !== undefined)
      return { id: call.id, tool: call.tool, args: `[left out: the arguments ${large}]` };
    room -= measureJson(call.args, room).characters;
    return call;
  });
  const named = calls.map((call) =>
    call.tool.length <= NAME_KEPT ? call : { ...call, tool: call.tool.slice(0, NAME_KEPT) },
  );
  const bounded = withoutLargeFields({ ...answer, calls: named });
  const { text, reasoning: _, parts: __, ...rest } = bounded;
  if (text.length <= TEXT_KEPT) return bounded;
  // A thought stands at a place in the text, so it goes with it.
  return { ...rest, text: text.slice(0, TEXT_KEPT).toWellFormed() };
}

/** An answer whose opaque fields are over {@link OPAQUE_KEPT} keeps none: its provider would refuse a part of them. */
function withoutLargeFields(answer: ModelAnswer): ModelAnswer {
  const { parts, extra } = answer;
  const fields = [
    extra,
    ...answer.calls.map((call) => call.extra),
    ...(answer.reasoning ?? []).map((thought) => thought.extra),
    ...(parts ?? []).map((part) => (part.kind === "block" ? part.block : undefined)),
  ];
  if (fields.every((field) => field === undefined)) return answer;
  return whyTooLarge(fields, OPAQUE_KEPT) === undefined ? answer : withoutOpaque(answer);
}

/** The answer without the fields and blocks that only its provider understands. Their order stays. */
export function withoutOpaque(answer: ModelAnswer): ModelAnswer {
  const { extra: _, parts, reasoning, ...rest } = answer;
  const known = parts?.filter((part) => part.kind !== "block");
  return {
    ...rest,
    calls: answer.calls.map(({ extra: __, ...call }) => call),
    ...(reasoning === undefined ? {} : { reasoning: reasoning.map(({ extra: __, ...thought }) => thought) }),
    ...(known === undefined ? {} : { parts: known }),
  };
}

/** An earlier answer in a conversation; the fields are those of {@link modelAnswerSchema}. */
export interface AnswerMessage {
  readonly role: "assistant";
  readonly text: string;
  readonly calls: readonly ModelCall[];
  readonly reasoning?: readonly Thought[] | undefined;
  readonly parts?: readonly AnswerPart[] | undefined;
  readonly extra?: Readonly<Record<string, unknown>> | undefined;
  readonly from?: string | undefined;
}

/** An answer as later requests repeat it: all of it that its provider may want back. */
export function answerMessage(answer: ModelAnswer): AnswerMessage {
  const { text, calls, reasoning, parts, extra, from } = answer;
  return {
    ...{ role: "assistant" as const, text, calls },
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(parts === undefined ? {} : { parts }),
    ...(extra === undefined ? {} : { extra }),
    ...(from === undefined ? {} : { from }),
  };
}

/** One part of an answer with what it holds. */
export type AnswerPiece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "thought"; readonly thought: Thought }
  | { readonly kind: "call"; readonly call: ModelCall }
  | { readonly kind: "block"; readonly block: Readonly<Record<string, unknown>> };

/**
 * The pieces of an answer in their order. Nothing is lost when the order does not fit: the record may have changed the
 * length of a text, and the whole text then stands where the first of it stood.
 */
export function piecesInOrder({ text, reasoning = [], calls, parts }: AnswerMessage): AnswerPiece[] {
  const order = parts ?? usualOrder(text, reasoning);
  const told = order.reduce((sum, part) => sum + (part.kind === "text" ? part.length : 0), 0);
  const pieces: AnswerPiece[] = [];
  const next = { text: 0, thought: 0, call: 0 };
  for (const part of order) {
    if (part.kind === "block") pieces.push(part);
    if (part.kind === "text") {
      const end = told === text.length ? next.text + part.length : text.length;
      pieces.push({ kind: "text", text: text.slice(next.text, end) });
      next.text = end;
    }
    const thought = part.kind === "thought" ? reasoning[next.thought++] : undefined;
    if (thought !== undefined) pieces.push({ kind: "thought", thought });
    const call = part.kind === "call" ? calls[next.call++] : undefined;
    if (call !== undefined) pieces.push({ kind: "call", call });
  }
  if (next.text < text.length) pieces.push({ kind: "text", text: text.slice(next.text) });
  for (const call of calls.slice(next.call)) pieces.push({ kind: "call", call });
  return pieces;
}

/** Thoughts in their places in the text; the calls come behind them. */
function usualOrder(text: string, reasoning: readonly Thought[]): AnswerPart[] {
  const order: AnswerPart[] = [];
  let from = 0;
  for (const { at } of reasoning) {
    const to = Math.min(Math.max(at, from), text.length);
    if (to > from) order.push({ kind: "text", length: to - from });
    order.push({ kind: "thought" });
    from = to;
  }
  if (from < text.length) order.push({ kind: "text", length: text.length - from });
  return order;
}

/** The chat transcript in the shape every provider knows. A tool message answers one call id with text. */
export type ModelMessage =
  | { readonly role: "user"; readonly text: string }
  | AnswerMessage
  | { readonly role: "tool"; readonly callId: string; readonly tool: string; readonly content: string };

/** A tool as a model sees it; `schema` is JSON Schema. */
export interface ToolSchema {
  readonly name: string;
  readonly description: string;
  readonly schema: Record<string, unknown>;
}

/** The part of a conversation that is to leave it: everything before entry `to`, and why. */
export const leavingSchema = z.strictObject({ to: z.int().positive(), why: z.string() });
export type Leaving = z.infer<typeof leavingSchema>;

/**
 * The data that a provider needs for one answer. `turn`, `script` and the fields after them serve the
 * scripted model only.
 */
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
  /**
   * Set when this asks for a summary. `nth` counts the summaries of the process from 0; `called` names the
   * tools whose calls the summary stands for.
   */
  readonly summary?: { readonly nth: number; readonly called: readonly string[] };
}

/** Tokens of one call. `cached` and `stored` are parts of the input, as in {@link modelAnswerSchema}. */
export interface Spent {
  readonly input: number;
  readonly output: number;
  readonly cached?: number | undefined;
  readonly stored?: number | undefined;
}

/** Known limits of models, in tokens. */
export interface ModelLimits {
  /** The context window, as far as known. */
  window(model: string): number;
  /** The largest answer. A call reserves this and its estimated input. */
  answerMax(model: string): number;
  /** The cost of these tokens in millionths of a dollar; undefined when no price is known. */
  cost(model: string, spent: Spent): number | undefined;
}

/** Models that another part of the editor offers. They do not report usage. */
export interface EditorModels {
  /** One answer of `vscode/<id or family>`; never throws. */
  complete(
    request: ModelRequest,
    signal: AbortSignal,
    onText: (delta: string) => void,
  ): Promise<Omit<ModelAnswer, "usage"> | Fault>;
  /** The window in tokens of a model that was called before. */
  window(model: string): number | undefined;
}

/** The agent's part of a model call: the conversation of a process as a request, and what its answer means. */
export interface ModelContext {
  /** The next request of this process. With `leaving` it asks for a summary of the part that leaves. */
  request(pid: number, leaving?: Leaving): ModelRequest;
  /** The reservation for that call: its estimated input plus the largest answer. */
  reserve(pid: number, leaving?: Leaving): { readonly tokens: number; readonly microdollars?: number };
  /** Takes the answer to the newest request: learns from its counts, and reads calls that it wrote as text. */
  received(pid: number, answer: ModelAnswer): ModelAnswer;
}
