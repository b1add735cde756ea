// Items: how the rows of the Approvals view look: agents, change sets, requests and recent decisions.
import * as vscode from "vscode";
import type { Decided, Process } from "../../kernel/state/rows.ts";
import type { NarrowRule } from "../../views/questions/narrow.ts";
import { reasonWords } from "../../views/words/previews.ts";
import { visibleLine } from "../../views/words/visible.ts";
import { deadlineWords } from "../../views/words/decisions.ts";
import { grantWords } from "../../views/words/resources.ts";
import { agentName, agentStateWords } from "../session/agents.ts";
import { ROW_MAX, type QuestionRow } from "../../views/questions/row.ts";
import type { DecisionState } from "./decided.ts";
import type { AlikeRow, AskRow, GroupRow } from "../session/rows.ts";

const { Checked, Unchecked } = vscode.TreeItemCheckboxState;

/** The row of an agent with `open` waiting requests. */
export function groupItem(row: GroupRow, process: Process | undefined, open: number): vscode.TreeItem {
  const name = process === undefined ? "" : agentName(process);
  const item = new vscode.TreeItem(name);
  item.id = `group ${row.pid}`;
  item.collapsibleState = vscode.TreeItemCollapsibleState.Expanded;
  item.description = vscode.l10n.t("process {0}", row.pid);
  const requests = open === 1 ? vscode.l10n.t("1 request") : vscode.l10n.t("{0} requests", open);
  item.accessibilityInformation = {
    label: [name, agentStateWords("needs"), requests].join(", "),
    role: "treeitem",
  };
  return item;
}

/** The number of alike requests, as a prefix of their text. */
function countPrefix(open: readonly QuestionRow[]): string {
  return vscode.l10n.t("{0} × ", open.length);
}

/** The row of alike requests of these agents. An answer to the row is given to each request by itself. */
export function alikeItem(
  row: AlikeRow,
  open: readonly QuestionRow[],
  agents: readonly Process[],
  allowable: boolean,
): vscode.TreeItem {
  const [first] = open;
  if (first === undefined) return new vscode.TreeItem("");
  const label = `${countPrefix(open)}${first.line}`;
  const item = new vscode.TreeItem(label);
  item.id = `alike ${[...row.digests.keys()].join(" ")}`;
  item.collapsibleState = vscode.TreeItemCollapsibleState.Collapsed;
  // The row allows the same commands as a single request, except to allow for longer than once.
  item.contextValue = `ask.${allowable ? "seen" : "unseen"}`;
  item.iconPath = iconOfRow(first);
  const names = agents.map((p) => vscode.l10n.t("{0} ({1})", agentName(p, 24), p.pid));
  item.description = agents.map((p) => agentName(p, 24)).join(", ");
  const each = vscode.l10n.t(
    "{0} requests for the same: an answer here is given to each of them.",
    open.length,
  );
  item.tooltip = [label, ...names, each].join("\n");
  item.accessibilityInformation = { label: [label, ...names, each].join(", "), role: "treeitem" };
  item.command = { command: "agentlibos.review", title: vscode.l10n.t("Review"), arguments: [row] };
  return item;
}

/** True when the row of alike requests shows each request in full. */
export function fitsAlike(open: readonly QuestionRow[]): boolean {
  const [first] = open;
  return first?.fits(ROW_MAX - countPrefix(open).length) === true;
}

/**
 * One request. `checked` is given within a change set, `rule` when one is offered, and `asker` within a row of alike
 * requests.
 */
