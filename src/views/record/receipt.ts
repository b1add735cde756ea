// Receipt: one screen about a finished agent and its family: changes, answers, denials, usage, and how to verify it.
import type { CliApproval } from "../../abi/cli.ts";
import type { Kinds } from "../../abi/kind.ts";
import type { PreviewNames } from "../../abi/question.ts";
import type { AnyRecord } from "../../abi/record.ts";
import type { Process } from "../../kernel/state/rows.ts";
import { fsSegments } from "../../abi/resource.ts";
import { familiesOf } from "../agents/family.ts";
import { approvalsOf } from "../questions/approvals.ts";
import { callWords } from "../words/calls.ts";
import { answerWords } from "../words/decisions.ts";
import { callId, codeSpan, markdownName } from "../words/markdown.ts";
import { usageWords, stateText } from "../words/processes.ts";
import { actionWords } from "../words/previews.ts";
import { needWords } from "../words/resources.ts";
import type { Translate } from "../words/translate.ts";
import { linesText, visibleImage, visibleLine } from "../words/visible.ts";
import { targetOf } from "./audit.ts";
import { callName, callsOf, type CallRow } from "./calls.ts";
import { changedFiles } from "./changes.ts";
import type { RecordSource } from "./run.ts";

/** The most lines of one section, so that the whole receipt fits one screen. */
const SHOWN = 12;

function section(t: Translate, title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const more = lines.length > SHOWN ? [`- … ${t("and {0} more", lines.length - SHOWN)}`] : [];
  return [`**${title} (${lines.length})**`, "", ...lines.slice(0, SHOWN).map((l) => `- ${l}`), ...more, ""];
}

/** The request in words: the action that a person saw, or the text of a free question. */
function askedWords(
  t: Translate,
  kinds: Kinds,
  asked: CliApproval,
  previews: ReadonlyMap<string, PreviewNames>,
): string {
  const [need] = asked.asks;
  const preview = previews.get(asked.id);
  if (preview === undefined || need === undefined) return visibleLine(asked.text);
  const action = actionWords(t, kinds, preview);
  const named = action?.includes(pathOf(need.resource)) === true;
  const needed = `${needWords(t, kinds, [need.right], need.resource)} (${need.reason})`;
  return named ? action : visibleLine(needed);
}

/** A text of an agent or a person in one line of a receipt. */
function inLine(text: string): string {
  return text.slice(0, 300).replace(/\s*\n\s*/gu, " ");
}

/** How an agent ended beside its state: its result, or why there is none. */
function endLines(t: Translate, { life, result, reason }: Process): string[] {
  if (life.ended === undefined) return [];
  const text =
    typeof result === "string"
      ? result
      : result === null || result === undefined
        ? ""
        : JSON.stringify(result);
  const lines = [
    ...(text === "" ? [] : [t("Result: {0}", codeSpan(inLine(text)))]),
    ...(life.ended === "finished" || reason === undefined ? [] : [t("Why: {0}", codeSpan(inLine(reason)))]),
  ];
  return lines.flatMap((line) => [line, ""]);
}

function previewsOf(records: readonly AnyRecord[]): Map<string, PreviewNames> {
  const found = new Map<string, PreviewNames>();
  for (const record of records)
    if (record.kind === "question.open" && record.data.preview !== undefined)
      found.set(record.data.id, record.data.preview);
  return found;
}

function pathOf(resource: string): string {
  return fsSegments(resource).join("/");
}

/** A call that ran something, in the words of its kind. */
function ranLines(
  t: Translate,
  kinds: Kinds,
  { json: { syscall: op, args, call }, value }: CallRow,
): string[] {
  const said = callWords(t, kinds, { op, args, value }, codeSpan);
  return said?.listed === true ? [`${said.line} (${callId(call)})`] : [];
}

/** The receipt as Markdown, to copy into a pull request. `check` is the command that checks the record. */
export function receiptText(t: Translate, source: RecordSource, root: number, check: string): string {
  const process = source.state.processes.get(root);
  if (process === undefined) return `${t("There is no process {0}.", root)}\n`;
  const pids = new Set(familiesOf(source.state, [root]).map((p) => p.pid));
  const records: readonly AnyRecord[] = source.records.filter((r) => r.pid !== undefined && pids.has(r.pid));
  const rows = callsOf(records);
  const previews = previewsOf(records);
  const denied = rows.filter((r) => r.json.decision === "deny");
  const failed = rows.filter(
    (r) => r.end !== undefined && r.json.outcome !== "ok" && r.json.decision === "allow",
  );
  const { id, head } = source.journal;
  const lines = [
    `### ${t("Agent {0} ({1}) {2}", root, visibleImage(process.image), stateText(t, process))}`,
    "",
    t("Goal: {0}", codeSpan(inLine(process.goal))),
    "",
    ...endLines(t, process),
    ...section(
      t,
      t("Changed"),
      changedFiles(source.state.kinds, rows).map((c) =>
        t("{0} by {1} ({2})", codeSpan(pathOf(c.resource)), markdownName(c.tool), callId(c.call)),
      ),
    ),
    ...section(
      t,
      t("Ran"),
      rows.flatMap((row) => ranLines(t, source.state.kinds, row)),
    ),
    ...section(
      t,
      t("Asked"),
      approvalsOf(records).map(
        (a) =>
          `${answerWords(t, a)}: ${codeSpan(askedWords(t, source.state.kinds, a, previews).slice(0, 160))}`,
      ),
    ),
    ...section(
      t,
      t("Denied"),
      denied.map(
        (r) => `${markdownName(callName(r.json))} ${codeSpan(targetOf(t, r))} (${r.json.error?.code ?? ""})`,
      ),
    ),
    ...section(
      t,
      t("Failed"),
      failed.map(({ json }) => {
        const { code = json.outcome, message = "" } = json.error ?? {};
        const why = codeSpan(visibleLine(message).slice(0, 160));
        return t("{0} ({1}): {2} {3}", markdownName(callName(json)), callId(json.call), code, why);
      }),
    ),
    t("Used: {0}", usageWords(t, process.used)),
    "",
    t("Record: journal {0}, {1} records, head {2}", codeSpan(id), head.seq, codeSpan(head.hash)),
    "",
    t("Check it: {0}", codeSpan(check)),
  ];
  return linesText(lines);
}
