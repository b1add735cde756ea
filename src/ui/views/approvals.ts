// The Approvals view: what waits for a person, grouped by agent, oldest first, never in another order while it is shown.
import * as vscode from "vscode";
import type { Question } from "../../abi/record.ts";
import { nameOf } from "../agents-words.ts";
import { fitsRow, isFree, isScopable, openQuestions, wish } from "../asking.ts";
import { AskRow, GroupRow, mark } from "../rows.ts";
import type { Session } from "../session.ts";

type Row = AskRow | GroupRow;

/** An approval shows at most so many milliseconds after it was put. */
const PACE = 50;

export class ApprovalsView implements vscode.TreeDataProvider<Row>, vscode.Disposable {
  readonly #session: Session;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #view: vscode.TreeView<Row>;
  readonly #asks = new Map<string, AskRow>();
  readonly #groups = new Map<number, GroupRow>();
  readonly #seen = new Set<string>();
  readonly #listening: vscode.Disposable;
  #timer: NodeJS.Timeout | undefined;
  #shown = "";

  constructor(session: Session) {
    this.#session = session;
    const options = { treeDataProvider: this, canSelectMany: true };
    this.#view = vscode.window.createTreeView("agentlibos.approvals", options);
    this.#listening = session.onDidChange(() => (this.#timer ??= setTimeout(() => this.#refresh(), PACE)));
  }

  get visible(): boolean {
    return this.#view.visible;
  }

  getTreeItem(row: Row): vscode.TreeItem {
    const kernel = this.#session.runtime?.kernel;
    const process = kernel?.state.processes.get(row.pid);
    if (row instanceof GroupRow) {
      const item = new vscode.TreeItem(process === undefined ? "" : nameOf(process));
      item.id = `group ${row.pid}`;
      item.collapsibleState = vscode.TreeItemCollapsibleState.Expanded;
      item.description = vscode.l10n.t("process {0}", row.pid);
      return item;
    }
    const question = this.#questions().find((q) => q.id === row.id);
    return question === undefined ? new vscode.TreeItem("") : this.#item(question, row);
  }

  getChildren(row?: Row): Row[] {
    const questions = this.#questions();
    if (row instanceof AskRow) return [];
    if (row !== undefined) return questions.filter((q) => q.pid === row.pid).map((q) => this.rowOf(q));
    const waiting = new Set(questions.map((q) => q.pid));
    // A group keeps its place until it is empty, however old its oldest question is by then.
    for (const pid of this.#groups.keys()) if (!waiting.has(pid)) this.#groups.delete(pid);
    for (const pid of waiting) if (!this.#groups.has(pid)) this.#groups.set(pid, mark(new GroupRow(pid)));
    return [...this.#groups.values()];
  }

  getParent(row: Row): Row | undefined {
    return row instanceof AskRow ? this.#groups.get(row.pid) : undefined;
  }

  /** The one row of a question. */
  rowOf(question: Question): AskRow {
    const known = this.#asks.get(question.id);
    if (known?.digest === question.digest) return known;
    const row = mark(new AskRow(question));
    this.#asks.set(question.id, row);
    return row;
  }

  /** Notes that a person opened its review: from now on it may be allowed from its row. */
  saw(row: AskRow): void {
    this.#seen.add(row.id);
    this.#changed.fire(undefined);
  }

  /** True when it may be allowed from its row: the row shows all of it, or its review was opened. */
  mayAllow(question: Question): boolean {
    return !isFree(question) && (fitsRow(question) || this.#seen.has(question.id));
  }

  async focus(): Promise<void> {
    await vscode.commands.executeCommand("agentlibos.approvals.focus");
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#listening.dispose();
    this.#view.dispose();
    this.#changed.dispose();
  }

  #questions(): Question[] {
    return openQuestions(this.#session.runtime?.kernel);
  }

  #refresh(): void {
    this.#timer = undefined;
    const questions = this.#questions();
    const waiting = new Set(questions.map((q) => q.id));
    for (const id of this.#asks.keys()) if (!waiting.has(id)) this.#asks.delete(id);
    for (const id of this.#seen) if (!waiting.has(id)) this.#seen.delete(id);
    const now = [...waiting].join(" ");
    if (now === this.#shown) return;
    this.#shown = now;
    const value = waiting.size;
    this.#view.badge =
      value === 0 ? undefined : { value, tooltip: vscode.l10n.t("Requests that wait for you: {0}", value) };
    this.#changed.fire(undefined);
  }

  #item(question: Question, row: AskRow): vscode.TreeItem {
    const item = new vscode.TreeItem(wish(question));
    const risk = question.preview?.risk ?? "medium";
    const kind = isFree(question)
      ? "free"
      : fitsRow(question)
        ? "whole"
        : this.#seen.has(question.id)
          ? "seen"
          : "unseen";
    item.id = `ask ${question.id}`;
    item.contextValue = `ask.${kind}${isScopable(question) ? ".scopable" : ""}`;
    item.iconPath = iconOf(question, risk);
    const reasons = [...new Set(question.asks.filter((a) => a.once || a.secret).map((a) => a.reason))];
    if (reasons.length > 0) item.description = reasons.join("; ");
    item.tooltip = [wish(question), ...question.asks.map((a) => a.reason)].join("\n");
    item.accessibilityInformation = { label: [wish(question), ...reasons].join(", "), role: "treeitem" };
    item.command = { command: "agentlibos.review", title: vscode.l10n.t("Review"), arguments: [row] };
    return item;
  }
}

function iconOf(question: Question, risk: "low" | "medium" | "high"): vscode.ThemeIcon {
  if (question.kind === "question") return new vscode.ThemeIcon("question");
  if (risk === "high")
    return new vscode.ThemeIcon("warning", new vscode.ThemeColor("list.warningForeground"));
  return new vscode.ThemeIcon(question.preview?.after === undefined ? "key" : "edit");
}
