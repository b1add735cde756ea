// How the rows of the Approvals view look: an agent, a change set, one request, and what was decided lately.
import type { Question } from "../../abi/question.ts";
import * as vscode from "vscode";
import type { Decided, Process } from "../../kernel/state/rows.ts";
import type { NarrowRule } from "../../views/questions/narrow.ts";
import { visibleLine } from "../../views/words/visible.ts";
import { deadlineWords } from "../../views/words/decisions.ts";
import { grantWords } from "../../views/words/resources.ts";
import { nameOf, spoken } from "../session/agents.ts";
import { fitsRow, isFree, isScopable, ROW_MAX, wish } from "../session/questions.ts";
import { setTitle, turnOf } from "./places.ts";
import type { Standing } from "./decided.ts";
import type { AlikeRow, AskRow, GroupRow, SetRow } from "../session/rows.ts";

const { Checked, Unchecked } = vscode.TreeItemCheckboxState;

/** The agent that the rows under it belong to, which waits for `open` answers. */
export function groupItem(row: GroupRow, process: Process | undefined, open: number): vscode.TreeItem {
  const name = process === undefined ? "" : nameOf(process);
  const item = new vscode.TreeItem(name);
  item.id = `group ${row.pid}`;
  item.collapsibleState = vscode.TreeItemCollapsibleState.Expanded;
  item.description = vscode.l10n.t("process {0}", row.pid);
  const requests = open === 1 ? vscode.l10n.t("1 request") : vscode.l10n.t("{0} requests", open);
  item.accessibilityInformation = {
    label: [name, spoken("needs"), requests].join(", "),
    role: "treeitem",
  };
  return item;
}

/** The writes of one turn; `covered` when a review that holds all of them was opened. */
export function setItem(row: SetRow, members: number, covered: boolean): vscode.TreeItem {
  const files = members === 1 ? vscode.l10n.t("1 file") : vscode.l10n.t("{0} files", members);
  // Short, because the agent stands above it and the buttons beside it.
  const item = new vscode.TreeItem(vscode.l10n.t("{0} of turn {1}", files, row.turn + 1));
  const title = `${setTitle(row.pid, row.turn)} (${files})`;
  item.id = `set ${row.pid}.${row.turn}`;
  item.collapsibleState = vscode.TreeItemCollapsibleState.Expanded;
  item.contextValue = `set.${covered ? "seen" : "unseen"}`;
  item.iconPath = new vscode.ThemeIcon("diff-multiple");
  item.tooltip = covered
    ? vscode.l10n.t("Allow Checked allows what is checked, and denies what is not.")
    : vscode.l10n.t("Review it first: then what is checked can be allowed.");
  item.accessibilityInformation = { label: title };
  item.command = { command: "agentlibos.review", title: vscode.l10n.t("Review"), arguments: [row] };
  return item;
}

/** How many ask for the same, before what they ask for. */
function times(open: readonly Question[]): string {
  return vscode.l10n.t("{0} × ", open.length);
}

/** Some requests for the same by these agents; what is allowed or denied here is each of them, by itself. */
export function alikeItem(
  row: AlikeRow,
  open: readonly Question[],
  agents: readonly Process[],
  allowable: boolean,
): vscode.TreeItem {
  const [first] = open;
  if (first === undefined) return new vscode.TreeItem("");
  const label = `${times(open)}${wish(first)}`;
  const item = new vscode.TreeItem(label);
  item.id = `alike ${[...row.digests.keys()].join(" ")}`;
  item.collapsibleState = vscode.TreeItemCollapsibleState.Collapsed;
  // The same may be done about it as about one request, except to allow it for longer than once.
  item.contextValue = `ask.${allowable ? "seen" : "unseen"}`;
  item.iconPath = iconOf(first);
  const names = agents.map((p) => vscode.l10n.t("{0} ({1})", nameOf(p, 24), p.pid));
  item.description = agents.map((p) => nameOf(p, 24)).join(", ");
  const each = vscode.l10n.t(
    "{0} requests for the same: an answer here is given to each of them.",
    open.length,
  );
  item.tooltip = [label, ...names, each].join("\n");
  item.accessibilityInformation = { label: [label, ...names, each].join(", "), role: "treeitem" };
  item.command = { command: "agentlibos.review", title: vscode.l10n.t("Review"), arguments: [row] };
  return item;
}

/** True when the row of requests for the same shows all of each. */
export function fitsAlike(open: readonly Question[]): boolean {
  const [first] = open;
  return first !== undefined && fitsRow(first, ROW_MAX - times(open).length);
}

/**
 * One request. `checked` is given for a row of a change set, `rule` where one is offered, and `asker` where
 * it stands among others for the same.
 */
