// Messages: the conversation of a process, folded from the record, as the request of its next model call.
import * as z from "zod";
import type { TokenCounts } from "../../abi/errors.ts";
import type { Image, Usage } from "../../abi/image.ts";
import {
  leavingSchema,
  type Leaving,
  type ModelAnswer,
  type ModelContext,
  type ModelLimits,
  type ModelMessage,
  type ModelRequest,
} from "../../abi/model.ts";
import { childScript } from "../../abi/script.ts";
import { estimateTokens, weighText } from "../../abi/size.ts";
import { gapMessages, summaryRequest, toolsCalled } from "./compaction.ts";
import { Entries, mailOf, type RawValues } from "./entries.ts";
import { memoryMessages, Recall } from "./memory.ts";
import { RESULT_MAX } from "./results.ts";
import { defersTools, SchemaLists } from "./tools.ts";
import { Windows } from "./window.ts";
import { isQuoted, writtenCalls } from "../written-calls.ts";
import type { BirthOrder } from "../../kernel/ports.ts";
import type { Reader } from "../../kernel/reader.ts";
import { imageOf } from "../../kernel/state/objects.ts";
import { summaryId } from "../../kernel/state/call-id.ts";
import { tookTurn } from "../../kernel/state/conversation.ts";
import type { ConversationEntry, Process, Remembered } from "../../kernel/state/rows.ts";

/** The least that is sent of a result or message in a conversation that cannot leave, in characters. */
const LEAST_SENT = 150;

/** Tells a model that it has more tools than it is shown. */
const MORE_TOOLS = "You have more tools than you are shown; find_tools finds them by what they do.";

/** The part of a summary call's arguments that tells which entries leave. */
const begunSchema = z.looseObject({ leaving: leavingSchema });

/** Weighed once for each image, because a request weighs its prompt several times. */
const prompts = new WeakMap<Image, number>();

function weighPrompt(image: Image): number {
  let known = prompts.get(image);
  if (known === undefined) prompts.set(image, (known = weighText(image.prompt)));
  return known;
}

/** Makes the requests of all processes. */
export class Conversations implements ModelContext {
  /** Scripts of root agents launched in this run, by pid. The record leaves out text that may be a secret. */
  readonly scripts = new Map<number, unknown>();
  readonly #reader: () => Reader;
  readonly #images: ReadonlyMap<string, Image>;
  readonly #windows: Windows;
  readonly #schemas: SchemaLists;
  readonly #entries: Entries;
  readonly #recall: Recall;

  constructor(reader: () => Reader, images: ReadonlyMap<string, Image>, models: ModelLimits) {
    this.#entries = new Entries(() => reader().operations);
    this.#schemas = new SchemaLists(() => reader().operations);
    this.#recall = new Recall(reader, images, this.#entries);
    this.#reader = reader;
    this.#images = images;
    this.#windows = new Windows(models);
  }

  /** The raw values of this run, see {@link Entries}. */
  get raw(): RawValues {
    return this.#entries.raw;
  }

  /** Keeps the value of a call while its process lives, if the record has another value. */
  keep(id: string, value: unknown, recorded: unknown): void {
    this.#entries.keep(id, value, recorded);
  }

  /** Forgets the raw values of a process that has ended, and the texts that were read back for it. */
  forget(pid: number): void {
    for (const id of [...this.raw.keys()]) if (id.startsWith(`${pid}.`)) this.raw.delete(id);
    this.#windows.forget(pid);
    this.#entries.forget(this.#process(pid).conversation);
  }

  /** Reads the texts back that the state let go: `all`, as a script or a summary needs them, or those of the next request. */
  async recall(pid: number, all = this.scripted(pid)): Promise<void> {
    const process = this.#process(pid);
    await this.#entries.recall(process, all ? 0 : process.trimmed, this.#reader());
  }

  /** The answer of a turn: the raw one of this run, else the recorded one. */
  answer(entry: ConversationEntry & { role: "turn" }): ModelAnswer {
    return this.#entries.answer(entry);
  }

