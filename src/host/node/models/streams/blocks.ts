// The stream of Anthropic’s messages: blocks by index, each of which grows by its own kind of pieces.
import {
  countOf,
  fieldOf,
  Gathering,
  MalformedChunk,
  parseEvent,
  stringOf,
  type GrowBlock,
  type PartialCall,
  type PartialThought,
} from "./gather.ts";
import { isFields } from "./opaque.ts";

/** One content block while it arrives, by its index. */
type OpenBlock =
  | { readonly kind: "call"; readonly call: PartialCall }
  | { readonly kind: "thought"; readonly thought: PartialThought }
  | { readonly kind: "other"; readonly add: GrowBlock | undefined; json: string };

/** Gathers the events of one message, or one whole message. */
export class BlockGathering extends Gathering {
  protected override readonly ordered = true;
  readonly #open = new Map<unknown, OpenBlock>();
  #input: { input: number; cached: number; stored: number } | undefined;

  take(data: string): string {
    const event = parseEvent(data);
    switch (stringOf(event, "type")) {
      case "message_start":
        this.any = true;
        this.#begin(fieldOf(fieldOf(event, "message"), "usage"));
        return "";
      case "message":
        return this.#message(event);
      case "content_block_start":
        return this.#start(fieldOf(event, "index"), fieldOf(event, "content_block"));
      case "content_block_delta":
        return this.#delta(fieldOf(event, "index"), fieldOf(event, "delta"));
      case "content_block_stop":
        this.#close(fieldOf(event, "index"));
        return "";
      case "message_delta":
        this.finish = stringOf(fieldOf(event, "delta"), "stop_reason") || this.finish;
        this.#account(fieldOf(event, "usage"));
        return "";
      case "message_stop":
        this.done = true;
        return "";
      case "":
        throw new MalformedChunk("an event has no type");
      default:
        return ""; // pings, and later additions to the API
    }
  }

  /** A whole message, from a server that does not stream. */
  #message(message: unknown): string {
    this.any = true;
    const content = fieldOf(message, "content");
    const blocks: readonly unknown[] = Array.isArray(content) ? content : [];
    const said = blocks.map((block, index) => this.#start(index, block)).join("");
    this.finish = stringOf(message, "stop_reason") || this.finish;
    this.done = true;
    this.#begin(fieldOf(message, "usage"));
    this.#account(fieldOf(message, "usage"));
    return said;
  }

  #start(index: unknown, block: unknown): string {
    switch (stringOf(block, "type")) {
      case "tool_use": {
        const call = this.call(stringOf(block, "id"), stringOf(block, "name"));
        const input = fieldOf(block, "input");
        // A stream begins with an empty object, and a whole message holds the arguments.
        if (isFields(input) && Object.keys(input).length > 0) this.give(call, input);
        this.#open.set(index, { kind: "call", call });
        return "";
      }
      case "text":
        return this.say(stringOf(block, "text"));
      case "thinking": {
        const thought = this.openThought();
        this.think(stringOf(block, "thinking"), undefined, thought);
        this.sign(stringOf(block, "signature"), thought);
        this.#open.set(index, { kind: "thought", thought });
        return "";
      }
      case "redacted_thinking":
        this.seal(stringOf(block, "data"));
        return "";
      default:
        if (isFields(block)) this.#open.set(index, { kind: "other", add: this.block(block), json: "" });
        return "";
    }
  }

  #delta(index: unknown, delta: unknown): string {
    const open = this.#open.get(index);
    if (open?.kind === "other") {
      this.#grown(open, delta);
      return "";
    }
    switch (stringOf(delta, "type")) {
      case "text_delta":
        return this.say(stringOf(delta, "text"));
      case "input_json_delta":
        if (open?.kind !== "call") throw new MalformedChunk("arguments without a tool call");
        this.grow(open.call, stringOf(delta, "partial_json"));
        return "";
      case "thinking_delta":
        this.think(stringOf(delta, "thinking"), undefined, thoughtIn(open));
        return "";
      case "signature_delta":
        this.sign(stringOf(delta, "signature"), thoughtIn(open));
        return "";
      default:
        return "";
    }
  }

  /** A block of a later kind: its input comes as pieces of JSON, and its texts as pieces of text. */
  #grown(open: OpenBlock & { kind: "other" }, delta: unknown): void {
    if (stringOf(delta, "type") === "input_json_delta")
      open.json += this.counted(stringOf(delta, "partial_json"));
    else if (isFields(delta)) {
      const { type: _, ...fields } = delta;
      open.add?.(fields);
    }
  }

  #close(index: unknown): void {
    const open = this.#open.get(index);
    this.#open.delete(index);
    if (open?.kind !== "other" || open.json === "") return;
    open.add?.({ input: inputIn(open.json) });
  }

  /** The API counts tokens read from and written to the cache beside the input, not in it. */
  #begin(usage: unknown): void {
    const uncached = countOf(usage, "input_tokens");
    if (uncached === undefined) return;
    const cached = countOf(usage, "cache_read_input_tokens") ?? 0;
    const stored = countOf(usage, "cache_creation_input_tokens") ?? 0;
    this.#input = { input: uncached + cached + stored, cached, stored };
  }

  /** Some gateways tell the input only at the end, where the API repeats it. */
  #account(usage: unknown): void {
    const output = countOf(usage, "output_tokens");
    if ((this.#input?.input ?? 0) === 0) this.#begin(usage);
    if (output === undefined || this.#input === undefined) return;
    const { input, cached, stored } = this.#input;
    const kept = { ...(cached === 0 ? {} : { cached }), ...(stored === 0 ? {} : { stored }) };
    this.usage = { input, output, ...kept };
  }
}

function thoughtIn(open: OpenBlock | undefined): PartialThought | undefined {
  return open?.kind === "thought" ? open.thought : undefined;
}

function inputIn(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new MalformedChunk("the input of a block is not JSON");
  }
}
