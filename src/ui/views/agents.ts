// The Agents view: every agent of the record with its family, newest first, each row at most once a second.
import * as vscode from "vscode";
import type { AnyRecord } from "../../abi/record.ts";
import type { Process } from "../../kernel/state.ts";
import { agentItem } from "../agents-words.ts";
import { AgentRow, mark } from "../rows.ts";
import type { Runtime } from "../runtime.ts";
import type { Session } from "../session.ts";

/** The workspace itself, whose children are the agents that people started. */
const INIT = 1;
/** How often rows may change, in milliseconds. */
const PACE = 1000;
/** Agents that ended stay in view until so many came after them. */
const KEPT = 30;

export class AgentsView implements vscode.TreeDataProvider<AgentRow>, vscode.Disposable {
  readonly #session: Session;
  readonly #changed = new vscode.EventEmitter<AgentRow[] | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #rows = new Map<number, AgentRow>();
  readonly #view: vscode.TreeView<AgentRow>;
  readonly #listening: vscode.Disposable[];
  /** Agents that records were written about since the rows last changed; all of them when that is undefined. */
  #stale: Set<number> | undefined;
  #shown: Set<number> | undefined = new Set();
  #runtime: Runtime | undefined;
  #timer: NodeJS.Timeout | undefined;
  #last = -Infinity;

  constructor(session: Session) {
    this.#session = session;
    this.#view = vscode.window.createTreeView("agentlibos.agents", {
      treeDataProvider: this,
      showCollapseAll: true,
    });
    this.#listening = [
      session.onRecord((record) => this.#heard(record)),
      session.onDidChange(() => this.#soon()),
    ];
  }

  getTreeItem(row: AgentRow): vscode.TreeItem {
    const kernel = this.#session.runtime?.kernel;
    const process = kernel?.state.processes.get(row.pid);
    return kernel === undefined || process === undefined
      ? new vscode.TreeItem("")
      : agentItem(kernel, process);
  }

  getChildren(row?: AgentRow): AgentRow[] {
    const kernel = this.#session.runtime?.kernel;
    const of = kernel?.state.processes.get(row?.pid ?? INIT);
    // Those that another agent left behind are among a process's children too; they stay where they were born.
    const born = (of?.children ?? [])
      .map((pid) => kernel?.state.processes.get(pid))
      .filter((p) => p !== undefined && p.account === of?.pid);
    const children = [...new Set(born)].filter((p) => p !== undefined);
    return (row === undefined ? recent(children) : children).map((p) => this.#row(p.pid));
  }

  getParent(row: AgentRow): AgentRow | undefined {
    const account = this.#session.runtime?.kernel.state.processes.get(row.pid)?.account;
    return account === undefined || account <= INIT ? undefined : this.#row(account);
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
    for (const each of this.#listening.splice(0)) each.dispose();
    this.#view.dispose();
    this.#changed.dispose();
  }

  #row(pid: number): AgentRow {
    const row = this.#rows.get(pid) ?? mark(new AgentRow(pid));
    this.#rows.set(pid, row);
    return row;
  }

  /** A birth, an end and what comes without an agent may move rows; all else changes one. */
  #heard({ kind, pid }: AnyRecord): void {
    if (kind === "head") return;
    if (pid === undefined || kind === "process.spawn" || kind === "process.exit") this.#stale = undefined;
    else this.#stale?.add(pid);
  }

  /** The first change shows at once, the following ones together. */
  #soon(): void {
    if (this.#timer !== undefined) return;
    const wait = Math.max(0, this.#last + PACE - performance.now());
    this.#timer = setTimeout(() => this.#refresh(), wait);
  }

  #refresh(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#last = performance.now();
    const message = this.#session.message() ?? "";
    if ((this.#view.message ?? "") !== message) this.#view.message = message;
    const { runtime } = this.#session;
    const stale = runtime === this.#runtime ? this.#stale : undefined;
    const again = this.#shown;
    this.#runtime = runtime;
    this.#stale = new Set<number>();
    this.#shown = stale;
    // Whether it waits or works shows a moment after its record, so what changed is looked at once more.
    if (stale === undefined || stale.size > 0) this.#soon();
    const pids = new Set([...(stale ?? []), ...(again ?? [])]);
    const rows = [...pids].flatMap((pid) => this.#rows.get(pid) ?? []);
    if (stale === undefined || again === undefined) this.#changed.fire(undefined);
    else if (rows.length > 0) this.#changed.fire(rows);
  }
}

function recent(roots: Process[]): Process[] {
  const ended = roots.filter((p) => p.life.ended !== undefined).slice(-KEPT);
  return [...roots.filter((p) => p.life.ended === undefined), ...ended].sort((a, b) => b.pid - a.pid);
}
