// Records as documents: a call or another record as people read it, and below it each line as it is stored.
import type { Kinds } from "../../abi/kind.ts";
import type { AnyRecord } from "../../abi/record.ts";
import type { FileChange } from "../../abi/record/files.ts";
import { decodeName } from "../../abi/resource.ts";
import { slotOf } from "../../kernel/state/call-id.ts";
import { callName, type CallRow } from "../record/calls.ts";
import { callWords } from "../words/calls.ts";
import { decisionWords, outcomeWords } from "../words/decisions.ts";
import { needWords } from "../words/resources.ts";
import type { Translate } from "../words/translate.ts";
import {
  columns,
  escapedJson,
  lengthWords,
  linesText,
  visibleLine,
  visibleName,
  visibleOutput,
  visibleText,
  withMargin,
} from "../words/visible.ts";

/** The longest argument or result that a document shows, in characters. The line of the record has the whole. */
const SHOWN_MOST = 20_000;
/** The margin of what an agent or a program wrote, so that none of it passes for our text. */
const MARGIN = "  | ";

/** A record with its line as it is stored. */
export interface StoredRecord {
  readonly record: AnyRecord;
  readonly line: string;
}

/** The words for what became of a file. */
export function changeWords(t: Translate, { pre, post }: FileChange): string {
  if (pre === "absent") return t("created");
  return post === "absent" ? t("deleted") : t("changed");
}

/** A call as people read it, and the lines of its records. `agent` is its agent as people know it. */
export function callText(
  t: Translate,
  kinds: Kinds,
  row: CallRow,
  agent: string,
  stored: readonly StoredRecord[],
): string {
  const { json, end, value, time } = row;
  const turn = slotOf(json.call)?.turn;
  const said = callWords(t, kinds, { op: json.syscall, args: json.args, value });
  const needs = json.needs.map((need) => needWords(t, kinds, [need.right], need.resource));
  const used = end?.data.used;
  const facts: [string, string][] = [
    [t("by"), turn === undefined ? agent : t("{0}, turn {1}", agent, turn + 1)],
    [t("time"), time],
    [t("decision"), decisionWords(t, json.decision)],
    [t("outcome"), outcomeWords(t, json.outcome)],
    ...needs.map((words): [string, string] => [t("needed"), words]),
    ...(end?.data.changes ?? []).map((change): [string, string] => [
      changeWords(t, change),
      visibleName(decodeName(change.resource.replace(/^[a-z]+:\/?/u, ""))),
    ]),
    ...(used === undefined || used.tokens === 0
      ? []
      : [[t("tokens"), String(used.tokens)] as [string, string]]),
    ...(end === undefined
      ? []
      : [[t("took"), t("{0} ms", (end.data.micros / 1000).toFixed(1))] as [string, string]]),
    ...(json.error === undefined
      ? []
      : [[json.error.code, visibleLine(`${json.error.message} ${json.error.hint}`)] as [string, string]]),
  ];
  const name = `${visibleName(json.syscall)}${json.tool === undefined ? "" : ` (${callName(json)})`}`;
  return [
    linesText([t("Call {0}: {1}", json.call, name), ...(said === undefined ? [] : [visibleLine(said.line)])]),
    linesText(columns(facts.map(([label, words]) => [label, visibleLine(words)]))),
    ...(json.args === null ? [] : [part(t, t("Arguments"), json.args)]),
    ...(value === undefined ? [] : [part(t, t("Result"), value)]),
    storedText(t, stored),
  ].join("\n");
}

/** Any record as people read it, and its line. */
export function recordText(t: Translate, { record, line }: StoredRecord): string {
  const { seq, time, kind, pid, call, data } = record;
  const facts: [string, string][] = [
    [t("time"), time],
    ...(pid === undefined ? [] : [[t("process"), String(pid)] as [string, string]]),
    ...(call === undefined ? [] : [[t("call"), visibleName(call)] as [string, string]]),
  ];
  return [
    linesText([t("Record {0}: {1}", seq, visibleName(kind))]),
    linesText(columns(facts)),
    part(t, t("Content"), data),
    storedText(t, [{ record, line }]),
  ].join("\n");
}

function part(t: Translate, title: string, value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value, undefined, 2);
  const shown = withMargin(visibleText(text.slice(0, SHOWN_MOST)), MARGIN);
  const more = text.length <= SHOWN_MOST ? "" : `\n… ${t("{0} in all", lengthWords(t, text))}`;
  return `${title}\n${shown}${more}\n`;
}

/** The lines as they are stored. Where they have hidden characters, these stand as escapes. */
function storedText(t: Translate, stored: readonly StoredRecord[]): string {
  const lines = stored.flatMap(({ record, line }) => [
    t("Record {0}, as it is stored", record.seq),
    visibleOutput(escapedJson(line)),
    "",
  ]);
  return lines.join("\n");
}
