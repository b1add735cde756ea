// Approvals view: waiting requests grouped by agent, oldest first. The order never changes while the view is visible.
import type { Question } from "../../abi/question.ts";
import * as vscode from "vscode";
import type { Kernel } from "../../kernel/kernel.ts";
import { agentName } from "../session/agents.ts";
import { QueueRows } from "./places.ts";
import { ChangeSets, type PartRow } from "./sets.ts";
import { alikeItem, askItem, decidedItem, fitsAlike, groupItem, recentItem } from "./items.ts";
import { folderItem, setItem } from "./set-items.ts";
import { kindsOf, lineIn, openQuestions, rowOf, ruleFor, stillOpen } from "../session/questions.ts";
import type { RecentDecisions } from "./decided.ts";
import {
  AlikeRow,
  AskRow,
  DecidedRow,
  FolderRow,
  GroupRow,
  markRow,
  RecentRow,
  SetRow,
} from "../session/rows.ts";
import type { Session } from "../session/session.ts";

type Row = AskRow | AlikeRow | GroupRow | PartRow | RecentRow | DecidedRow;

/** A new request is shown at most this many milliseconds later. */
const PACE = 50;

/** The tree of requests, with the facts that decide whether a row may allow. */
export class ApprovalsView implements vscode.TreeDataProvider<Row>, vscode.Disposable {
  readonly #session: Session;
  readonly #decided: RecentDecisions;
  readonly #changed = new vscode.EventEmitter<Row | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #view: vscode.TreeView<Row>;
  readonly #asks = new Map<string, AskRow>();
  readonly #places = new QueueRows();
  /** The top rows as last shown, and since when the view is visible, in milliseconds. */
  #top: readonly (GroupRow | AlikeRow)[] = [];
  #visibleSince = 0;
  readonly sets: ChangeSets;
  readonly #recent = markRow(new RecentRow());
  /** The recent decisions as last shown. */
  #decisionsShown = "";
  readonly #seen = new Set<string>();
  readonly #listening: vscode.Disposable[];
  #timer: NodeJS.Timeout | undefined;
  /** The requests shown for each agent, and when its rows were last made. */
  readonly #shown = new Map<number, { readonly ids: string; readonly at: number }>();

