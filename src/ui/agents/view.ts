// Agents view: every agent with its objects and family, newest first. Each row changes at most once a second, and only
// a row that says something else is made anew: a click between two changes is not lost.
import * as vscode from "vscode";
import type { AnyRecord } from "../../abi/record.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { INIT } from "../../kernel/state/life.ts";
import type { Process } from "../../kernel/state/rows.ts";
import { shownBelow } from "../../views/agents/family.ts";
import { holdsObjects, objectAt, objectsOf, namespaceOwner } from "../../views/objects/objects.ts";
import { agentItem, objectItem, objectsItem } from "./items.ts";
import { handleItem, runningCalls, runningItem } from "./running.ts";
import { AgentRow, HandleRow, markRow, ObjectRow, ObjectsRow, RunningRow } from "../session/rows.ts";
import type { Runtime } from "../session/runtime.ts";
import type { Session } from "../session/session.ts";

type Row = AgentRow | ObjectsRow | ObjectRow | RunningRow | HandleRow;

/** The least time between two changes of the rows, in milliseconds. */
const PACE = 1000;
/** The number of ended root agents that stay in the view. */
const KEPT = 30;

type Told = { readonly item?: vscode.TreeItem; readonly below?: readonly Row[] };

/** The tree of agents. */
export class AgentsView implements vscode.TreeDataProvider<Row>, vscode.Disposable {
  readonly #session: Session;
  readonly #changed = new vscode.EventEmitter<Row[] | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #rows = new Map<number, AgentRow>();
  readonly #holders = new Map<number, ObjectsRow>();
  readonly #objects = new Map<string, ObjectRow>();
  readonly #running = new Map<string, RunningRow>();
  readonly #handles = new Map<string, HandleRow>();
  /** The item and the rows below, as the editor was last told them; undefined is the root. */
  readonly #told = new Map<Row | undefined, Told>();
  readonly #view: vscode.TreeView<Row>;
  readonly #listening: vscode.Disposable[];
  /** The agents with new records since the rows last changed; undefined means all. */
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

  getTreeItem(row: Row): vscode.TreeItem {
    const item = this.#item(row);
    this.#told.set(row, { ...this.#told.get(row), item });
    return item;
  }

  getChildren(row?: Row): Row[] {
    const below = this.#below(row);
    for (const gone of this.#told.get(row)?.below ?? []) if (!below.includes(gone)) this.#forget(gone);
    this.#told.set(row, { ...this.#told.get(row), below });
    return below;
  }

  #item(row: Row): vscode.TreeItem {
    const kernel = this.#session.runtime?.kernel;
    if (kernel === undefined) return new vscode.TreeItem("");
    if (row instanceof ObjectsRow) return objectsItem(kernel, row);
    if (row instanceof RunningRow) return runningItem(kernel, row);
    if (row instanceof HandleRow) return handleItem(kernel, row);
    if (row instanceof ObjectRow) {
      const object = objectAt(kernel.state, row.namespace, row.name);
      return object === undefined ? new vscode.TreeItem("") : objectItem(kernel, object, row);
    }
    const process = kernel.state.processes.get(row.pid);
    return process === undefined ? new vscode.TreeItem("") : agentItem(kernel, process);
  }

