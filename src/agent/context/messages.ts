// Messages: the conversation of a process, folded from the record, as the request of its next model call.
import * as z from "zod";
import { isFault } from "../../abi/errors.ts";
import type { Image } from "../../abi/image.ts";
import {
  answerMessage,
  leavingSchema,
  modelAnswerSchema,
  type Leaving,
  type ModelAnswer,
  type ModelContext,
  type ModelLimits,
  type ModelMessage,
  type ModelRequest,
  type ToolSchema,
} from "../../abi/model.ts";
import { childScript } from "../../abi/script.ts";
import { gapMessages, summaryRequest, toolsCalled } from "./compaction.ts";
import { CHARS_PER_TOKEN, estimateTokens, memoryMessages, Recall } from "./memory.ts";
import { toolSchemas, toolTable } from "./tools.ts";
import { resultText } from "./results.ts";
import { findTool } from "../../kernel/core.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { isRedacted } from "../../kernel/record/redact.ts";
import { summaryId } from "../../kernel/state/call-id.ts";
import type { EntryReader } from "../../kernel/state/conversation.ts";
import { imageOf, type ConversationEntry, type Process, type Remembered } from "../../kernel/state/rows.ts";

const NO_ANSWER: ModelAnswer = { text: "", calls: [], usage: { input: 0, output: 0 }, stop: "end" };

/** The part of a summary call's arguments that tells which entries leave. */
const begunSchema = z.looseObject({ leaving: leavingSchema });

/**
 * Raw values of this run's calls, by call id, where the record keeps a redacted value. The model reads the
 * raw one.
 */
export type RawValues = Map<string, unknown>;

