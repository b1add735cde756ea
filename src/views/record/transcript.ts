// Transcript: the conversation of one process as Markdown, extended record by record and shown in pages.
import { queued } from "../../kernel/state/unheard.ts";
import type { Kinds } from "../../abi/kind.ts";
import type { Question } from "../../abi/question.ts";
import { modelAnswerSchema } from "../../abi/model.ts";
import type { AnyRecord } from "../../abi/record.ts";
import { depthOf, slotOf, summaryOf } from "../../kernel/state/call-id.ts";
import type { Process, State, ConversationEntry } from "../../kernel/state/rows.ts";
import { answerIn, answerParts, restWords, SAID_MOST, saidWords } from "./answer.ts";
import { callItems, forkedCallItem } from "./call-item.ts";
import { callOfRecord } from "../history/filter.ts";
import { callsOf } from "./calls.ts";
import { chainWords } from "../agents/family.ts";
import { codeBlock, codeSpan, harmlessMarkdown, indentLines } from "../words/markdown.ts";
import { memoryNotes } from "../agents/memory.ts";
import type { Translate } from "../words/translate.ts";
import { visibleLine } from "../words/visible.ts";
import type { Reader } from "../../kernel/reader.ts";
import { leftIn } from "../../kernel/state/texts.ts";
import { usageWords, stateText } from "../words/processes.ts";
import { actorWords } from "../words/decisions.ts";

/** The most characters of a page of finished turns. */
const PAGE_MOST = 1_000_000;
/**
 * The most characters of a piece of the live page, which shows two pieces and the growing part. The editor compares
 * texts of up to 100,000 characters. It replaces longer ones whole, which would move the reader's position at each
 * change.
 */
const PIECE_MOST = 30_000;

/**
 * A page as shown. `asks` are the lines with a waiting question, `calls` those of calls that may have put something out.
 * `earlier` is the number of the page before.
 */
export interface TranscriptPage {
  readonly text: string;
  readonly calls: readonly { readonly line: number; readonly call: string }[];
  readonly asks: readonly { readonly line: number; readonly id: string; readonly digest: string }[];
  readonly earlier?: number;
}

type Turn = ConversationEntry & { readonly role: "turn" };

interface Part {
  readonly text: string;
  /** Calls that may have put something out, by their line within the part. */
  readonly calls: readonly { readonly line: number; readonly call: string }[];
  /** Waiting questions by their line within the part. */
  readonly asks: readonly { readonly line: number; readonly question: Question }[];
  readonly over: boolean;
}

/** The transcript of one process. A finished turn is rendered once, so that a new record costs only what it adds. */
export class Transcript {
  readonly #t: Translate;
  readonly #pid: number;
  #source: readonly AnyRecord[] = [];
  #read = 0;
  /** Records of calls by turn, for the unfinished turns. */
  readonly #turns = new Map<number, AnyRecord[]>();
  readonly #finished: Pick<Part, "text" | "calls">[] = [];
  /** The indexes of the parts that begin a page or a piece. */
  readonly #pages = [0];
  readonly #pieces = [0];
  #sizes = { page: 0, piece: 0 };
  /** By entry, the turns of the agent that was forked with the texts that the state does not hold. */
  readonly #whole = new Map<ConversationEntry, Turn>();

  constructor(t: Translate, pid: number) {
    this.#t = t;
    this.#pid = pid;
  }

