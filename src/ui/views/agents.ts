// The Agents view: every agent of the record with its family, newest first, each row at most once a second.
import * as vscode from "vscode";
import type { Process } from "../../kernel/state.ts";
import { agentItem, agentsOf } from "../agents-words.ts";
import { AgentRow, mark } from "../rows.ts";
import type { Session } from "../session.ts";

/** How often rows may change, in milliseconds. */
const PACE = 1000;
/** Agents that ended stay in view until so many came after them. */
const KEPT = 30;

export class AgentsView implements vscode.TreeDataProvider<AgentRow>, vscode.Disposable {
  readonly #session: Session;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #rows = new Map<number, AgentRow>();
  readonly #view: vscode.TreeView<AgentRow>;
  readonly #listening: vscode.Disposable;
  #timer: NodeJS.Timeout | undefined;
  #last = 0;

  constructor(session: Session) {
    this.#session = session;
    this.#view = vscode.window.createTreeView("agentlibos.agents", {
      treeDataProvider: this,
      showCollapseAll: true,
    });
    this.#listening = session.onDidChange(() => this.#soon());
  }

  getTreeItem(row: AgentRow): vscode.TreeItem {
    const kernel = this.#session.runtime?.kernel;
    const process = kernel?.state.processes.get(row.pid);
    return kernel === undefined || process === undefined
      ? new vscode.TreeItem("")
      : agentItem(kernel, process);
  }

  getChildren(row?: AgentRow): AgentRow[] {
    const all = agentsOf(this.#session.runtime?.kernel);
    const known = new Set(all.map((p) => p.pid));
    const children = all.filter((p) => (row === undefined ? !known.has(p.account) : p.account === row.pid));
    return (row === undefined ? recent(children) : children).map((p) => this.#row(p.pid));
  }

  getParent(row: AgentRow): AgentRow | undefined {
    const all = agentsOf(this.#session.runtime?.kernel);
    const account = all.find((p) => p.pid === row.pid)?.account;
    return account !== undefined && all.some((p) => p.pid === account) ? this.#row(account) : undefined;
  }

  /** Shows an agent, for example one that was just started. */
  async reveal(pid: number): Promise<void> {
    this.#refresh();
    await this.#view
      .reveal(this.#row(pid), { select: true, focus: false, expand: true })
      .then(undefined, () => undefined);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#listening.dispose();
    this.#view.dispose();
    this.#changed.dispose();
  }

  #row(pid: number): AgentRow {
    const row = this.#rows.get(pid) ?? mark(new AgentRow(pid));
    this.#rows.set(pid, row);
    return row;
  }

  /** The first change shows at once, the following ones together. */
  #soon(): void {
    if (this.#timer !== undefined) return;
    const wait = Math.max(0, this.#last + PACE - Date.now());
    this.#timer = setTimeout(() => this.#refresh(), wait);
  }

  #refresh(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#last = Date.now();
    const message = this.#session.message() ?? "";
    if ((this.#view.message ?? "") !== message) this.#view.message = message;
    this.#changed.fire(undefined);
  }
}

function recent(roots: Process[]): Process[] {
  const ended = roots.filter((p) => p.life.ended !== undefined).slice(-KEPT);
  return [...roots.filter((p) => p.life.ended === undefined), ...ended].sort((a, b) => b.pid - a.pid);
}
