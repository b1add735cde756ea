// Transcript: the conversation of one process as Markdown, with its calls, how they were decided and what came of them.
import type { AnyRecord } from "../abi/record.ts";
import { slotOf } from "../kernel/fold.ts";
import type { Entry, Process, State } from "../kernel/state.ts";
import { callsOf, type CallRow } from "./calls.ts";
import { chainOf } from "./family.ts";
import { codeBlock, codeSpan, harmlessMarkdown } from "./markdown.ts";
import { stateText } from "./ps.ts";
import { visibleValue } from "./visible.ts";
import { actorWords, decisionWords, outcomeWords, usageWords } from "./words.ts";

/** How much of an argument or a result is shown, in characters; the record has the whole. */
const SHORT = 300;

/** One entry with its own calls, oldest first; the editor folds by these. */
export interface TranscriptPart {
  readonly title: string;
  readonly body: string;
}

function textOf(answer: unknown): string {
  return typeof answer === "object" && answer !== null && "text" in answer && typeof answer.text === "string"
    ? answer.text
    : "";
}

/** One call as a list item: tool, arguments, how it was decided, what came of it. */
function callItem(row: CallRow): string {
  const { tool, syscall, args, decision, outcome, error } = row.json;
  const waiting = row.end === undefined && row.begin === undefined;
  const came = waiting ? "**waits for an answer**" : `${decisionWords(decision)}, ${outcomeWords(outcome)}`;
  const lines = [`- **${tool ?? syscall}** ${codeSpan(visibleValue(args, SHORT))}: ${came}`];
  if (error !== undefined) lines.push(`  - ${error.code}: ${codeSpan(visibleValue(error.message, SHORT))}`);
  else if (row.end?.data.value !== undefined)
    lines.push(`  - ${codeSpan(visibleValue(row.end.data.value, SHORT))}`);
  return lines.join("\n");
}

function part(entry: Entry, calls: readonly CallRow[]): TranscriptPart {
  if (entry.role === "user") {
    const who = entry.by === "person" ? "You" : actorWords(entry.by);
    return { title: `Message from ${who}`, body: harmlessMarkdown(entry.text) };
  }
  const text = textOf(entry.answer);
  const body = [
    ...(text === "" ? [] : [harmlessMarkdown(text)]),
    ...(calls.length === 0 ? [] : [calls.map(callItem).join("\n")]),
  ];
  return { title: `Turn ${entry.turn + 1}`, body: body.join("\n\n") };
}

export function transcriptParts(state: State, records: readonly AnyRecord[], pid: number): TranscriptPart[] {
  const process = state.processes.get(pid);
  if (process === undefined) return [];
  const byTurn = new Map<number, CallRow[]>();
  for (const row of callsOf(records.filter((r) => r.pid === pid))) {
    const slot = slotOf(row.json.call);
    if (slot?.index === undefined) continue;
    byTurn.set(slot.turn, [...(byTurn.get(slot.turn) ?? []), row]);
  }
  return process.conversation.map((entry) =>
    part(entry, entry.role === "turn" ? (byTurn.get(entry.turn) ?? []) : []),
  );
}

function heading(state: State, process: Process): string {
  const chain = chainOf(state, process.pid).map((p) => `${p.pid} ${p.image}`);
  return [
    `# Agent ${chain.join(" ← ")}`,
    "",
    `Model ${codeSpan(process.model)} · started ${process.started} · ${stateText(process)}`,
  ].join("\n");
}

/** The whole transcript. `streaming` is the answer that is arriving now, which the record does not have yet. */
export function transcriptText(
  state: State,
  records: readonly AnyRecord[],
  pid: number,
  streaming = "",
): string {
  const process = state.processes.get(pid);
  if (process === undefined) return `There is no process ${pid}.\n`;
  const parts = transcriptParts(state, records, pid);
  if (streaming !== "") parts.push({ title: `Turn ${process.turns + 1}`, body: harmlessMarkdown(streaming) });
  const blocks = [heading(state, process), ...parts.map((p) => `## ${p.title}\n\n${p.body}`)];
  if (process.life.ended !== undefined) {
    const result = process.result ?? null;
    const said =
      result === null || result === ""
        ? ""
        : `\n\n${codeBlock(typeof result === "string" ? result : JSON.stringify(result, null, 2))}`;
    blocks.push(`## Ended: ${stateText(process)}${said}\n\n${usageWords(process.used, process.budget)}`);
  }
  return blocks.join("\n\n") + "\n";
}
