// Agents view: every agent with its objects and family, newest first. Each row changes at most once a second.
import * as vscode from "vscode";
import type { AnyRecord } from "../../abi/record.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { INIT } from "../../kernel/state/life.ts";
import type { Process } from "../../kernel/state/rows.ts";
import { holdsObjects, objectAt, objectsOf, namespaceOwner } from "../../views/objects/objects.ts";
import { agentItem, objectItem, objectsItem } from "./items.ts";
import { AgentRow, markRow, ObjectRow, ObjectsRow } from "../session/rows.ts";
import type { Runtime } from "../session/runtime.ts";
import type { Session } from "../session/session.ts";

type Row = AgentRow | ObjectsRow | ObjectRow;

/** The least time between two changes of the rows, in milliseconds. */
const PACE = 1000;
/** The number of ended root agents that stay in the view. */
const KEPT = 30;

/** The tree of agents. */
export class AgentsView implements vscode.TreeDataProvider<Row>, vscode.Disposable {
  readonly #session: Session;
  readonly #changed = new vscode.EventEmitter<Row[] | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #rows = new Map<number, AgentRow>();
  readonly #holders = new Map<number, ObjectsRow>();
  readonly #objects = new Map<string, ObjectRow>();
  /** The agents with a visible row for their objects. Init represents the workspace. */
  readonly #holding = new Set<number>();
  readonly #view: vscode.TreeView<Row>;
  readonly #listening: vscode.Disposable[];
  /** The agents with new records since the rows last changed; undefined means all. */
  #stale: Set<number> | undefined;
  #shown: Set<number> | undefined = new Set();
  /** What rows said when they were last made: one that says the same stays, and a click on it is not lost. */
  readonly #said = new Map<Row, string>();
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

  getTreeItem(row: Row): vscode.TreeItem {
    const kernel = this.#session.runtime?.kernel;
    if (kernel === undefined) return new vscode.TreeItem("");
    if (row instanceof ObjectsRow) return objectsItem(kernel, row);
    if (row instanceof ObjectRow) {
      const object = objectAt(kernel.state, row.namespace, row.name);
      return object === undefined ? new vscode.TreeItem("") : objectItem(kernel, object, row);
    }
    const process = kernel.state.processes.get(row.pid);
    return process === undefined ? new vscode.TreeItem("") : agentItem(kernel, process);
  }

  getChildren(row?: Row): Row[] {
    const kernel = this.#session.runtime?.kernel;
    if (kernel === undefined || row instanceof ObjectRow) return [];
    if (row instanceof ObjectsRow)
      return objectsOf(kernel.state, row.pid).map((o) => this.#object(o.namespace, o.name));
    const pid = row?.pid ?? INIT;
    const agents = this.#agents(kernel, row);
    return this.#hold(kernel, pid) ? [this.#holder(pid), ...agents] : agents;
  }

  #agents(kernel: Kernel, row?: AgentRow): AgentRow[] {
    const of = kernel.state.processes.get(row?.pid ?? INIT);
    // A process's children include adopted orphans. An orphan's row stays under the parent of its birth.
    const born = (of?.children ?? [])
      .map((pid) => kernel.state.processes.get(pid))
      .filter((p) => p !== undefined && p.account === of?.pid);
    const children = [...new Set(born)].filter((p) => p !== undefined);
    return (row === undefined ? recentRoots(children) : children).map((p) => this.#row(p.pid));
  }

  getParent(row: Row): Row | undefined {
    const state = this.#session.runtime?.kernel.state;
    if (row instanceof ObjectRow) return this.#holder(this.#ownerOf(row.namespace));
    if (row instanceof ObjectsRow) return row.pid === INIT ? undefined : this.#row(row.pid);
    const account = state?.processes.get(row.pid)?.account;
    return account === undefined || account <= INIT ? undefined : this.#row(account);
  }

  /** Reveals an agent, for example one that was just started. */
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
    const row = this.#rows.get(pid) ?? markRow(new AgentRow(pid));
    this.#rows.set(pid, row);
    return row;
  }

