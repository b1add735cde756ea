// Gathers the chunks of one streamed chat completion into an answer. Every field is judged: the sender is not trusted.
import type { ModelAnswer, ModelCall } from "../../../abi/model.ts";

/** Characters of text, names and arguments together. */
const ANSWER_CHARS = 4 << 20;
const MOST_CALLS = 128;
/** Arguments nested deeper than this are no real arguments, and would overflow the stack of whoever walks them. */
const DEEPEST = 64;

/** A chunk that is no chat completion chunk; the message says what is wrong with it. */
export class Malformed extends Error {}
/** An answer over one of the limits above; the message says which. */
export class Excessive extends Error {}
/** An error that the provider reported in the middle of the stream. */
export class Reported extends Error {
  readonly body: unknown;
  constructor(body: unknown) {
    super("the provider reported an error in the stream");
    this.body = body;
  }
}

interface Fragments {
  id: string;
  tool: string;
  args: string;
}

/** The own property of a value of unknown shape. */
export function field(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? Reflect.get(value, key)
    : undefined;
}

/** One answer while it arrives. */
export class Gathering {
  text = "";
  /** True when the stream held at least one choice; without one there was no answer at all. */
  any = false;
  /** The provider's reason for ending; an answer without one was cut. */
  finish: string | undefined;
  usage: { input: number; output: number } | undefined;
  readonly #calls: Fragments[] = [];
  readonly #byIndex = new Map<number, Fragments>();
  #size = 0;

  /** Takes the data of one event and gives the text in it. */
  take(data: string): string {
    let chunk: unknown;
    try {
      chunk = JSON.parse(data);
    } catch {
      throw new Malformed("a chunk is not JSON");
    }
    const error = field(chunk, "error");
    if (error !== undefined && error !== null) throw new Reported(error);
    this.#account(field(chunk, "usage"));
    const choices = field(chunk, "choices");
    if (!Array.isArray(choices)) {
      if (this.usage === undefined) throw new Malformed("a chunk has no choices");
      return "";
    }
    const choice: unknown = (choices as readonly unknown[]).find((c) => (field(c, "index") ?? 0) === 0);
    if (choice === undefined) return "";
    this.any = true;
    const finish = field(choice, "finish_reason");
    if (typeof finish === "string") this.finish = finish;
    return this.#delta(field(choice, "delta"));
  }

  #delta(delta: unknown): string {
    const said = part(delta, "content") + part(delta, "refusal");
    this.#grow(said.length);
    this.text += said;
    const calls = field(delta, "tool_calls") ?? [];
    if (!Array.isArray(calls)) throw new Malformed("tool_calls is not a list");
    for (const call of calls as readonly unknown[]) this.#fragment(call);
    return said;
  }

  /**
   * Fragments belong together by index. Servers that leave it out send a name with every new call; those that give
   * every call the same one send a new id.
   */
  #fragment(raw: unknown): void {
    const named = field(raw, "function");
    const id = part(raw, "id");
    const tool = part(named, "name");
    const args = part(named, "arguments");
    const index = field(raw, "index");
    const open = typeof index === "number" ? this.#byIndex.get(index) : this.#calls.at(-1);
    const another =
      (id !== "" && open?.id !== "" && id !== open?.id) || (typeof index !== "number" && tool !== "");
    let call = open;
    if (call === undefined || another) {
      if (this.#calls.length === MOST_CALLS) throw new Excessive(`more than ${MOST_CALLS} tool calls`);
      call = { id: "", tool: "", args: "" };
      this.#calls.push(call);
      if (typeof index === "number") this.#byIndex.set(index, call);
    }
    if (call.id === "") call.id = id;
    // Some servers repeat the whole name with every fragment; none splits it.
    if (call.tool === "") call.tool = tool;
    call.args += args;
    this.#grow(id.length + tool.length + args.length);
  }

  #grow(by: number): void {
    this.#size += by;
    if (this.#size > ANSWER_CHARS) throw new Excessive(`more than ${ANSWER_CHARS >> 20} MB`);
  }

  #account(usage: unknown): void {
    const input = field(usage, "prompt_tokens");
    const output = field(usage, "completion_tokens");
    if (isCount(input) && isCount(output)) this.usage = { input, output };
  }

  /** The answer so far; missing or repeated call ids are replaced by ones made of the turn and the position. */
  answer(turn: number): Pick<ModelAnswer, "text" | "calls" | "stop"> {
    const seen = new Set<string>();
    const calls = this.#calls.map((call, position): ModelCall => {
      const id = call.id === "" || seen.has(call.id) ? `call_${turn}_${position}` : call.id.toWellFormed();
      seen.add(id);
      return { id, tool: call.tool.toWellFormed(), ...readArguments(call.args) };
    });
    return { text: this.text.toWellFormed(), calls, stop: stopOf(this.finish, calls.length > 0) };
  }
}

/** A string that may be absent or null. */
function part(value: unknown, key: string): string {
  const found = field(value, key) ?? "";
  if (typeof found !== "string") throw new Malformed(`${key} is not text`);
  return found;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** `stop` from a server that nevertheless calls tools is common; a length or filter stop always counts. */
function stopOf(finish: string | undefined, calls: boolean): ModelAnswer["stop"] {
  if (finish === "length") return "length";
  if (finish === "content_filter") return "filter";
  return calls ? "calls" : "end";
}

function readArguments(raw: string): Pick<ModelCall, "args" | "malformed"> {
  if (raw.trim() === "") return { args: {} }; // how many models call a tool without parameters
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