export function askItem(
  question: Question,
  row: AskRow,
  seen: boolean,
  checked?: boolean,
  rule?: NarrowRule,
  asker?: Process,
): vscode.TreeItem {
  const item = new vscode.TreeItem(wish(question));
  item.id = `ask ${question.id}`;
  item.contextValue = `ask.${kindOf(question, seen)}${isScopable(question) ? ".scopable" : ""}`;
  item.iconPath = iconOf(question);
  const once = question.asks.filter((a) => a.once || a.secret);
  // A capability that asks is named in the review; the row has room for what kind of thing is asked for.
  const reasons = [
    ...new Set(once.map((a) => (a.key.startsWith("class:") ? a.reason : vscode.l10n.t("once only")))),
  ];
  const { deadline } = question;
  const before = deadline === undefined ? [] : [deadlineWords(vscode.l10n.t, deadline, Date.now())];
  const { t } = vscode.l10n;
  const often = rule === undefined ? [] : [t("you allowed this {0} times", rule.times)];
  const offer =
    rule === undefined
      ? []
      : [t("Allow for… offers: it {0}", grantWords(t, rule.grant)), visibleLine(rule.text)];
  const said = [...(asker === undefined ? [] : [nameOf(asker, 24)]), ...before, ...often, ...reasons];
  if (said.length > 0) item.description = said.join("; ");
  item.tooltip = [wish(question), ...before, ...often, ...offer, ...question.asks.map((a) => a.reason)].join(
    "\n",
  );
  item.accessibilityInformation = { label: [wish(question), ...said].join(", "), role: "treeitem" };
  item.command = { command: "agentlibos.review", title: vscode.l10n.t("Review"), arguments: [row] };
  if (checked === undefined || turnOf(question) === undefined) return item;
  const tooltip = vscode.l10n.t("Allow Checked allows what is checked, and denies what is not.");
  item.checkboxState = {
    state: checked ? Checked : Unchecked,
    tooltip,
    // It is reached by itself, without its row being read.
    accessibilityInformation: {
      label: checked
        ? vscode.l10n.t("{0}: allowed with what is checked", wish(question))
        : vscode.l10n.t("{0}: denied with what is not checked", wish(question)),
    },
  };
  return item;
}

export function recentItem(count: number): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.l10n.t("Recently decided"));
  item.id = "recent";
  item.collapsibleState = vscode.TreeItemCollapsibleState.Collapsed;
  item.description = `${count}`;
  item.iconPath = new vscode.ThemeIcon("history");
  return item;
}

/** What was decided, by whom, and what can still be done about it. */
export function decidedItem(
  { question, answer }: Decided,
  name: string,
  standing: Standing,
  undoable: "rule" | "grant" | "",
): vscode.TreeItem {
  const item = new vscode.TreeItem(wish(question));
  const said = standingWords(standing);
  const note = visibleLine(answer?.note ?? answer?.text ?? "");
  const lasting = standing === "granted" || standing === "revoked";
  const stored = lasting ? visibleLine(answer?.grant ?? "") : "";
  item.id = `decided ${question.id}`;
  item.description = [said, note].filter((part) => part !== "").join(": ");
  item.contextValue = `decided.${undoable}`;
  const denied = standing === "denied" || standing === "ruled" || standing === "expired";
  item.iconPath = new vscode.ThemeIcon(denied ? "circle-slash" : "pass");
  item.tooltip = [wish(question), `${name}, ${said}`, stored, note].filter((part) => part !== "").join("\n");
  item.accessibilityInformation = { label: `${wish(question)}, ${said}`, role: "treeitem" };
  return item;
}

function standingWords(standing: Standing): string {
  const { t } = vscode.l10n;
  const words: Readonly<Record<Standing, string>> = {
    allowed: t("allowed"),
    granted: t("allowed from then on"),
    denied: t("denied"),
    answered: t("answered"),
    expired: t("nobody answered"),
    ruled: t("denied from then on"),
    revoked: t("taken back"),
  };
  return words[standing];
}

function kindOf(question: Question, seen: boolean): string {
  if (question.kind === "budget") return "budget";
  if (isFree(question)) return "free";
  return fitsRow(question) ? "whole" : seen ? "seen" : "unseen";
}

function iconOf(question: Question): vscode.ThemeIcon {
  if (question.kind === "question") return new vscode.ThemeIcon("question");
  if (question.kind === "budget") return new vscode.ThemeIcon("credit-card");
  if (question.preview?.risk === "high")
    return new vscode.ThemeIcon("warning", new vscode.ThemeColor("list.warningForeground"));
  const rights = question.needs.map((n) => n.right);
  if (rights.includes("delete") && !rights.includes("write")) return new vscode.ThemeIcon("trash");
  return new vscode.ThemeIcon(question.preview?.after === undefined ? "key" : "edit");
}