  #holder(pid: number): ObjectsRow {
    const row = this.#holders.get(pid) ?? markRow(new ObjectsRow(pid));
    this.#holders.set(pid, row);
    return row;
  }

  #object(namespace: string, name: string): ObjectRow {
    const key = `${namespace}/${name}`;
    const row = this.#objects.get(key) ?? markRow(new ObjectRow(namespace, name));
    this.#objects.set(key, row);
    return row;
  }

  /** Tells whether an agent or the workspace has objects to show, and remembers the answer. */
  #hold({ state }: Kernel, pid: number): boolean {
    const holds = holdsObjects(state, pid);
    if (holds) this.#holding.add(pid);
    else this.#holding.delete(pid);
    return holds;
  }

  /** A birth, an exit and a record without a pid may move rows. Other records change one row. */
  #heard(record: AnyRecord): void {
    const { kind, pid } = record;
    if (kind === "head") return;
    if (kind === "object.put" || kind === "object.link" || kind === "object.delete")
      return void this.#stale?.add(this.#ownerOf(record.data.namespace));
    const moves = kind === "process.spawn" || kind === "process.exit" || kind === "process.reap";
    if (pid === undefined || moves) this.#stale = undefined;
    else this.#stale?.add(pid);
  }

  /** The owner of a namespace; init represents the workspace. */
  #ownerOf(namespace: string): number {
    const state = this.#session.runtime?.kernel.state;
    return (state === undefined ? undefined : namespaceOwner(state, namespace)) ?? INIT;
  }

  /** True when an agent got its first object or lost its last one, so that a row comes or goes. */
  #moved(): boolean {
    const kernel = this.#session.runtime?.kernel;
    const held = (pid: number): boolean => this.#holding.has(pid);
    return [...(this.#stale ?? [])]
      .map((pid) => kernel !== undefined && held(pid) !== this.#hold(kernel, pid))
      .includes(true);
  }

  /** The first change is shown at once, later ones together. */
  #soon(): void {
    if (this.#timer !== undefined) return;
    const wait = Math.max(0, this.#last + PACE - performance.now());
    this.#timer = setTimeout(() => this.#refresh(), wait);
  }

  #refresh(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#last = performance.now();
    const message = this.#session.statusMessage() ?? "";
    if ((this.#view.message ?? "") !== message) this.#view.message = message;
    const { runtime } = this.#session;
    const stale = runtime === this.#runtime && !this.#moved() ? this.#stale : undefined;
    const again = this.#shown;
    this.#runtime = runtime;
    this.#stale = new Set<number>();
    this.#shown = stale;
    // Whether an agent works or waits is known a moment after its record. So changed rows are updated a second time.
    if (stale === undefined || stale.size > 0) this.#soon();
    const pids = new Set([...(stale ?? []), ...(again ?? [])]);
    const rows = [...pids].flatMap((pid) => (pid === INIT ? this.#holders : this.#rows).get(pid) ?? []);
    if (stale === undefined || again === undefined) {
      this.#said.clear();
      this.#changed.fire(undefined);
      return;
    }
    const changed = rows.filter((row) => this.#saysMore(row));
    if (changed.length > 0) this.#changed.fire(changed);
  }

  /** Whether a row, or an object under it, says something else than when it was last made; remembers what it says. */
  #saysMore(row: AgentRow | ObjectsRow): boolean {
    const held = this.#holding.has(row.pid) ? [this.#holder(row.pid)] : [];
    const shown = [row, ...held, ...held.flatMap((holder) => this.getChildren(holder))];
    const says = JSON.stringify(shown.map((each) => this.getTreeItem(each)));
    const same = this.#said.get(row) === says;
    this.#said.set(row, says);
    return !same;
  }
}

function recentRoots(roots: Process[]): Process[] {
  const ended = roots.filter((p) => p.life.ended !== undefined).slice(-KEPT);
  return [...roots.filter((p) => p.life.ended === undefined), ...ended].sort((a, b) => b.pid - a.pid);
}
