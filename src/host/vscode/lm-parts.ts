// Parts of what a model of the editor is sent and says: texts, calls, thoughts, and data that only it understands.
import * as vscode from "vscode";
import { whyTooLarge } from "../../abi/size.ts";
import {
  piecesInOrder,
  type AnswerMessage,
  type AnswerPart,
  type AnswerPiece,
  type ModelAnswer,
  type ModelCall,
  type ModelRequest,
  type Thought,
} from "../../abi/model.ts";

const ANSWER_CHARS = 4 << 20;
const MOST_CALLS = 128;

/** An answer of a model of the editor, which counts no tokens. */
export type EditorAnswer = Omit<ModelAnswer, "usage">;

type SentPart =
  | vscode.LanguageModelTextPart
  | vscode.LanguageModelToolCallPart
  | vscode.LanguageModelDataPart;

/** An earlier answer in its order. Thoughts and data go back to the model that they came from, whole or not at all. */
export function lmPartsOf(message: AnswerMessage, same: boolean): SentPart[] {
  return piecesInOrder(message).flatMap((piece): SentPart[] => {
    switch (piece.kind) {
      case "text":
        return piece.text.trim() === "" ? [] : [textPart(piece.text)];
      case "call":
        return [callPart(piece.call)];
      default:
        return same && !(JSON.stringify(piece) ?? "").includes("[redacted:") ? opaqueParts(piece) : [];
    }
  });
}

function callPart(call: ModelCall): vscode.LanguageModelToolCallPart {
  const args = call.malformed === undefined ? call.args : { malformed: call.args };
  const name = call.tool.replace(/[^\w-]/gu, "_").slice(0, 64) || "unnamed";
  return new vscode.LanguageModelToolCallPart(call.id, name, isObject(args) ? args : {});
}

function opaqueParts(piece: AnswerPiece & { kind: "thought" | "block" }): SentPart[] {
  if (piece.kind === "block") {
    const { mimeType, data } = piece.block;
    if (typeof mimeType !== "string" || typeof data !== "string") return [];
    return [new vscode.LanguageModelDataPart(Uint8Array.from(Buffer.from(data, "base64")), mimeType)];
  }
  const { text: value, extra = {} } = piece.thought;
  const Thinking = thinkingClass();
  // The interface of the editor names no such part yet, but its models send and take them.
  return Thinking === undefined ? [] : [new Thinking(value, extra["id"], extra["metadata"]) as SentPart];
}

/** A part with a thought; editors that have none of them offer no such class. */
interface ThinkingPart {
  readonly value: unknown;
  readonly id?: unknown;
  readonly metadata?: unknown;
}
type ThinkingClass = new (value: string, id: unknown, metadata: unknown) => ThinkingPart;

function thinkingClass(): ThinkingClass | undefined {
  const found: unknown = Reflect.get(vscode, "LanguageModelThinkingPart");
  return typeof found === "function" ? (found as ThinkingClass) : undefined;
}

/** A text as a part of a message. */
export function textPart(value: string): vscode.LanguageModelTextPart {
  return new vscode.LanguageModelTextPart(value.toWellFormed());
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** One answer while it arrives. */
export class ArrivingAnswer {
  readonly #request: ModelRequest;
  readonly #thinking = thinkingClass();
  readonly #calls: ModelCall[] = [];
  readonly #thoughts: Thought[] = [];
  readonly #parts: AnswerPart[] = [];
  readonly #ids = new Set<string>();
  #said = "";
  #size = 0;

  constructor(request: ModelRequest) {
    this.#request = request;
  }

  get excessive(): boolean {
    return this.#size > ANSWER_CHARS || this.#calls.length > MOST_CALLS;
  }

  /** Takes one part and gives its text. */
  take(part: unknown): string {
    if (part instanceof vscode.LanguageModelTextPart) return this.#text(part.value);
    if (part instanceof vscode.LanguageModelToolCallPart) this.#call(part);
    else if (part instanceof vscode.LanguageModelDataPart) this.#data(part);
    else if (this.#thinking !== undefined && part instanceof this.#thinking) this.#thought(part);
    return "";
  }

  #text(value: string): string {
    this.#said += value;
    this.#size += value.length;
    const last = this.#parts.at(-1);
    if (last?.kind === "text") last.length += value.length;
    else if (value !== "") this.#parts.push({ kind: "text", length: value.length });
    return value;
  }

  #call(part: vscode.LanguageModelToolCallPart): void {
    const own = part.callId !== "" && !this.#ids.has(part.callId);
    const id = own ? part.callId.toWellFormed() : `call_${this.#request.turn}_${this.#calls.length}`;
    this.#ids.add(id);
    const json = JSON.stringify(part.input) ?? "{}";
    this.#size += json.length;
    const args = isObject(part.input)
      ? { args: JSON.parse(json) as unknown }
      : { args: json, malformed: "the arguments are not a JSON object" };
    this.#calls.push({ id, tool: part.name.toWellFormed(), ...args });
    this.#parts.push({ kind: "call" });
  }

  /** Data that only its model understands, such as the state of its conversation. */
  #data({ mimeType, data }: vscode.LanguageModelDataPart): void {
    const block = { type: "data", mimeType, data: Buffer.from(data).toString("base64") };
    this.#size += block.data.length;
    this.#parts.push({ kind: "block", block });
  }

  /** A piece of a thought, or the id and signature that its provider sends at its end. */
  #thought({ value, id, metadata }: ThinkingPart): void {
    const text = (Array.isArray(value) ? value : [value]).filter((each) => typeof each === "string").join("");
    const extra = {
      ...(typeof id === "string" ? { id } : {}),
      ...(isObject(metadata) && whyTooLarge(metadata) === undefined
        ? { metadata: JSON.parse(JSON.stringify(metadata)) as unknown }
        : {}),
    };
    this.#size += text.length + JSON.stringify(extra).length;
    const last = this.#parts.at(-1)?.kind === "thought" ? this.#thoughts.at(-1) : undefined;
    if (last !== undefined && (last.extra?.["id"] ?? id) === id && last.extra?.["metadata"] === undefined) {
      last.text += text;
      if (Object.keys(extra).length > 0) last.extra = { ...last.extra, ...extra };
      return;
    }
    const opaque = Object.keys(extra).length === 0 ? {} : { extra };
    this.#thoughts.push({ at: this.#said.length, text, ...opaque });
    this.#parts.push({ kind: "thought" });
  }

  answer(): EditorAnswer {
    const plain = this.#parts.findIndex(({ kind }) => kind === "call");
    const usual = plain === -1 || this.#parts.slice(plain).every(({ kind }) => kind === "call");
    const ordered = !usual || this.#parts.some(({ kind }) => kind === "block");
    return {
      text: this.#said.toWellFormed(),
      ...(this.#thoughts.length === 0 ? {} : { reasoning: this.#thoughts }),
      calls: this.#calls,
      ...(ordered ? { parts: this.#parts } : {}),
      ...(ordered || this.#thoughts.length > 0 ? { from: this.#request.model } : {}),
      stop: this.#calls.length > 0 ? "calls" : "end",
    };
  }
}
