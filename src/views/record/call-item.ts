// Call item: one call as a Markdown list item with its arguments, decision and result.
import type { Kinds } from "../../abi/kind.ts";
import type { Question } from "../../abi/question.ts";
import { depthOf } from "../../kernel/state/call-id.ts";
import type { CallResult } from "../../kernel/state/rows.ts";
import { callName, type CallRow } from "./calls.ts";
import { callWords } from "../words/calls.ts";
import { changedLines } from "../words/changed-lines.ts";
import { callId, codeBlock, codeSpan, indentLines, markdownName } from "../words/markdown.ts";
import type { Translate } from "../words/translate.ts";
import { lengthWords, visibleLine, visibleValue } from "../words/visible.ts";
import { decisionWords, outcomeWords } from "../words/decisions.ts";

/** How many characters and lines of an argument or result are shown. The record has the whole. */
const SHORT = 300;
const BLOCK = 1500;
const BLOCK_LINES = 15;

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function textIn(fields: Fields, name: string): string | undefined {
  const found = fields[name];
  return typeof found === "string" ? found : undefined;
}

/** The arguments without the texts that are shown below. A single argument is shown without its name. */
function argumentWords(t: Translate, args: unknown, shown: readonly string[]): string {
  const left = Object.entries(fieldsOf(args)).filter(([name]) => !shown.includes(name));
  const [only] = left;
  if (shown.length === 0 && left.length !== 1) return codeSpan(visibleValue(t, args, SHORT));
  if (left.length === 1 && typeof only?.[1] === "string") return codeSpan(visibleValue(t, only[1], SHORT));
  return codeSpan(visibleValue(t, Object.fromEntries(left), SHORT));
}

/** The beginning of a text as a code block inside the item, and the whole length when the text is longer. */
function textBlock(t: Translate, text: string, language = ""): string[] {
  const lines = text.replace(/\n$/u, "").split("\n");
  const start = lines.slice(0, BLOCK_LINES).join("\n").slice(0, BLOCK);
  const whole = start.length >= text.replace(/\n$/u, "").length;
  const shown = codeBlock(start, language).split("\n");
  return ["", ...shown, ...(whole ? [] : ["", `… ${t("{0} in all", lengthWords(t, text))}`])].map((l) =>
    `  ${l}`.trimEnd(),
  );
}

/** The arguments that hold a change, as changed lines. */
function changedText(t: Translate, args: Fields): { names: string[]; text: string } | undefined {
  const [before, after] = [textIn(args, "old_text"), textIn(args, "new_text")];
  if (before !== undefined && after !== undefined)
    return { names: ["old_text", "new_text"], text: changedLines(t, before, after) };
  const content = textIn(args, "content");
  return content === undefined ? undefined : { names: ["content"], text: changedLines(t, "", content) };
}

/** A call of the process that was forked, as far as the conversation holds it. */
export function forkedCallItem(
  t: Translate,
  tool: string,
  args: unknown,
  result: CallResult | undefined,
): string {
  const came =
    result === undefined
      ? outcomeWords(t, "not-run")
      : result.ok
        ? outcomeWords(t, "ok")
        : `${result.code}: ${codeSpan(visibleValue(t, result.message, SHORT))}`;
  return `- **${markdownName(visibleLine(tool))}** ${argumentWords(t, args, [])}: ${came}`;
}

/** One call as an item. */
export interface CallItem {
  readonly text: string;
  /** Its question while that is open. */
  readonly question?: Question;
  /** Its id, if it may have put something out. */
  readonly putOut?: string;
}

/** One call as an item with its id, by which it is explained; `waits` while its question is open. */
function callItem(
  t: Translate,
  kinds: Kinds,
  row: CallRow,
): { text: string; waits: boolean; putOut: boolean } {
  const { syscall: op, args, decision, outcome, error } = row.json;
  const { value } = row;
  const said = callWords(t, kinds, { op, args, value }, codeSpan);
  const waits = row.end === undefined && row.begin === undefined;
  const came = waits
    ? `**${t("waits for an answer")}**`
    : `${decisionWords(t, decision)}, ${outcomeWords(t, outcome)}`;
  const changed = said === undefined ? changedText(t, fieldsOf(args)) : undefined;
  const name = `**${markdownName(callName(row.json))}**`;
  const what = said?.line ?? `${name} ${argumentWords(t, args, changed?.names ?? [])}`;
  const head = `- ${what} (${callId(row.json.call)}): ${came}`;
  const lines = [
    head,
    ...(changed === undefined || changed.text === "" ? [] : textBlock(t, changed.text, "diff")),
  ];
  const content = said === undefined ? textIn(fieldsOf(value), "content") : said.text;
  if (error !== undefined) {
    lines.push(`  - ${error.code}: ${codeSpan(visibleValue(t, error.message, SHORT))}`);
    if (error.hint !== "") lines.push(`  - ${codeSpan(visibleValue(t, error.hint, SHORT))}`);
  } else if (content !== undefined && (said === undefined || content !== ""))
    for (const line of textBlock(t, content)) lines.push(line);
  else if (said === undefined && value !== undefined && changed === undefined)
    lines.push(`  - ${codeSpan(visibleValue(t, value, SHORT))}`);
  const putOut = said !== undefined || row.end?.data.output !== undefined;
  return { text: lines.join("\n"), waits, putOut };
}

/** Calls as items with their waiting questions. The calls of a call stand inside its item, and not too many of them. */
export function callItems(t: Translate, kinds: Kinds, rows: readonly CallRow[]): CallItem[] {
  return shownRows(rows).map(({ row, depth, more }) => {
    const item = callItem(t, kinds, row);
    const left = more === 0 ? [] : [`- … ${t("and {0} more", more)}`];
    const question = item.waits ? row.asked.at(-1)?.data : undefined;
    const text = indented([item.text, ...left].join("\n"), depth);
    return {
      text,
      ...(question === undefined ? {} : { question }),
      ...(item.putOut ? { putOut: row.json.call } : {}),
    };
  });
}

/** The most calls of one call of a turn that are shown, beside those that wait for a person. The record has all. */
const BELOW_MOST = 50;

/** The rows that are shown, with their depth, and how many calls of the same call are left out behind each. */
function shownRows(rows: readonly CallRow[]): { row: CallRow; depth: number; more: number }[] {
  const shown: { row: CallRow; depth: number; more: number }[] = [];
  let below = 0;
  for (const row of rows) {
    const depth = depthOf(row.json.call);
    below = depth === 0 ? 0 : below + 1;
    const waits = row.end === undefined && row.begin === undefined;
    const last = shown.at(-1);
    if (below <= BELOW_MOST || waits || last === undefined) shown.push({ row, depth, more: 0 });
    else last.more += 1;
  }
  return shown;
}

/** An item inside the item of the call that made it. */
function indented(text: string, depth: number): string {
  return depth === 0 ? text : indented(indentLines(text), depth - 1);
}
