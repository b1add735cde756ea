// Gathers the pieces of one streamed answer, in any wire format. Every field is checked: the sender is not
// trusted.
import type { AnswerPart, ModelAnswer, ModelCall, Thought } from "../../../../abi/model.ts";
import { checkArguments, parseArguments } from "./arguments.ts";
import { mergeInto, sizeOf, type Opaque } from "./opaque.ts";
import { stopOf } from "./stop.ts";

/** Characters of text, names, arguments and opaque fields together. */
const ANSWER_CHARS = 4 << 20;
const MOST_CALLS = 128;
/** The characters of one thought that are kept; models think far longer than anybody reads. */
const THOUGHT_CHARS = 256 << 10;
/** The blocks of kinds that only the provider knows. */
const MOST_BLOCKS = 256;

/** A chunk that does not fit its format; the message says why. */
export class MalformedChunk extends Error {}
/** An answer over one of the limits above; the message says which. */
export class ExcessiveAnswer extends Error {}
/** An error that the provider reported in the middle of the stream. */
export class ReportedError extends Error {
  readonly body: unknown;
  constructor(body: unknown) {
    super("the provider reported an error in the stream");
    this.body = body;
  }
}

/** A tool call while it arrives. `given` holds arguments that came as JSON instead of text. */
export interface PartialCall {
  id: string;
  tool: string;
  args: string;
  given?: unknown;
  readonly extra: Record<string, unknown>;
}

/** A thought while it arrives. */
export type PartialThought = { -readonly [K in keyof Thought]: Thought[K] };

/** Adds a piece to a block: its texts continue those of the block, and anything else replaces what was there. */
export type GrowBlock = (piece: Opaque) => void;

/** A part while it arrives; a block grows with its provider's pieces. */
type PartialPart =
  | { readonly kind: "text"; length: number }
  | { readonly kind: "thought" | "call" }
  | { readonly kind: "block"; readonly block: Record<string, unknown> };

/** The own property of a value of unknown shape. */
export function fieldOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? Reflect.get(value, key)
    : undefined;
}

/** A string that may be absent or null. */
export function stringOf(value: unknown, key: string): string {
  const found = fieldOf(value, key) ?? "";
  if (typeof found !== "string") throw new MalformedChunk(`${key} is not text`);
  return found;
}

/** A count that may be absent or wrong. */
export function countOf(value: unknown, ...keys: readonly string[]): number | undefined {
  const found = keys.map((key) => fieldOf(value, key)).find((count) => count !== undefined && count !== null);
  return typeof found === "number" && Number.isSafeInteger(found) && found >= 0 ? found : undefined;
}

/** The JSON of one event; an error in it is thrown as {@link ReportedError}. */
export function parseEvent(data: string): unknown {
  let chunk: unknown;
  try {
    chunk = JSON.parse(data);
  } catch {
    throw new MalformedChunk("a chunk is not JSON");
  }
  if (Array.isArray(chunk)) chunk = chunk[0];
  const error = fieldOf(chunk, "error");
  if (error !== undefined && error !== null && error !== false) throw new ReportedError(chunk);
  return chunk;
}

/** One answer while it arrives; each wire format interprets its own events. */
export abstract class Gathering {
  /** True when the stream held any part of an answer. */
  any = false;
  /** The provider's reason for ending; an answer without one is incomplete, unless the stream said it is done. */
  finish: string | undefined;
  /** True when nothing more will come. */
  done = false;
  usage: ModelAnswer["usage"] | undefined;
  /** True for a format whose parts have an order that must come back. */
  protected readonly ordered: boolean = false;
  #text = "";
  readonly #extra: Record<string, unknown> = {};
  readonly #calls: PartialCall[] = [];
  readonly #thoughts: PartialThought[] = [];
  readonly #parts: PartialPart[] = [];
  #blocks = 0;
  #size = 0;

  /** Takes the data of one event, or of one whole document, and gives its text. */
  abstract take(data: string): string;

  /** True when anything of the answer itself came: text, a thought, a call or a block. */
  protected get begun(): boolean {
    return this.#parts.length > 0;
  }

  /** True when the answer came to its end. */
  get whole(): boolean {
    return this.finish !== undefined || (this.done && this.begun);
  }

  protected say(text: string): string {
    this.#grow(text.length);
    this.#text += text;
    const last = this.#parts.at(-1);
    if (last?.kind === "text") last.length += text.length;
    else if (text !== "") this.#parts.push({ kind: "text", length: text.length });
    return text;
  }

