// Transcript: the conversation of one process as Markdown, grown record by record, and shown in pages.
import type { Question } from "../../abi/question.ts";
import { modelAnswerSchema } from "../../abi/model.ts";
import type { AnyRecord } from "../../abi/record.ts";
import { slotOf, summaryOf } from "../../kernel/state/call-id.ts";
import { queued } from "../../kernel/state/conversation.ts";
import type { Entry, Process, State } from "../../kernel/state/rows.ts";
import { callItem, toldItem } from "./call-item.ts";
import { callsOf } from "./calls.ts";
import { chainWords } from "../agents/family.ts";
import { codeBlock, codeSpan, harmlessMarkdown, indented } from "../words/markdown.ts";
import { memoryNotes } from "../agents/memory.ts";
import type { Translate } from "../words/translate.ts";
import { visibleLine } from "../words/visible.ts";
import { usageWords, stateText } from "../words/processes.ts";
import { actorWords } from "../words/decisions.ts";

/** How long a page of what is over may be, in characters. */
const PAGE = 1_000_000;
/**
 * How long a piece of the live page may be; it shows two and what is growing. The editor compares texts of up to
 * 100,000 characters and replaces longer ones whole, which would move the reader's place at each change.
 */
const PIECE = 30_000;

/** How much of a turn's reasoning is shown, in characters; the record has the whole. */
const THOUGHT = 4_000;

/** A page as it is shown. `asks` are the lines where a question waits; `earlier` is the page before it. */
export interface Page {
  readonly text: string;
  readonly asks: readonly { readonly line: number; readonly id: string; readonly digest: string }[];
  readonly earlier?: number;
}

interface Part {
  readonly text: string;
  /** Questions by the line of the part on which they wait. */
  readonly asks: readonly { readonly line: number; readonly question: Question }[];
  readonly over: boolean;
}

/** The transcript of one process. What is over is made once, so that a record costs what it adds. */
export class Transcript {
  readonly #t: Translate;
  readonly #pid: number;
  #source: readonly AnyRecord[] = [];
  #taken = 0;
  /** Records of calls by turn, for the turns that are not over. */
  readonly #turns = new Map<number, AnyRecord[]>();
  readonly #over: string[] = [];
  /** The parts that begin a page, and those that begin a piece. */
  readonly #pages = [0];
  readonly #pieces = [0];
  #sizes = { page: 0, piece: 0 };

  constructor(t: Translate, pid: number) {
    this.#t = t;
    this.#pid = pid;
  }