  /** The names of the tools that a process may call, also of those that its model is not shown. */
  tools(pid: number): readonly string[] {
    const image = imageOf(this.#reader().state, this.#images, this.#process(pid));
    return image === undefined ? [] : [...this.#schemas.table(image, pid).keys()];
  }

  /** True when the answers of a process come from a script: it has nothing to add to them. */
  scripted(pid: number): boolean {
    return this.#script(this.#process(pid)) !== undefined;
  }

  request(pid: number, leaving?: Leaving): ModelRequest {
    const process = this.#process(pid);
    const image = imageOf(this.#reader().state, this.#images, process);
    const script = this.#script(process);
    const turns =
      script === undefined
        ? []
        : process.conversation
            .filter((e) => e.role === "turn")
            .filter((e) => tookTurn(this.#reader().state, process, e.pid));
    const values = turns.map((e) => this.answer(e).calls.map((_, i) => this.#entries.value(e, i)));
    const asked = { pid, model: process.model, turn: process.turns, script, values };
    if (leaving !== undefined) {
      const summary = { nth: process.summaries, called: toolsCalled(process, leaving, this.#entries) };
      return { ...asked, ...this.#summingUp(process, leaving), tools: [], summary };
    }
    const most = this.#most(process);
    this.#windows.send(pid, this.#size(process, most));
    return {
      ...asked,
      system: this.#system(process),
      messages: [...this.#messages(process, most), ...mailOf(process)],
      tools: image === undefined ? [] : this.#schemas.sent(image, process).tools,
    };
  }

  reserve(pid: number, leaving?: Leaving): { tokens: number; microdollars?: number } {
    const process = this.#process(pid);
    const input =
      leaving === undefined
        ? this.#size(process, this.#most(process))
        : estimateTokens(JSON.stringify(this.#summingUp(process, leaving)));
    return this.#windows.reserve(process.model, input);
  }

  received(pid: number, answer: ModelAnswer): ModelAnswer {
    const process = this.#process(pid);
    this.#windows.count(pid, process.model, answer.usage);
    if (answer.stop === "length") this.#windows.fill(pid, process.model, answer.usage);
    if (answer.calls.length > 0) return answer;
    const written = writtenCalls(answer.text, this.tools(pid));
    if (written === undefined || isQuoted(written, this.#messages(process, Infinity))) return answer;
    const calls = written.map(({ tool, args }, i) => ({ id: `written_${process.turns}_${i}`, tool, args }));
    return { ...answer, calls, stop: "calls" };
  }

  /** The cost of the first model call of a process that is to be born; see {@link BirthOrder}. */
  firstCall({ image, goal, model, cwd, forkOf }: BirthOrder): Partial<Usage> {
    const { nextPid: pid } = this.#reader().state;
    const said = JSON.stringify([{ role: "user", text: goal }]);
    const system = this.#systemTokens(image, { cwd, pid });
    const fresh = system + this.#schemas.sent(image).tokens + estimateTokens("[]");
    const before = forkOf === undefined ? fresh : this.#size(this.#process(forkOf));
    return { modelCalls: 1, ...this.#windows.reserve(model, before + estimateTokens(said)) };
  }

  /**
   * Notes that the provider refused the newest request of a process as too long, with its counts. True when a part can leave or be
   * shortened, so that the next request is smaller.
   */
  refused(pid: number, told?: TokenCounts): boolean {
    const process = this.#process(pid);
    const before = this.#size(process, this.#most(process));
    this.#windows.refuse(pid, process.model, told);
    return this.#overflow(process) !== undefined || this.#size(process, this.#most(process)) < before;
  }

  /**
   * The part that has to leave the conversation so that the next call fits the window; undefined when it
   * fits. Entries leave as a whole, and the last one stays. If a restart interrupted a call for a summary,
   * its part leaves.
   */
  leaving(pid: number): Leaving | undefined {
    const process = this.#process(pid);
    const id = `${pid}.${summaryId(process.turns, process.summaries)}`;
    const open = this.#reader().state.open.get(id);
    const begun = open === undefined ? undefined : begunSchema.safeParse(open.args).data;
    return begun === undefined ? this.#overflow(process) : begun.leaving;
  }

  #overflow(process: Process): Leaving | undefined {
    const room = this.#windows.room(process.model);
    let size = this.#size(process);
    if (size <= room) return undefined;
    let from = Math.max(process.trimmed, 1);
    // A third of the window is freed at once. The next turns then do not trim again, and the prefix stays
    // cached.
    while (size > room * 0.67 && from < process.conversation.length - 1) {
      const entry = process.conversation[from];
      if (entry !== undefined) size -= this.#entries.tokens(entry);
      from += 1;
    }
    return from <= Math.max(process.trimmed, 1)
      ? undefined
      : { to: from, why: `the conversation passed ${room} of ${this.#windows.whole(process.model)} tokens` };
  }

  /** The objects of its own that the next call of a process tells it of, each with its reason. */
  memory(pid: number): ReadonlyMap<string, Remembered> {
    const process = this.#process(pid);
    return this.#recall.choice(process, this.#windows.whole(process.model));
  }

  #summingUp(process: Process, leaving: Leaving): Pick<ModelRequest, "system" | "messages"> {
    const room = Math.floor(this.#windows.room(process.model) * 0.67);
    return summaryRequest(process, leaving, room, this.#entries);
  }

  #process(pid: number): Process {
    const process = this.#reader().state.processes.get(pid);
    if (process === undefined) throw new Error(`no process ${pid}`);
    return process;
  }

  #system(process: Process): string {
    return this.#systemOf(imageOf(this.#reader().state, this.#images, process), process);
  }

  #systemOf(image: Image | undefined, at: Pick<Process, "cwd" | "pid">): string {
    return `${image?.prompt ?? ""}${this.#behindPrompt(image, at)}`;
  }

  #systemTokens(image: Image | undefined, at: Pick<Process, "cwd" | "pid">): number {
    const prompt = image === undefined ? 0 : weighPrompt(image);
    return Math.ceil(prompt + weighText(this.#behindPrompt(image, at)));
  }

  #behindPrompt(image: Image | undefined, at: Pick<Process, "cwd" | "pid">): string {
    const defers = image !== undefined && defersTools(this.#schemas.table(image, at.pid));
    const more = defers ? ` ${MORE_TOOLS}` : "";
    return `\n\n${this.#facts(at)}${more}`;
  }

  /**
   * The longest result and message of the next request, in characters. It is bounded only in a conversation that is
   * too long though all that can leave has left.
   */
  #most(process: Process): number {
    const room = this.#windows.room(process.model);
    if (this.#size(process) <= room) return Infinity;
    let most = RESULT_MAX;
    while (most > LEAST_SENT && this.#size(process, most) > room) most = Math.floor(most * 0.7);
    return Math.max(most, LEAST_SENT);
  }

  /** The estimated tokens of the next request with results and messages of at most `most` characters. */
  #size(process: Process, most = Infinity): number {
    const image = imageOf(this.#reader().state, this.#images, process);
    const tools = image === undefined ? 0 : this.#schemas.sent(image, process).tokens;
    const more = [...gapMessages(process), ...memoryMessages(this.#reader().state, process)];
    let size = this.#systemTokens(image, process) + tools + estimateTokens(JSON.stringify(more));
    for (const [at, entry] of process.conversation.entries())
      if (at === 0) size += this.#entries.tokens(entry);
      else if (at >= process.trimmed) size += this.#entries.tokens(entry, most);
    return size;
  }

  #facts(process: Pick<Process, "cwd" | "pid">): string {
    const roots = this.#reader()
      .state.roots.map((r) => r.name)
      .join(", ");
    return `Workspace folders: ${roots === "" ? "none" : roots}. Working directory: ${process.cwd}. You are process ${process.pid}. Paths are relative to the working directory or start with a folder name.`;
  }

  #messages(process: Process, most: number): ModelMessage[] {
    const [goal] = process.conversation;
    if (goal === undefined) return [];
    const kept = process.conversation.slice(Math.max(1, process.trimmed));
    const gap = gapMessages(process);
    const memory = memoryMessages(this.#reader().state, process);
    const reader = this.tools(process.pid).includes("get_object") ? process.pid : undefined;
    const said = kept.flatMap((e) => this.#entries.messages(e, most, reader));
    return [...this.#entries.messages(goal), ...gap, ...memory, ...said];
  }

  /** The script of a process: the root's, then by child index from parent to child (DESIGN 10). */
  #script(process: Process): unknown {
    const chain: number[] = [];
    const { processes } = this.#reader().state;
    let at: Process | undefined = process;
    while (at !== undefined && (at.launch === undefined || at.branch !== undefined) && at.account !== 0) {
      if (at.branch === undefined) chain.unshift(at.childIndex);
      at = processes.get(at.account);
    }
    let script: unknown = this.scripts.get(at?.pid ?? 0) ?? at?.launch?.script;
    for (const index of chain) script = childScript(script, index);
    return script;
  }
}