  /** A new tool call, to which {@link grow} adds. */
  protected call(id: string, tool: string): PartialCall {
    if (this.#calls.length === MOST_CALLS) throw new ExcessiveAnswer(`more than ${MOST_CALLS} tool calls`);
    const call: PartialCall = { id, tool, args: "", extra: {} };
    this.#calls.push(call);
    this.#parts.push({ kind: "call" });
    this.#grow(id.length + tool.length);
    return call;
  }

  protected get lastCall(): PartialCall | undefined {
    return this.#calls.at(-1);
  }

  protected grow(call: PartialCall, args: string): void {
    this.#grow(args.length);
    call.args += args;
  }

  /** Gives a call its arguments as JSON. */
  protected give(call: PartialCall, args: unknown): void {
    this.#grow(JSON.stringify(args)?.length ?? 0);
    call.given = args;
  }

  /** Adds fields that only the provider understands to a call, or to the answer itself. */
  protected keep(fields: Opaque, of?: PartialCall): void {
    if (Object.keys(fields).length === 0) return;
    const size = sizeOf(fields);
    if (size === undefined) return;
    this.#grow(size);
    mergeInto(of === undefined ? this.#extra : of.extra, fields);
  }

  /** Begins a thought at this position of the text. */
  protected openThought(field?: string): PartialThought {
    const thought: PartialThought = {
      ...{ at: this.#text.length, text: "" },
      ...(field === undefined ? {} : { field }),
    };
    this.#thoughts.push(thought);
    this.#parts.push({ kind: "thought" });
    return thought;
  }

  /** Adds to a thought, else to the open one at this position; characters beyond the limit are dropped. */
  protected think(text: string, field?: string, of?: PartialThought): void {
    const last = this.#thoughts.at(-1);
    const open =
      last?.at === this.#text.length &&
      last.field === field &&
      last.signature === undefined &&
      last.sealed === undefined;
    const thought = of ?? (open ? last : this.openThought(field));
    thought.text += text.slice(0, THOUGHT_CHARS - thought.text.length);
  }

  /** Signs a thought. A shortened one stays unsigned: its provider would refuse it. */
  protected sign(signature: string, of = this.#thoughts.at(-1)): void {
    this.#grow(signature.length);
    if (of !== undefined && of.text.length < THOUGHT_CHARS) of.signature = (of.signature ?? "") + signature;
  }

  /** A thought that only its provider can read. */
  protected seal(sealed: string): void {
    this.#grow(sealed.length);
    this.openThought().sealed = sealed;
  }

  /** A part of a kind that only the provider knows. Gives the way to add to it; undefined when it is not kept. */
  protected block(fields: Record<string, unknown>): GrowBlock | undefined {
    const size = sizeOf(fields);
    if (size === undefined || this.#blocks === MOST_BLOCKS) return undefined;
    this.#blocks += 1;
    this.#grow(size);
    this.#parts.push({ kind: "block", block: fields });
    return (piece) => {
      const more = sizeOf(piece);
      if (more === undefined) return;
      this.#grow(more);
      for (const [key, value] of Object.entries(piece)) {
        const before = fields[key];
        fields[key] = typeof before === "string" && typeof value === "string" ? before + value : value;
      }
    };
  }

  /** A text that is kept for now, and counts against the limit of the answer. */
  protected counted(text: string): string {
    this.#grow(text.length);
    return text;
  }

  #grow(by: number): void {
    this.#size += by;
    if (this.#size > ANSWER_CHARS) throw new ExcessiveAnswer(`more than ${ANSWER_CHARS >> 20} MB`);
  }

  /**
   * The answer of `model` so far; missing or repeated call ids are replaced by ids from the turn and the position.
   */
  answer(turn: number, model: string): Omit<ModelAnswer, "usage"> {
    const stop = stopOf(this.finish, this.#calls.length > 0);
    const seen = new Set<string>();
    const calls = this.#calls.map((call, position): ModelCall => {
      const id = call.id === "" || seen.has(call.id) ? `call_${turn}_${position}` : call.id.toWellFormed();
      seen.add(id);
      const cut = stop.stop === "length" && position === this.#calls.length - 1;
      const read = call.given === undefined ? parseArguments(call.args, cut) : checkArguments(call.given);
      const extra = Object.keys(call.extra).length === 0 ? {} : { extra: call.extra };
      return { id, tool: call.tool.toWellFormed(), ...read, ...extra };
    });
    // An empty thought is not dropped from the middle of an order; it may be signed later, or sealed.
    const empty = ({ text, signature, sealed }: PartialThought): boolean =>
      `${text}${signature ?? ""}${sealed ?? ""}` === "";
    const parts = this.#partsWithout(empty);
    const thoughts = this.#thoughts
      .filter((thought) => !empty(thought))
      .map((thought) => ({ ...thought, text: thought.text.toWellFormed() }));
    const extra = Object.keys(this.#extra).length === 0 ? {} : { extra: this.#extra };
    const opaque = thoughts.length > 0 || parts !== undefined || calls.some((call) => call.extra);
    return {
      text: this.#text.toWellFormed(),
      ...(thoughts.length === 0 ? {} : { reasoning: thoughts }),
      calls,
      ...(parts === undefined ? {} : { parts }),
      ...extra,
      ...(opaque || "extra" in extra ? { from: model } : {}),
      ...stop,
    };
  }

  /** The order of the parts; undefined when it is the usual one, with all calls behind the text and its thoughts. */
  #partsWithout(empty: (thought: PartialThought) => boolean): AnswerPart[] | undefined {
    let thoughts = 0;
    const parts = this.#parts.filter(({ kind }) => {
      if (kind !== "thought") return true;
      const thought = this.#thoughts[thoughts++];
      return thought !== undefined && !empty(thought);
    });
    const firstCall = parts.findIndex(({ kind }) => kind === "call");
    const usual = firstCall === -1 || parts.slice(firstCall).every(({ kind }) => kind === "call");
    if (parts.some(({ kind }) => kind === "block")) return parts.map(partOf);
    return usual || !this.ordered ? undefined : parts.map(partOf);
  }
}

function partOf(part: PartialPart): AnswerPart {
  if (part.kind === "text") return { kind: "text", length: part.length };
  return part.kind === "block" ? { kind: "block", block: { ...part.block } } : { kind: part.kind };
}