/** Makes the requests of all processes, and passes on their streamed text. */
export class Conversations implements ModelContext {
  readonly raw: RawValues = new Map<string, unknown>();
  /** Scripts of root agents launched in this run, by pid. The record leaves out text that may be a secret. */
  readonly scripts = new Map<number, unknown>();
  readonly #kernel: () => Kernel;
  readonly #images: ReadonlyMap<string, Image>;
  readonly #models: ModelLimits;
  /**
   * Made once for each image: the conversion from zod to JSON Schema costs more than the rest of a request.
   */
  readonly #schemas = new WeakMap<Image, { readonly tools: readonly ToolSchema[]; readonly size: number }>();
  /** Answers by the value they were read from, and tokens of entries that no longer change. */
  readonly #answers = new WeakMap<object, ModelAnswer>();
  readonly #sizes = new WeakMap<ConversationEntry, number>();
  readonly #listeners = new Set<(pid: number, delta: string) => void>();
  readonly #told: EntryReader = {
    answer: (entry) => this.answer(entry),
    value: (entry, index) => this.#value(entry, index),
  };

  readonly #recall: Recall;

  constructor(kernel: () => Kernel, images: ReadonlyMap<string, Image>, models: ModelLimits) {
    this.#recall = new Recall(kernel, images, this.#told);
    this.#kernel = kernel;
    this.#images = images;
    this.#models = models;
  }

  /** Calls back with streamed text. Returns the way to stop. */
  onText(listener: (pid: number, delta: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  text(pid: number, delta: string): void {
    for (const listener of this.#listeners) listener(pid, delta);
  }

  /** Keeps the value of a call while its process lives, if the record has another value. */
  keep(id: string, value: unknown, recorded: unknown): void {
    if (isRedacted(recorded) || JSON.stringify(value) !== JSON.stringify(recorded)) this.raw.set(id, value);
  }

  /** The answer of a turn: the raw one of this run, else the recorded one. */
  answer(entry: ConversationEntry & { role: "turn" }): ModelAnswer {
    const value = this.raw.get(`${entry.pid}.${entry.turn}`) ?? entry.answer;
    if (typeof value !== "object" || value === null) return NO_ANSWER;
    let answer = this.#answers.get(value);
    if (answer === undefined) {
      answer = modelAnswerSchema.safeParse(value).success ? (value as ModelAnswer) : NO_ANSWER;
      this.#answers.set(value, answer);
    }
    return answer;
  }

  request(pid: number, leaving?: Leaving): ModelRequest {
    const process = this.#process(pid);
    const image = imageOf(this.#kernel().state, this.#images, process);
    const script = this.#script(process);
    const turns =
      script === undefined
        ? []
        : process.conversation.filter((e) => e.role === "turn").filter((e) => e.pid === pid);
    const values = turns.map((e) => this.answer(e).calls.map((_, i) => this.#value(e, i)));
    const asked = { pid, model: process.model, turn: process.turns, script, values };
    if (leaving !== undefined) {
      const summary = { nth: process.summaries, called: toolsCalled(process, leaving, this.#told) };
      return { ...asked, ...this.#summingUp(process, leaving), tools: [], summary };
    }
    return {
      ...asked,
      system: this.#system(process),
      messages: [...this.#messages(process), ...mailOf(process)],
      tools: image === undefined ? [] : this.#tools(image).tools,
    };
  }

  reserve(pid: number, leaving?: Leaving): { tokens: number; microdollars?: number } {
    const process = this.#process(pid);
    const { model } = process;
    const input =
      leaving === undefined
        ? this.#size(process)
        : estimateTokens(JSON.stringify(this.#summingUp(process, leaving)));
    const spent = { input, output: this.#models.answerMax(model) };
    const microdollars = this.#models.cost(model, spent);
    return { tokens: spent.input + spent.output, ...(microdollars === undefined ? {} : { microdollars }) };
  }

  /**
   * The part that has to leave the conversation so that the next call fits the window; undefined when it
   * fits. Entries leave as a whole, and the last one stays. If a restart interrupted a call for a summary,
   * its part leaves.
   */
  leaving(pid: number): Leaving | undefined {
    const process = this.#process(pid);
    const id = `${pid}.${summaryId(process.turns, process.summaries)}`;
    const open = this.#kernel().state.open.get(id);
    const begun = open === undefined ? undefined : begunSchema.safeParse(open.args).data;
    return begun === undefined ? this.#overflow(process) : begun.leaving;
  }

  #overflow(process: Process): Leaving | undefined {
    const window = this.#models.window(process.model);
    const room = this.#room(process);
    let size = this.#size(process);
    if (size <= room) return undefined;
    let from = Math.max(process.trimmed, 1);
    // A third of the window is freed at once. The next turns then do not trim again, and the prefix stays
    // cached.
    while (size > room * 0.67 && from < process.conversation.length - 1) {
      const entry = process.conversation[from];
      if (entry !== undefined) size -= this.#tokens(entry);
      from += 1;
    }
    return from <= Math.max(process.trimmed, 1)
      ? undefined
      : { to: from, why: `the conversation passed ${room} of ${window} tokens` };
  }

  /** The objects of its own that the next call of a process tells it of, each with its reason. */
  memory(pid: number): ReadonlyMap<string, Remembered> {
    const process = this.#process(pid);
    return this.#recall.choice(process, this.#models.window(process.model));
  }

  /** The part of the window that a request may fill, in tokens. */
  #room({ model }: Process): number {
    const window = this.#models.window(model);
    return Math.floor(window - Math.min(this.#models.answerMax(model), window / 4));
  }

  #summingUp(process: Process, leaving: Leaving): Pick<ModelRequest, "system" | "messages"> {
    const room = Math.floor(this.#room(process) * 0.67 * CHARS_PER_TOKEN);
    return summaryRequest(process, leaving, room, this.#told);
  }

  #process(pid: number): Process {
    const process = this.#kernel().state.processes.get(pid);
    if (process === undefined) throw new Error(`no process ${pid}`);
    return process;
  }

  /** The schemas of an image's tools, and their size in tokens. */
  #tools(image: Image): { readonly tools: readonly ToolSchema[]; readonly size: number } {
    const known = this.#schemas.get(image);
    if (known !== undefined) return known;
    const tools = toolSchemas(toolTable(image, this.#kernel().core.operations));
    const made = { tools, size: estimateTokens(JSON.stringify(tools)) };
    this.#schemas.set(image, made);
    return made;
  }

  #system(process: Process): string {
    return `${imageOf(this.#kernel().state, this.#images, process)?.prompt ?? ""}\n\n${this.#facts(process)}`;
  }

  /** The estimated tokens of the next request; an entry that was counted once is not counted again. */
  #size(process: Process): number {
    const image = imageOf(this.#kernel().state, this.#images, process);
    const tools = image === undefined ? 0 : this.#tools(image).size;
    const more = [...gapMessages(process), ...memoryMessages(this.#kernel().state, process)];
    let size = estimateTokens(this.#system(process)) + tools + estimateTokens(JSON.stringify(more));
    for (const [at, entry] of process.conversation.entries())
      if (at === 0 || at >= process.trimmed) size += this.#tokens(entry);
    return size;
  }

  #tokens(entry: ConversationEntry): number {
    const known = this.#sizes.get(entry);
    if (known !== undefined) return known;
    const size = estimateTokens(JSON.stringify(this.#entry(entry)));
    const settled = entry.role === "user" || entry.results.size >= this.answer(entry).calls.length;
    if (settled) this.#sizes.set(entry, size);
    return size;
  }

  #facts(process: Process): string {
    const roots = this.#kernel()
      .state.roots.map((r) => r.name)
      .join(", ");
    return `Workspace folders: ${roots === "" ? "none" : roots}. Working directory: ${process.cwd}. You are process ${process.pid}. Paths are relative to the working directory or start with a folder name.`;
  }

  #messages(process: Process): ModelMessage[] {
    const [goal] = process.conversation;
    if (goal === undefined) return [];
    const kept = process.conversation.slice(Math.max(1, process.trimmed));
    const gap = gapMessages(process);
    const memory = memoryMessages(this.#kernel().state, process);
    return [...this.#entry(goal), ...gap, ...memory, ...kept.flatMap((e) => this.#entry(e))];
  }

  #entry(entry: ConversationEntry): ModelMessage[] {
    if (entry.role === "user") return [{ role: "user", text: entry.text }];
    const answer = this.answer(entry);
    return [
      answerMessage(answer),
      ...answer.calls.map((call, i) => ({
        role: "tool" as const,
        callId: call.id,
        tool: call.tool,
        content: this.#content(entry, i),
      })),
    ];
  }

  #content(entry: ConversationEntry & { role: "turn" }, index: number): string {
    const result = entry.results.get(index);
    if (result === undefined) return JSON.stringify({ error: "EINTR", message: "not run" });
    if (isFault(result))
      return JSON.stringify({ error: result.code, message: result.message, hint: result.hint });
    const call = this.answer(entry).calls[index];
    const op = call === undefined ? undefined : findTool(this.#kernel().core.operations, call.tool);
    return resultText(op, call?.args, this.#value(entry, index));
  }

  #value(entry: ConversationEntry & { role: "turn" }, index: number): unknown {
    const result = entry.results.get(index);
    if (result?.ok !== true) return undefined;
    return this.raw.get(`${entry.pid}.${entry.turn}.${index}`) ?? result.value;
  }

  /** The script of a process: the root's, then by child index from parent to child (DESIGN 10). */
  #script(process: Process): unknown {
    const chain: number[] = [];
    const { processes } = this.#kernel().state;
    let at: Process | undefined = process;
    while (at !== undefined && at.launch === undefined && at.account !== 0) {
      chain.unshift(at.childIndex);
      at = processes.get(at.account);
    }
    let script: unknown = this.scripts.get(at?.pid ?? 0) ?? at?.launch?.script;
    for (const index of chain) script = childScript(script, index);
    return script;
  }
}

/**
 * Tells the model that messages wait in the mailbox. A model that does not know of them would never take
 * them.
 */
function mailOf({ mailbox }: Process): ModelMessage[] {
  if (mailbox.length === 0) return [];
  const waiting = mailbox.length === 1 ? "A message waits" : `${mailbox.length} messages wait`;
  return [{ role: "user", text: `(${waiting} in your mailbox; receive_message takes it.)` }];
}