  constructor(session: Session, decided: RecentDecisions) {
    this.#session = session;
    this.#decided = decided;
    this.sets = new ChangeSets(() => session.runtime?.kernel);
    const options = { treeDataProvider: this, canSelectMany: true, manageCheckboxStateManually: true };
    this.#view = vscode.window.createTreeView("agentlibos.approvals", options);
    this.#listening = [
      session.onDidChange(() => void (this.#timer ??= setTimeout(() => this.#refresh(), PACE))),
      this.#view.onDidChangeVisibility(({ visible }) => this.#visibilityChanged(visible)),
      this.#view.onDidChangeCheckboxState(({ items }) => this.#checkBoxes(items)),
    ];
  }

  get visible(): boolean {
    return this.#view.visible;
  }

  getTreeItem(row: Row): vscode.TreeItem {
    const kernel = this.#session.runtime?.kernel;
    const process = kernel?.state.processes.get(row.pid);
    if (row instanceof GroupRow) return groupItem(row, process, this.#below(row).length);
    if (row instanceof RecentRow) return recentItem(this.#decided.rows.length);
    if (kernel === undefined) return new vscode.TreeItem("");
    if (row instanceof SetRow) return setItem(kernel, row, this.sets);
    if (row instanceof FolderRow) return folderItem(kernel.state.kinds, row, this.sets);
    if (row instanceof AlikeRow) return this.#alikeItem(kernel, row);
    if (row instanceof DecidedRow) {
      const decided = this.#decided.of(row);
      if (decided === undefined) return new vscode.TreeItem("");
      const name = process === undefined ? "" : agentName(process);
      const line = lineIn(kernel, decided.question);
      const state = this.#decided.stateOf(decided);
      return decidedItem(decided, line, name, state, this.#decided.undoable(decided));
    }
    const question = this.#open(row);
    if (question === undefined) return new vscode.TreeItem("");
    const checked = this.sets.of(question) === undefined ? undefined : this.sets.isChecked(question);
    const asker = this.#places.shared(row) && process;
    const seen = this.#seen.has(question.id);
    return askItem(rowOf(kernel, question), row, seen, checked, ruleFor(kernel, question), asker);
  }

  getChildren(row?: Row): Row[] {
    if (row instanceof RecentRow) return this.#decided.rows;
    if (row instanceof SetRow) return this.sets.folders(row) ?? this.#rowsOf(this.sets.members(row));
    if (row instanceof FolderRow) return this.#rowsOf(this.sets.members(row));
    if (row instanceof GroupRow)
      return [...new Set(this.#below(row).map((q) => this.sets.of(q) ?? this.rowOf(q)))];
    if (row instanceof AlikeRow) return this.alike(row).map((q) => this.rowOf(q));
    if (row !== undefined) return [];
    this.#arrange();
    return [...this.#places.rows, ...(this.#decided.rows.length === 0 ? [] : [this.#recent])];
  }

  getParent(row: Row): Row | undefined {
    if (row instanceof DecidedRow) return this.#recent;
    if (row instanceof SetRow) return this.#places.agent(row.pid);
    if (row instanceof FolderRow) return row.set;
    const question = row instanceof AskRow ? this.#open(row) : undefined;
    if (question === undefined) return undefined;
    const set = this.sets.folderOf(question) ?? this.sets.of(question);
    return set ?? this.#places.shared(question) ?? this.#places.agent(row.pid);
  }

  /** The single row of a question. */
  rowOf(question: Question): AskRow {
    const known = this.#asks.get(question.id);
    if (known?.digest === question.digest) return known;
    const row = markRow(new AskRow(question));
    this.#asks.set(question.id, row);
    return row;
  }

  /** The requests of an alike row that still wait, oldest first. */
  alike(row: AlikeRow): Question[] {
    return this.#questions().filter((q) => row.digests.get(q.id) === q.digest);
  }

  /** When a row of several agents became visible, in milliseconds. */
  shownAt(row: AlikeRow): number {
    return Math.max(row.at, this.#visibleSince);
  }

  /**
   * When the rows of an agent were last made, in milliseconds. The editor drops a click on a checkbox that it is just
   * creating, and then shows its old state. So an answer right after that may not be what a person meant.
   */
  madeAt(pid: number): number {
    return this.#shown.get(pid)?.at ?? 0;
  }

  /** Notes that its review was opened: from now on it may be allowed from its row. */
  noteReviewed(row: AskRow): void {
    this.#seen.add(row.id);
    this.#changed.fire(row);
    const shared = this.#places.shared(row);
    if (shared !== undefined) this.#changed.fire(shared);
  }

  /** Notes that the review of a set or of a part was opened with these members. */
  noteSetReviewed(row: PartRow, members: readonly Question[]): void {
    this.sets.cover(members);
    this.#changed.fire(row instanceof FolderRow ? row.set : row);
  }

  /** True when its row may allow it: the row shows all of it, or its review was opened. */
  mayAllow(question: Question): boolean {
    const kernel = this.#session.runtime?.kernel;
    const row = kernel === undefined ? undefined : rowOf(kernel, question);
    return row?.free === false && (row.fits() || this.#seen.has(question.id));
  }

  /** True when the row shows each request in full, or the review of one was opened: the requests are identical. */
  mayAllowAlike(row: AlikeRow): boolean {
    const kernel = this.#session.runtime?.kernel;
    const open = this.alike(row);
    const fits = kernel !== undefined && fitsAlike(open.map((q) => rowOf(kernel, q)));
    return fits || open.some((q) => this.#seen.has(q.id));
  }

  async focus(): Promise<void> {
    await vscode.commands.executeCommand("agentlibos.approvals.focus");
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const each of this.#listening.splice(0)) each.dispose();
    this.#view.dispose();
    this.#changed.dispose();
  }

  #questions(): Question[] {
    return openQuestions(this.#session.runtime?.kernel);
  }

  #rowsOf(questions: readonly Question[]): AskRow[] {
    return questions.map((q) => this.rowOf(q));
  }

  #open({ id, digest }: AskRow): Question | undefined {
    const kernel = this.#session.runtime?.kernel;
    return kernel === undefined ? undefined : stillOpen(kernel, id, digest);
  }

  /** Makes the groups and change sets. A row keeps its place, whatever the age of its present members. */
  #arrange(): void {
    const kinds = kindsOf(this.#session.runtime?.kernel);
    const questions = this.#questions();
    this.#places.take(kinds, questions, this.#view.visible);
    this.sets.arrange();
  }

  /**
   * Notes the boxes that a person clicked; that of a folder stands for all its changes. Only a row that looks different
   * now is made again. The editor drops a click on a box that it is just making.
   */
  #checkBoxes(items: readonly [Row, vscode.TreeItemCheckboxState][]): void {
    for (const [row, state] of items) {
      const question = row instanceof AskRow ? this.#open(row) : undefined;
      const part = row instanceof FolderRow ? row : question && this.sets.folderOf(question);
      const set = row instanceof FolderRow ? row.set : question && this.sets.of(question);
      if (set === undefined) continue;
      const looks = (): [boolean, boolean | undefined] => [
        this.sets.mayAllow(this.sets.members(set)),
        part && this.sets.members(part).every((q) => this.sets.isChecked(q)),
      ];
      const [allowable, whole] = looks();
      const meant =
        row instanceof FolderRow ? this.sets.members(row) : question === undefined ? [] : [question];
      this.sets.check(meant, state === vscode.TreeItemCheckboxState.Checked);
      const [allowableNow, wholeNow] = looks();
      if (allowable !== allowableNow) this.#changed.fire(set);
      else if (part !== undefined && (row === part || whole !== wholeNow)) this.#changed.fire(part);
    }
    this.#updateHeading();
  }

  /**
   * Updates the text beside the heading, which rebuilds no row: that nothing waits, or how many boxes are checked.
   * The editor shows its welcome text only in an empty tree. A message above the tree would delay its rows: after a
   * first change the editor waits up to a fifth of a second.
   */
  #updateHeading(): void {
    const boxes = this.#questions().filter((q) => this.sets.of(q) !== undefined);
    const checked = boxes.filter((q) => this.sets.isChecked(q)).length;
    const all = checked === boxes.length;
    const checks = all ? "" : vscode.l10n.t("{0} of {1} checked", checked, boxes.length);
    const none = this.#shown.size === 0 && this.#decided.rows.length > 0;
    const description = none ? vscode.l10n.t("Nothing is waiting for you.") : checks;
    if ((this.#view.description ?? "") !== description) this.#view.description = description;
  }

  #refresh(): void {
    this.#timer = undefined;
    const questions = this.#questions();
    const waiting = new Set(questions.map((q) => q.id));
    for (const kept of [this.#asks, this.#seen])
      for (const id of kept.keys()) if (!waiting.has(id)) kept.delete(id);
    const value = waiting.size;
    if ((this.#view.badge?.value ?? 0) !== value)
      this.#view.badge =
        value === 0 ? undefined : { value, tooltip: vscode.l10n.t("Requests that wait for you: {0}", value) };
    this.#show(Map.groupBy(questions, (q) => q.pid));
  }

  /** Rebuilds only the rows of agents whose requests changed. */
  #show(byAgent: ReadonlyMap<number, readonly Question[]>): void {
    const before = new Map(this.#shown);
    this.#shown.clear();
    for (const [pid, questions] of byAgent) {
      const ids = questions.map((q) => q.id).join(" ");
      const known = before.get(pid);
      this.#shown.set(pid, known?.ids === ids ? known : { ids, at: performance.now() });
    }
    this.#arrange();
    const decisions = this.#decided.fingerprint();
    const top = this.#places.rows;
    const same = top.length === this.#top.length && top.every((row, i) => row === this.#top[i]);
    const pids = [...before.keys(), ...this.#shown.keys()];
    const changed = pids.filter((pid) => before.get(pid)?.ids !== this.#shown.get(pid)?.ids);
    if (!same || (this.#decisionsShown === "") !== (decisions === "")) this.#changed.fire(undefined);
    else {
      for (const row of changed.length === 0 ? [] : top)
        if (row instanceof AlikeRow || changed.includes(row.pid)) this.#changed.fire(row);
      if (this.#decisionsShown !== decisions) this.#changed.fire(this.#recent);
    }
    this.#top = top;
    this.#decisionsShown = decisions;
    this.#updateHeading();
  }

  /** Alike requests are joined as soon as the view is hidden. */
  #visibilityChanged(visible: boolean): void {
    if (visible) this.#visibleSince = performance.now();
    else this.#refresh();
  }

  /** The requests in an agent's group. */
  #below({ pid }: GroupRow): Question[] {
    return this.#questions().filter((q) => q.pid === pid && this.#places.shared(q) === undefined);
  }

  #alikeItem(kernel: Kernel, row: AlikeRow): vscode.TreeItem {
    const { processes } = kernel.state;
    const open = this.alike(row);
    const agents = [...new Set(open.map((q) => q.pid))].flatMap((pid) => processes.get(pid) ?? []);
    const rows = open.map((q) => rowOf(kernel, q));
    return alikeItem(row, rows, agents, this.mayAllowAlike(row));
  }
}