  /**
   * Reads the texts of the agent that was forked back. Their records are not among those of this process. It has to be
   * awaited before the first page.
   */
  async recall(reader: Pick<Reader, "state" | "whole">): Promise<this> {
    const { conversation, goalAt } = reader.state.processes.get(this.#pid) ?? { conversation: [], goalAt: 0 };
    const left = conversation.slice(0, goalAt).filter((entry) => leftIn(entry).length > 0);
    const wanted = left.filter((entry) => !this.#whole.has(entry));
    for (const [i, entry] of (await reader.whole(wanted)).entries()) {
      const known = wanted[i];
      if (known !== undefined && entry.role === "turn") this.#whole.set(known, entry);
    }
    return this;
  }

  /** Takes the new records of the process. Another list of records starts again from the beginning. */
  take(records: readonly AnyRecord[]): this {
    if (records !== this.#source || records.length < this.#read) {
      this.#source = records;
      this.#read = 0;
      for (const list of [this.#finished, this.#pages, this.#pieces]) list.length = 0;
      this.#pages.push(0);
      this.#pieces.push(0);
      this.#sizes = { page: 0, piece: 0 };
      this.#turns.clear();
    }
    for (; this.#read < records.length; this.#read++) {
      const record = records[this.#read];
      const turn = turnOfRecord(record);
      if (record === undefined || turn === undefined || record.pid !== this.#pid) continue;
      const known = this.#turns.get(turn);
      if (known === undefined) this.#turns.set(turn, [record]);
      else known.push(record);
    }
    return this;
  }

  /**
   * Renders page `nth`; without `nth` the live page, which ends with the current state. `streaming` is the arriving
   * answer, which the record does not hold yet. `end` is appended to the transcript of an ended process.
   */
  page(state: State, nth?: number, streaming = "", end = ""): TranscriptPage {
    const process = state.processes.get(this.#pid);
    if (process === undefined)
      return { text: `${this.#t("There is no process {0}.", this.#pid)}\n`, asks: [], calls: [] };
    const growing = this.#grow(process, state.kinds);
    const first = nth === undefined ? (this.#pieces.at(-3) ?? 0) : (this.#pages[nth] ?? 0);
    const last = nth === undefined ? this.#finished.length : (this.#pages[nth + 1] ?? this.#finished.length);
    const before = nth ?? this.#pages.findLastIndex((start) => start < first) + 1;
    const parts: Part[] = this.#finished
      .slice(first, last)
      .map((part) => ({ ...part, asks: [], over: true }));
    if (last === this.#finished.length) {
      const closing = closingParts(this.#t, state, process, streaming, growing, end);
      for (const part of [...growing, ...closing]) parts.push(part);
    }
    const blocks = [heading(this.#t, state, process, first > 0)];
    const asks: { line: number; id: string; digest: string }[] = [];
    const calls: { line: number; call: string }[] = [];
    let line = linesIn(blocks[0] ?? "") + 1;
    for (const part of parts) {
      for (const { line: at, call } of part.calls) calls.push({ line: line + at, call });
      for (const { line: at, question } of part.asks)
        asks.push({ line: line + at, id: question.id, digest: question.digest });
      blocks.push(part.text);
      line += linesIn(part.text) + 1;
    }
    return {
      ...{ text: `${blocks.join("\n\n")}\n`, asks, calls },
      ...(first > 0 ? { earlier: before - 1 } : {}),
    };
  }

  /** Moves finished parts to the finished list, and returns the parts that may still change. */
  #grow(process: Process, kinds: Kinds): Part[] {
    const { conversation } = process;
    const waiting = conversation.length - queued(process);
    const growing: Part[] = [];
    for (let at = this.#finished.length; at < conversation.length; at++) {
      const entry = conversation[at];
      if (entry === undefined) continue;
      const part = this.#part(kinds, entry, at, at >= waiting);
      growing.push(part);
      // A message may still be placed behind a turn in progress. A finished turn fixes everything before it.
      if (entry.role !== "turn" || !growing.every((each) => each.over)) continue;
      for (const part of growing.splice(0)) this.#settle(part);
      if (entry.pid === this.#pid) this.#turns.delete(entry.turn);
    }
    return growing;
  }

  #settle({ text, calls }: Part): void {
    for (const [kind, starts, most] of [
      ["page", this.#pages, PAGE_MOST],
      ["piece", this.#pieces, PIECE_MOST],
    ] as const) {
      if (this.#sizes[kind] > 0 && this.#sizes[kind] + text.length > most) {
        starts.push(this.#finished.length);
        this.#sizes[kind] = 0;
      }
      this.#sizes[kind] += text.length + 2;
    }
    this.#finished.push({ text, calls });
  }

  #part(kinds: Kinds, entry: ConversationEntry, at: number, waits: boolean): Part {
    const t = this.#t;
    if (entry.role === "user") {
      const who =
        at === 0
          ? t("Goal")
          : entry.by === "person"
            ? t("You")
            : t("Message from {0}", actorWords(t, entry.by));
      const title = waits ? t("{0} (queued for the next turn)", who) : who;
      return { text: `## ${title}\n\n${saidWords(t, entry.text)}`, asks: [], calls: [], over: !waits };
    }
    if (entry.pid !== this.#pid) return partOf(forkedTurn(t, this.#whole.get(entry) ?? entry));
    const records = this.#turns.get(entry.turn) ?? [];
    const { text, thought, calls } = answerParts(answerIn(t, entry, records));
    const rows = callsOf(records).filter((row) => slotOf(row.json.call)?.index !== undefined);
    // The editor can fold a list item.
    const thinking =
      thought === "" ? [] : [`- *${t("thought")}*\n\n${indentLines(harmlessMarkdown(thought))}`];
    const said = text === "" ? [] : [saidWords(t, text)];
    const notes = memoryNotes(t, records);
    const blocks = [`## ${t("Turn {0}", entry.turn + 1)}`, ...notes, ...thinking, ...said];
    const asks: { line: number; question: Question }[] = [];
    const putOut: { line: number; call: string }[] = [];
    let line = linesIn(blocks.join("\n\n")) + 1;
    const items = callItems(t, kinds, rows).map(({ text, question, putOut: call }) => {
      if (call !== undefined) putOut.push({ line, call });
      if (question !== undefined) asks.push({ line, question });
      line += linesIn(text);
      return text;
    });
    if (items.length > 0) blocks.push(items.join("\n"));
    const over =
      rows.filter(({ json, end }) => end !== undefined && depthOf(json.call) === 0).length >= calls;
    return { text: blocks.join("\n\n"), asks, calls: putOut, over };
  }
}

/** The turn that a record belongs to. A fork's summary precedes its first turn. */
function turnOfRecord(record: AnyRecord | undefined): number | undefined {
  const call = record && callOfRecord(record);
  if (call === undefined) return record?.kind === "process.trim" ? 0 : undefined;
  return slotOf(call)?.turn ?? summaryOf(call)?.turn;
}

/** A turn of the agent that was forked: only its text and calls. The records of its calls belong to that agent. */
function forkedTurn(t: Translate, entry: Turn): string {
  const { text } = answerParts(answerIn(t, entry, []));
  const said = text === "" ? [] : [saidWords(t, text)];
  const listed = modelAnswerSchema.safeParse(entry.answer).data?.calls ?? [];
  const items = listed.map(({ tool, args }, i) => forkedCallItem(t, tool, args, entry.results.get(i)));
  const title = `## ${t("Turn {0} of agent {1}", entry.turn + 1, entry.pid)}`;
  return [title, ...said, ...(items.length === 0 ? [] : [items.join("\n")])].join("\n\n");
}

/** The parts after the conversation: the arriving answer, questions outside a turn's calls, and the end. */
function closingParts(
  t: Translate,
  state: State,
  process: Process,
  streaming: string,
  growing: Part[],
  end: string,
): Part[] {
  const parts: Part[] = [];
  if (streaming !== "")
    parts.push(partOf(`## ${t("Turn {0}", process.turns + 1)}\n\n${saidWords(t, streaming)}`));
  const shown = new Set(growing.flatMap((part) => part.asks.map(({ question }) => question.id)));
  for (const { question, outcome } of state.questions.values())
    if (question.pid === process.pid && outcome === undefined && !shown.has(question.id))
      parts.push({
        text: `- **${t("waits for you")}**: ${codeSpan(visibleLine(question.text))}`,
        asks: [{ line: 0, question }],
        calls: [],
        over: false,
      });
  if (process.life.ended === undefined) return parts;
  const result = process.result ?? null;
  const text = typeof result === "string" ? result : JSON.stringify(result, null, 2);
  const block = codeBlock(text.slice(0, SAID_MOST));
  const said = result === null || result === "" ? "" : `\n\n${block}${restWords(t, text)}`;
  const last = end === "" ? usageWords(t, process.used, process.budget) : end.trimEnd();
  parts.push(partOf(`## ${t("Ended: {0}", stateText(t, process))}${said}\n\n${last}`));
  return parts;
}

function partOf(text: string): Part {
  return { text, asks: [], calls: [], over: false };
}

function heading(t: Translate, state: State, process: Process, later: boolean): string {
  const who = chainWords(t, state, process.pid);
  return [
    `# ${later ? t("Agent {0}, continued", who) : t("Agent {0}", who)}`,
    "",
    t("Model {0} · started {1} · {2}", codeSpan(process.model), process.started, stateText(t, process)),
  ].join("\n");
}

function linesIn(text: string): number {
  let lines = 1;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines += 1;
  return lines;
}

/** The newest part of the transcript, or all of it when it is short. */
export function transcriptText(
  t: Translate,
  state: State,
  records: readonly AnyRecord[],
  pid: number,
  streaming = "",
): string {
  return new Transcript(t, pid).take(records).page(state, undefined, streaming).text;
}
