// Receipt: one screen about a finished agent and its family: changed, asked, denied, used, and how to check it.
import type { CliApproval } from "../abi/cli.ts";
import type { AnyRecord } from "../abi/record.ts";
import { fsSegments } from "../abi/resource.ts";
import type { Account } from "./run.ts";
import { approvalsOf } from "./approvals.ts";
import { targetOf } from "./audit.ts";
import { callsOf, type CallRow } from "./calls.ts";
import { familiesOf } from "./family.ts";
import { codeSpan } from "./markdown.ts";
import { stateText } from "./ps.ts";
import { usageWords } from "./usage.ts";
import { visibleLine } from "./visible.ts";
import { actorWords } from "./words.ts";

/** How many lines one part may have, so that the whole stays one screen. */
const SHOWN = 12;

/** What happened to one file, in the end: the last successful change of each resource counts. */
export interface Change {
  readonly resource: string;
  readonly tool: string;
  readonly call: string;
}

/** Files that calls changed, each once, in the order of their first change. */
export function changesOf(rows: readonly CallRow[]): Change[] {
  const found = new Map<string, Change>();
  for (const { json, end } of rows) {
    if (end?.data.changed !== true) continue;
    for (const { resource, right } of json.needs)
      if (right === "write" || right === "delete")
        found.set(resource, { resource, tool: json.tool ?? json.syscall, call: json.call });
  }
  return [...found.values()];
}

function section(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const more = lines.length > SHOWN ? [`- … and ${lines.length - SHOWN} more`] : [];
  return [`**${title} (${lines.length})**`, "", ...lines.slice(0, SHOWN).map((l) => `- ${l}`), ...more, ""];
}

/** What was asked for: the title that a person saw, or the words of a free question. */
function wishOf(asked: CliApproval, titles: ReadonlyMap<string, string>): string {
  const [need] = asked.asks;
  const title = titles.get(asked.id);
  if (title === undefined || need === undefined) return visibleLine(asked.text);
  const named = title.includes(pathOf(need.resource));
  return visibleLine(named ? title : `${need.right} ${pathOf(need.resource)} (${need.reason})`);
}

function titlesOf(records: readonly AnyRecord[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const record of records)
    if (record.kind === "question.open" && record.data.preview !== undefined)
      found.set(record.data.id, record.data.preview.title);
  return found;
}

function pathOf(resource: string): string {
  return fsSegments(resource).join("/");
}

/** As Markdown, to be copied into a pull request. `folder` is where the record lies. */
export function receiptText(account: Account, root: number, folder: string): string {
  const process = account.state.processes.get(root);
  if (process === undefined) return `There is no process ${root}.\n`;
  const pids = new Set(familiesOf(account.state, [root]).map((p) => p.pid));
  const records: readonly AnyRecord[] = account.records.filter((r) => r.pid !== undefined && pids.has(r.pid));
  const rows = callsOf(records);
  const titles = titlesOf(records);
  const denied = rows.filter((r) => r.json.decision === "deny");
  const { id, head } = account.journal;
  const lines = [
    `### Agent ${root} (${process.image}) ${stateText(process)}`,
    "",
    `Goal: ${codeSpan(process.goal.slice(0, 300).replace(/\s*\n\s*/gu, " "))}`,
    "",
    ...section(
      "Changed",
      changesOf(rows).map((c) => `${codeSpan(pathOf(c.resource))} by ${c.tool} (${c.call})`),
    ),
    ...section(
      "Asked",
      approvalsOf(records).map((a) => {
        const by = a.by === undefined || a.outcome === "cancelled" ? "" : ` by ${actorWords(a.by)}`;
        return `${a.outcome}${by}: ${codeSpan(wishOf(a, titles).slice(0, 160))}`;
      }),
    ),
    ...section(
      "Denied",
      denied.map(
        (r) => `${r.json.tool ?? r.json.syscall} ${codeSpan(targetOf(r))} (${r.json.error?.code ?? ""})`,
      ),
    ),
    `Used: ${usageWords(process.used)}`,
    "",
    `Record: journal ${codeSpan(id)}, ${head.seq} records, head ${codeSpan(head.hash)}`,
    "",
    `Check it: ${codeSpan(`agentlibos verify --workspace ${folder}`)}`,
  ];
  return lines.join("\n") + "\n";
}
