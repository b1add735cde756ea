// The wire format of Anthropic’s messages: content blocks, thoughts that go back unchanged, and cache marks.
import type {
  CacheControlEphemeral,
  ContentBlockParam,
  TextBlockParam,
} from "@anthropic-ai/sdk/resources/messages/messages";
import {
  piecesInOrder,
  type AnswerPiece,
  type ModelMessage,
  type ModelRequest,
  type Thought,
} from "../../../abi/model.ts";
import { answerMaxOf } from "./limits.ts";
import { eventData } from "./openai.ts";
import { BlockGathering } from "./streams/blocks.ts";
import { hasRedaction } from "./streams/opaque.ts";
import { modelName, wireArguments, wireName, type Dialect } from "./wire.ts";

const VERSION = "2023-06-01";
const VENDOR = "anthropic/";

/** Marks the end of a prefix that the next request will repeat. There may be four; three are used. */
const CACHE: { cache_control: CacheControlEphemeral } = { cache_control: { type: "ephemeral" } };

/** A block that the client knows, or one that the API itself made. */
type Block = ContentBlockParam | Readonly<Record<string, unknown>>;

/** Families that decide by themselves how long to think; earlier ones would refuse the parameter. */
const ADAPTIVE = /^claude-(?:(?:opus|sonnet)-4-[6-9]|(?:opus|sonnet|haiku)-[5-9]|fable|mythos)/u;

/** The format, for its one vendor. */
export const messagesFormat: Dialect = {
  path: "/messages",
  headers: (key) => ({
    accept: "text/event-stream",
    "anthropic-version": VERSION,
    ...(key === undefined ? {} : { "x-api-key": key }),
  }),
  body: bodyOf,
  events: eventData,
  gathering: () => new BlockGathering(),
};

function bodyOf(request: ModelRequest): object {
  const model = modelName(request.model);
  const tools = request.tools.map(({ name, description, schema }, i) => ({
    ...{ name, description, input_schema: { ...schema, type: "object" as const } },
    ...(i === request.tools.length - 1 ? CACHE : {}),
  }));
  return {
    model,
    max_tokens: answerMaxOf(request.model),
    stream: true,
    ...(request.system === "" ? {} : { system: [{ ...textBlock(request.system), ...CACHE }] }),
    ...(tools.length === 0 ? {} : { tools }),
    ...(ADAPTIVE.test(model) ? { thinking: { type: "adaptive", display: "summarized" } } : {}),
    messages: messagesOf(request.messages, request.model),
  };
}

/**
 * Neighbours of one role become one message: all results of a turn belong into the message after the turn.
 */
function messagesOf(messages: readonly ModelMessage[], model: string): object[] {
  const found: { role: "user" | "assistant"; content: Block[] }[] = [];
  for (const message of messages) {
    const role = message.role === "assistant" ? "assistant" : "user";
    const content = blocksOf(message, model);
    if (content.length === 0) continue; // an empty answer cannot be repeated
    const last = found.at(-1);
    if (last?.role === role) for (const block of content) last.content.push(block);
    else found.push({ role, content });
  }
  // The next request adds its content after this block. Thoughts may not be marked, and are never in this
  // place.
  const end = found.at(-1);
  const block = end?.role === "user" ? end.content.pop() : undefined;
  if (block !== undefined) end?.content.push({ ...block, ...CACHE });
  return found;
}

function blocksOf(message: ModelMessage, model: string): Block[] {
  switch (message.role) {
    case "user":
      return [textBlock(message.text)];
    case "tool":
      return [
        {
          type: "tool_result",
          tool_use_id: idOf(message.callId),
          content: message.content.toWellFormed(),
        },
      ];
    case "assistant": {
      // An earlier version recorded no model; only this vendor has ever signed thoughts.
      const own = message.from === undefined || message.from.startsWith(VENDOR);
      const blocks = piecesInOrder(message).map((piece) => pieceBlocks(piece, own, message.from === model));
      return joined(blocks.flat());
    }
  }
}

/** Texts that have become neighbours, because what stood between them stays away, are one text again. */
function joined(blocks: readonly Block[]): Block[] {
  const found: Block[] = [];
  for (const block of blocks) {
    const last = found.at(-1);
    if (isText(last) && isText(block)) found[found.length - 1] = textBlock(last.text + block.text);
    else found.push(block);
  }
  return found;
}

function isText(block: Block | undefined): block is TextBlockParam {
  return block?.type === "text" && typeof block["text"] === "string";
}

/** A thought goes back whole or not at all: the API refuses changed ones. So does a block that only it knows. */
function pieceBlocks(piece: AnswerPiece, own: boolean, same: boolean): Block[] {
  switch (piece.kind) {
    case "text":
      return piece.text.trim() === "" ? [] : [textBlock(piece.text)];
    case "call":
      return [
        {
          type: "tool_use",
          id: idOf(piece.call.id),
          name: wireName(piece.call.tool),
          input: wireArguments(piece.call),
        },
      ];
    case "thought":
      return own && !hasRedaction(piece.thought) ? thoughtBlocks(piece.thought) : [];
    case "block":
      return same && !hasRedaction(piece.block) ? [piece.block] : [];
  }
}

function thoughtBlocks({ text: thinking, signature, sealed }: Thought): ContentBlockParam[] {
  if (sealed !== undefined) return [{ type: "redacted_thinking", data: sealed }];
  return signature === undefined ? [] : [{ type: "thinking", thinking, signature }];
}

/** The API refuses text without a visible character. */
function textBlock(text: string): TextBlockParam {
  return { type: "text", text: text.trim() === "" ? "(empty)" : text.toWellFormed() };
}

/** Ids may come from another provider, if the agent changed its model. */
function idOf(id: string): string {
  return id.replace(/[^\w-]/gu, "_") || "unnamed";
}