  #below(row?: Row): Row[] {
    const kernel = this.#session.runtime?.kernel;
    if (kernel === undefined || row instanceof ObjectRow) return [];
    if (row instanceof RunningRow || row instanceof HandleRow) return [];
    if (row instanceof ObjectsRow)
      return objectsOf(kernel.state, row.pid).map((o) => this.#object(o.namespace, o.name));
    const pid = row?.pid ?? INIT;
    const agents = this.#agents(kernel, row);
    const holder = holdsObjects(kernel.state, pid) ? [this.#holder(pid)] : [];
    const handles = [...(kernel.state.handles.get(pid)?.keys() ?? [])].map((id) => this.#handle(pid, id));
    const running = runningCalls(kernel, pid).map(({ id }) => this.#call(pid, id));
    return [...holder, ...running, ...handles, ...agents];
  }

  #agents(kernel: Kernel, row?: AgentRow): AgentRow[] {
    const of = kernel.state.processes.get(row?.pid ?? INIT);
    // A process's children include adopted orphans. An orphan's row stays under the parent of its birth.
    const born = (of?.children ?? [])
      .map((pid) => kernel.state.processes.get(pid))
      .filter((p) => p !== undefined && shownBelow(p) === of?.pid);
    const children = [...new Set(born)].filter((p) => p !== undefined);
    return (row === undefined ? recentRoots(children) : children).map((p) => this.#row(p.pid));
  }

  getParent(row: Row): Row | undefined {
    const state = this.#session.runtime?.kernel.state;
    if (row instanceof ObjectRow) return this.#holder(this.#ownerOf(row.namespace));
    if (row instanceof HandleRow || row instanceof RunningRow || row instanceof ObjectsRow)
      return row.pid === INIT ? undefined : this.#row(row.pid);
    const process = state?.processes.get(row.pid);
    const above = process === undefined ? INIT : shownBelow(process);
    return above <= INIT ? undefined : this.#row(above);
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

  #call(pid: number, call: string): RunningRow {
    const row = this.#running.get(call) ?? markRow(new RunningRow(pid, call));
    this.#running.set(call, row);
    return row;
  }

  #handle(pid: number, id: string): HandleRow {
    const row = this.#handles.get(id) ?? markRow(new HandleRow(pid, id));
    this.#handles.set(id, row);
    return row;
  }

  /** A record changes the row of its agent, and a birth or an end also what stands above it. */
  #heard(record: AnyRecord): void {
    const { kind, pid } = record;
    if (kind === "head") return;
    const { processes } = this.#session.runtime?.kernel.state ?? {};
    if (kind === "object.put" || kind === "object.link" || kind === "object.delete")
      this.#stale?.add(this.#ownerOf(record.data.namespace));
    else if (pid === undefined) this.#stale = undefined;
    else this.#stale?.add(pid).add(processes?.get(pid)?.account ?? INIT);
  }

  /** The owner of a namespace; init represents the workspace. */
  #ownerOf(namespace: string): number {
    const state = this.#session.runtime?.kernel.state;
    return (state === undefined ? undefined : namespaceOwner(state, namespace)) ?? INIT;
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
    const another = runtime !== this.#runtime;
    const stale = this.#stale;
    const again = this.#shown;
    this.#runtime = runtime;
    this.#stale = new Set<number>();
    this.#shown = stale;
    // Whether an agent works or waits is known a moment after its record. So changed rows are looked at a second time.
    if (stale === undefined || stale.size > 0) this.#soon();
    if (another) this.#told.clear();
    const rows =
      stale === undefined || again === undefined
        ? [...this.#told.keys()]
        : [...new Set([...stale, ...again])].flatMap((pid) => this.#of(pid));
    const changed = another ? [undefined] : rows.flatMap((row) => this.#remade(row));
    if (changed.includes(undefined)) this.#changed.fire(undefined);
    else if (changed.length > 0) this.#changed.fire([...new Set(changed)].filter((row) => row !== undefined));
  }

  /** The rows that records of an agent can change: its own and those of its objects; for init the root. */
  #of(pid: number): (Row | undefined)[] {
    const holder = this.#holders.get(pid);
    const objects = holder === undefined ? [] : (this.#told.get(holder)?.below ?? []);
    const own = pid === INIT ? undefined : this.#rows.get(pid);
    const held = holder === undefined ? [] : [holder, ...objects];
    return own === undefined && pid !== INIT ? held : [own, ...held];
  }

  /** The rows to make anew: this one if it or the rows below changed, the one above if the id changed, or none. */
  #remade(row: Row | undefined): (Row | undefined)[] {
    const { item, below } = this.#told.get(row) ?? {};
    const rows = below === undefined ? undefined : this.#below(row);
    if (rows?.length !== below?.length || rows?.some((each, i) => each !== below?.[i]) === true) return [row];
    if (row === undefined || item === undefined) return [];
    const now = this.#item(row);
    if (now.id !== item.id) return [this.getParent(row)];
    return JSON.stringify(now) === JSON.stringify(item) ? [] : [row];
  }

  /** A row that left takes what was below it along. */
  #forget(row: Row): void {
    for (const each of this.#told.get(row)?.below ?? []) this.#forget(each);
    this.#told.delete(row);
    if (row instanceof HandleRow) this.#handles.delete(row.id);
    if (row instanceof RunningRow) this.#running.delete(row.call);
  }
}

function recentRoots(roots: Process[]): Process[] {
  const ended = roots.filter((p) => p.life.ended !== undefined).slice(-KEPT);
  return [...roots.filter((p) => p.life.ended === undefined), ...ended].sort((a, b) => b.pid - a.pid);
}