export function askItem(
  asked: QuestionRow,
  row: AskRow,
  seen: boolean,
  checked?: boolean,
  rule?: NarrowRule,
  asker?: Process,
): vscode.TreeItem {
  const { question, line } = asked;
  const item = new vscode.TreeItem(line);
  item.id = `ask ${question.id}`;
  item.contextValue = `ask.${asked.menu(seen)}${asked.scopable ? ".scopable" : ""}`;
  item.iconPath = iconOfRow(asked);
  const once = question.asks.filter((a) => a.once || a.secret);
  // The review names a capability that asks. The row has room only for the class of the request.
  const reasons = [
    ...new Set(
      once.map((a) =>
        a.key.startsWith("class:") ? reasonWords(vscode.l10n.t, asked.kinds, a) : vscode.l10n.t("once only"),
      ),
    ),
  ];
  const { deadline } = question;
  const before = deadline === undefined ? [] : [deadlineWords(vscode.l10n.t, deadline, Date.now())];
  const { t } = vscode.l10n;
  const often = rule === undefined ? [] : [t("you allowed this {0} times", rule.times)];
  const offer =
    rule === undefined
      ? []
      : [t("Allow for… offers: it {0}", grantWords(t, asked.kinds, rule.grant)), visibleLine(rule.text)];
  const said = [...(asker === undefined ? [] : [agentName(asker, 24)]), ...before, ...often, ...reasons];
  if (said.length > 0) item.description = said.join("; ");
  item.tooltip = [
    line,
    ...before,
    ...often,
    ...offer,
    ...question.asks.map((a) => reasonWords(t, asked.kinds, a)),
  ].join("\n");
  item.accessibilityInformation = { label: [line, ...said].join(", "), role: "treeitem" };
  item.command = { command: "agentlibos.review", title: vscode.l10n.t("Review"), arguments: [row] };
  if (checked === undefined) return item;
  const tooltip = vscode.l10n.t("Allow Checked allows what is checked, and denies what is not.");
  item.checkboxState = {
    state: checked ? Checked : Unchecked,
    tooltip,
    // A screen reader can reach the box without reading its row.
    accessibilityInformation: {
      label: checked
        ? vscode.l10n.t("{0}: allowed with what is checked", line)
        : vscode.l10n.t("{0}: denied with what is not checked", line),
    },
  };
  return item;
}

/** The row above the recent decisions. */
export function recentItem(count: number): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.l10n.t("Recently decided"));
  item.id = "recent";
  item.collapsibleState = vscode.TreeItemCollapsibleState.Collapsed;
  item.description = `${count}`;
  item.iconPath = new vscode.ThemeIcon("history");
  return item;
}

/** A decision with the `line` of its request, its decider, and what can still be done about it. */
export function decidedItem(
  { question, answer }: Decided,
  line: string,
  name: string,
  state: DecisionState,
  undoable: "rule" | "grant" | "",
): vscode.TreeItem {
  const item = new vscode.TreeItem(line);
  const said = decisionStateWords(state);
  const note = visibleLine(answer?.note ?? answer?.text ?? "");
  const lasting = state === "granted" || state === "revoked";
  const stored = lasting ? visibleLine(answer?.grant ?? "") : "";
  item.id = `decided ${question.id}`;
  item.description = [said, note].filter((part) => part !== "").join(": ");
  item.contextValue = `decided.${undoable}`;
  const denied = state === "denied" || state === "ruled" || state === "expired";
  item.iconPath = new vscode.ThemeIcon(denied ? "circle-slash" : "pass");
  item.tooltip = [line, `${name}, ${said}`, stored, note].filter((part) => part !== "").join("\n");
  item.accessibilityInformation = { label: `${line}, ${said}`, role: "treeitem" };
  return item;
}

function decisionStateWords(state: DecisionState): string {
  const { t } = vscode.l10n;
  const words: Readonly<Record<DecisionState, string>> = {
    allowed: t("allowed"),
    granted: t("allowed from then on"),
    denied: t("denied"),
    answered: t("answered"),
    expired: t("nobody answered"),
    ruled: t("denied from then on"),
    revoked: t("taken back"),
  };
  return words[state];
}

function iconOfRow({ icon }: QuestionRow): vscode.ThemeIcon {
  const colour = icon === "warning" ? new vscode.ThemeColor("list.warningForeground") : undefined;
  return new vscode.ThemeIcon(icon, colour);
}
