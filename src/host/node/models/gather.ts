// Gathers the pieces of one streamed answer, in any wire format. Every field is checked: the sender is not
// trusted.
import type { ModelAnswer, ModelCall, Thought } from "../../../abi/model.ts";

/** Characters of text, names and arguments together. */
const ANSWER_CHARS = 4 << 20;
const MOST_CALLS = 128;
/** The characters of one thought that are kept; models think far longer than anybody reads. */
const THOUGHT_CHARS = 256 << 10;
/** Deeper arguments are no real arguments, and would overflow the stack of a recursive reader. */
const DEEPEST = 64;

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

/** A tool call while it arrives. */
export interface PartialCall {
  id: string;
  tool: string;
  args: string;
}

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
export function countOf(value: unknown, key: string): number | undefined {
  const found = fieldOf(value, key);
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
  const error = fieldOf(chunk, "error");
  if (error !== undefined && error !== null) throw new ReportedError(error);
  return chunk;
}

/** One answer while it arrives; each wire format interprets its own events. */
export abstract class Gathering {
  /** True when the stream held any part of an answer. */
  any = false;
  /** The provider's reason for ending; an answer without one is incomplete. */
  finish: string | undefined;
  /** True when nothing more will come. */
  done = false;
  usage: ModelAnswer["usage"] | undefined;
  #text = "";
  readonly #calls: PartialCall[] = [];
  readonly #thoughts: { -readonly [K in keyof Thought]: Thought[K] }[] = [];
  #size = 0;

  /** Takes the data of one event and gives its text. */
  abstract take(data: string): string;

  protected say(text: string): string {
    this.#grow(text.length);
    this.#text += text;
    return text;
  }

  /** A new tool call, to which {@link grow} adds. */
  protected call(id: string, tool: string): PartialCall {
    if (this.#calls.length === MOST_CALLS) throw new ExcessiveAnswer(`more than ${MOST_CALLS} tool calls`);
    const call = { id, tool, args: "" };
    this.#calls.push(call);
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

  /** Adds to the open thought at this position of the text; characters beyond the limit are dropped. */
  protected think(text: string): void {
    const open = this.#thoughts.at(-1);
    const at = this.#text.length;
    if (open === undefined || open.at !== at || open.signature !== undefined || open.sealed !== undefined)
      this.#thoughts.push({ at, text: text.slice(0, THOUGHT_CHARS) });
    else open.text += text.slice(0, THOUGHT_CHARS - open.text.length);
  }

  /** Signs the open thought. A shortened one stays unsigned: its provider would refuse it. */
  protected sign(signature: string): void {
    this.#grow(signature.length);
    const open = this.#thoughts.at(-1);
    if (open !== undefined && open.text.length < THOUGHT_CHARS)
      open.signature = (open.signature ?? "") + signature;
  }

  /** A thought that only its provider can read. */
  protected seal(sealed: string): void {
    this.#grow(sealed.length);
    this.#thoughts.push({ at: this.#text.length, text: "", sealed });
  }

  #grow(by: number): void {
    this.#size += by;
    if (this.#size > ANSWER_CHARS) throw new ExcessiveAnswer(`more than ${ANSWER_CHARS >> 20} MB`);
  }

  /** The answer so far; missing or repeated call ids are replaced by ids from the turn and the position. */
  answer(turn: number): Omit<ModelAnswer, "usage"> {
    const seen = new Set<string>();
    const calls = this.#calls.map((call, position): ModelCall => {
      const id = call.id === "" || seen.has(call.id) ? `call_${turn}_${position}` : call.id.toWellFormed();
      seen.add(id);
      return { id, tool: call.tool.toWellFormed(), ...readArguments(call.args) };
    });
    const thoughts = this.#thoughts
      .filter(({ text, signature, sealed }) => `${text}${signature ?? ""}${sealed ?? ""}` !== "")
      .map((thought) => ({ ...thought, text: thought.text.toWellFormed() }));
    return {
      text: this.#text.toWellFormed(),
      ...(thoughts.length === 0 ? {} : { reasoning: thoughts }),
      calls,
      stop: stopOf(this.finish, calls.length > 0),
    };
  }
}

const LENGTH = new Set(["length", "max_tokens", "model_context_window_exceeded"]);
const FILTER = new Set(["content_filter", "refusal"]);

/** Servers often say `stop` although they call tools; a length or filter stop always counts. */
function stopOf(finish: string | undefined, calls: boolean): ModelAnswer["stop"] {
  if (LENGTH.has(finish ?? "")) return "length";
  if (FILTER.has(finish ?? "")) return "filter";
  return calls ? "calls" : "end";
}

function readArguments(raw: string): Pick<ModelCall, "args" | "malformed"> {
  if (raw.trim() === "") return { args: {} }; // many models call a tool without parameters like this
  const flaw = (malformed: string) => ({ args: raw.toWellFormed(), malformed });
  let args: unknown;
  try {
    args = JSON.parse(raw);
  } catch (error) {
    return flaw(error instanceof Error ? error.message.toWellFormed() : "not JSON");
  }
  if (typeof args !== "object" || args === null || Array.isArray(args)) {
    return flaw("the arguments are not a JSON object");
  }
  return depthWithin(args, DEEPEST) ? { args } : flaw(`the arguments are nested deeper than ${DEEPEST}`);
}

function depthWithin(value: unknown, left: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  return left > 0 && Object.values(value).every((entry) => depthWithin(entry, left - 1));
}