  /** Takes what is new in the process's records; another list of records starts afresh. */
  take(records: readonly AnyRecord[]): this {
    if (records !== this.#source || records.length < this.#taken) {
      this.#source = records;
      this.#taken = 0;
      for (const list of [this.#over, this.#pages, this.#pieces]) list.length = 0;
      this.#pages.push(0);
      this.#pieces.push(0);
      this.#sizes = { page: 0, piece: 0 };
      this.#turns.clear();
    }
    for (; this.#taken < records.length; this.#taken++) {
      const record = records[this.#taken];
      const turn = turnOf(record);
      if (record === undefined || turn === undefined || record.pid !== this.#pid) continue;
      const known = this.#turns.get(turn);
      if (known === undefined) this.#turns.set(turn, [record]);
      else known.push(record);
    }
    return this;
  }

  /**
   * The page `nth`, or without it the live one, which ends with what happens now. `streaming` is the answer that is
   * arriving, which the record does not have yet; `end` is added to a transcript that is over.
   */
  page(state: State, nth?: number, streaming = "", end = ""): Page {
    const process = state.processes.get(this.#pid);
    if (process === undefined)
      return { text: `${this.#t("There is no process {0}.", this.#pid)}\n`, asks: [] };
    const growing = this.#grow(process);
    const first = nth === undefined ? (this.#pieces.at(-3) ?? 0) : (this.#pages[nth] ?? 0);
    const last = nth === undefined ? this.#over.length : (this.#pages[nth + 1] ?? this.#over.length);
    const before = nth ?? this.#pages.findLastIndex((start) => start < first) + 1;
    const parts: Part[] = this.#over.slice(first, last).map((text) => ({ text, asks: [], over: true }));
    if (last === this.#over.length)
      parts.push(...growing, ...rest(this.#t, state, process, streaming, growing, end));
    const blocks = [heading(this.#t, state, process, first > 0)];
    const asks: { line: number; id: string; digest: string }[] = [];
    let line = linesIn(blocks[0] ?? "") + 1;
    for (const part of parts) {
      for (const { line: at, question } of part.asks)
        asks.push({ line: line + at, id: question.id, digest: question.digest });
      blocks.push(part.text);
      line += linesIn(part.text) + 1;
    }
    return {
      ...{ text: `${blocks.join("\n\n")}\n`, asks },
      ...(first > 0 ? { earlier: before - 1 } : {}),
    };
  }

  /** Puts what is over behind what was, and returns what may still change. */
  #grow(process: Process): Part[] {
    const { conversation } = process;
    const waiting = conversation.length - queued(process);
    const growing: Part[] = [];
    for (let at = this.#over.length; at < conversation.length; at++) {
      const entry = conversation[at];
      if (entry === undefined) continue;
      const part = this.#part(entry, at, at >= waiting);
      growing.push(part);
      // A message may yet stand behind a turn that is being answered; a whole turn settles all before it.
      if (entry.role !== "turn" || !growing.every((each) => each.over)) continue;
      for (const { text } of growing.splice(0)) this.#settle(text);
      if (entry.pid === this.#pid) this.#turns.delete(entry.turn);
    }
    return growing;
  }

  #settle(text: string): void {
    for (const [kind, starts, most] of [
      ["page", this.#pages, PAGE],
      ["piece", this.#pieces, PIECE],
    ] as const) {
      if (this.#sizes[kind] > 0 && this.#sizes[kind] + text.length > most) {
        starts.push(this.#over.length);
        this.#sizes[kind] = 0;
      }
      this.#sizes[kind] += text.length + 2;
    }
    this.#over.push(text);
  }

  #part(entry: Entry, at: number, waits: boolean): Part {
    const t = this.#t;
    if (entry.role === "user") {
      const who =
        at === 0
          ? t("Goal")
          : entry.by === "person"
            ? t("You")
            : t("Message from {0}", actorWords(t, entry.by));
      const title = waits ? t("{0} (queued for the next turn)", who) : who;
      return { text: `## ${title}\n\n${harmlessMarkdown(entry.text)}`, asks: [], over: !waits };
    }
    if (entry.pid !== this.#pid) return plain(told(t, entry));
    const { text, thought, calls } = answered(entry.answer);
    const records = this.#turns.get(entry.turn) ?? [];
    const rows = callsOf(records).filter((row) => slotOf(row.json.call)?.index !== undefined);
    // A list item, which the editor folds.
    const thinking = thought === "" ? [] : [`- *${t("thought")}*\n\n${indented(harmlessMarkdown(thought))}`];
    const said = text === "" ? [] : [harmlessMarkdown(text)];
    const notes = memoryNotes(t, records);
    const blocks = [`## ${t("Turn {0}", entry.turn + 1)}`, ...notes, ...thinking, ...said];
    const asks: { line: number; question: Question }[] = [];
    let line = linesIn(blocks.join("\n\n")) + 1;
    const items = rows.map((row) => {
      const item = callItem(t, row);
      const question = row.asked.at(-1)?.data;
      if (item.waits && question !== undefined) asks.push({ line, question });
      line += linesIn(item.text);
      return item.text;
    });
    if (items.length > 0) blocks.push(items.join("\n"));
    const over = rows.filter((row) => row.end !== undefined).length >= calls;
    return { text: blocks.join("\n\n"), asks, over };
  }
}

/** The turn that a record is about; a fork's summary was there before its first. */
function turnOf(record: AnyRecord | undefined): number | undefined {
  const call = record?.kind === "object.put" ? record.data.call : record?.call;
  if (call === undefined) return record?.kind === "process.trim" ? 0 : undefined;
  return slotOf(call)?.turn ?? summaryOf(call)?.turn;
}

/** A turn of the one whose conversation this began with: only what was said; the record of its calls is that one's. */
function told(t: Translate, entry: Entry & { role: "turn" }): string {
  const { text } = answered(entry.answer);
  const said = text === "" ? [] : [harmlessMarkdown(text)];
  const listed = modelAnswerSchema.safeParse(entry.answer).data?.calls ?? [];
  const items = listed.map(({ tool, args }, i) => toldItem(t, tool, args, entry.results.get(i)));
  const title = `## ${t("Turn {0} of agent {1}", entry.turn + 1, entry.pid)}`;
  return [title, ...said, ...(items.length === 0 ? [] : [items.join("\n")])].join("\n\n");
}

/** What stands behind the conversation: the answer that arrives, questions that no call of a turn asks, and the end. */
function rest(
  t: Translate,
  state: State,
  process: Process,
  streaming: string,
  growing: Part[],
  end: string,
): Part[] {
  const parts: Part[] = [];
  if (streaming !== "")
    parts.push(plain(`## ${t("Turn {0}", process.turns + 1)}\n\n${harmlessMarkdown(streaming)}`));
  const shown = new Set(growing.flatMap((part) => part.asks.map(({ question }) => question.id)));
  for (const { question, outcome } of state.questions.values())
    if (question.pid === process.pid && outcome === undefined && !shown.has(question.id))
      parts.push({
        text: `- **${t("waits for you")}**: ${codeSpan(visibleLine(question.text))}`,
        asks: [{ line: 0, question }],
        over: false,
      });
  if (process.life.ended === undefined) return parts;
  const result = process.result ?? null;
  const text = typeof result === "string" ? result : JSON.stringify(result, null, 2);
  const said = result === null || result === "" ? "" : `\n\n${codeBlock(text)}`;
  const last = end === "" ? usageWords(t, process.used, process.budget) : end.trimEnd();
  parts.push(plain(`## ${t("Ended: {0}", stateText(t, process))}${said}\n\n${last}`));
  return parts;
}

function plain(text: string): Part {
  return { text, asks: [], over: false };
}

function heading(t: Translate, state: State, process: Process, later: boolean): string {
  const who = chainWords(t, state, process.pid);
  return [
    `# ${later ? t("Agent {0}, continued", who) : t("Agent {0}", who)}`,
    "",
    t("Model {0} · started {1} · {2}", codeSpan(process.model), process.started, stateText(t, process)),
  ].join("\n");
}

/** What the record holds of an answer; a redacted one may have lost its shape. */
function answered(answer: unknown): { text: string; thought: string; calls: number } {
  if (typeof answer !== "object" || answer === null) return { text: "", thought: "", calls: 0 };
  const thoughts: unknown[] =
    "reasoning" in answer && Array.isArray(answer.reasoning) ? answer.reasoning : [];
  const thought = thoughts.map(textOf).filter((text) => text.trim() !== "");
  return {
    text: textOf(answer),
    thought: thought.join("\n\n").slice(0, THOUGHT),
    calls: "calls" in answer && Array.isArray(answer.calls) ? answer.calls.length : 0,
  };
}

function textOf(said: unknown): string {
  const has = typeof said === "object" && said !== null && "text" in said;
  return has && typeof said.text === "string" ? said.text : "";
}

function linesIn(text: string): number {
  let lines = 1;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines += 1;
  return lines;
}

/** The newest part of the transcript, whole unless it is long. */
export function transcriptText(
  t: Translate,
  state: State,
  records: readonly AnyRecord[],
  pid: number,
  streaming = "",
): string {
  return new Transcript(t, pid).take(records).page(state, undefined, streaming).text;
}
