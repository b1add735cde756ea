// History view: the tree of everything that was done, by day, agent, turn and call. Its parts load when it is opened.
import * as vscode from "vscode";
import type { HistoryFilter } from "../../views/history/rows.ts";
import type { RecordHistory } from "../../views/history/history.ts";
import type { Documents } from "../documents/documents.ts";
import { inform, showError } from "../session/messages.ts";
import { AgentRow, ownRow } from "../session/rows.ts";
import type { Outside, Runtime } from "../session/runtime.ts";
import type { Session } from "../session/session.ts";
import { MoreRow, type PastRow } from "./rows.ts";
import type { PastDocuments } from "./documents.ts";
import type * as ItemsModule from "./items.ts";
import type { FileTimeline } from "./timeline.ts";
import type { HistoryTree } from "./tree.ts";

/** The least time between two changes of the rows, in milliseconds. */
const PACE = 2000;

/** The view, with its filter beside its title. */
export class HistoryView implements vscode.TreeDataProvider<PastRow>, vscode.Disposable {
  readonly #session: Session;
  readonly #documents: Documents;
  readonly #outside: Outside;
  readonly #changed = new vscode.EventEmitter<PastRow | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #view: vscode.TreeView<PastRow>;
  readonly #listening: vscode.Disposable[];
  #tree: HistoryTree | undefined;
  #items: typeof ItemsModule | undefined;
  #opened: PastDocuments | undefined;
  #timeline: FileTimeline | undefined;
  #runtime: Runtime | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stale = false;

  constructor(session: Session, documents: Documents, outside: Outside) {
    this.#session = session;
    this.#documents = documents;
    this.#outside = outside;
    documents.add("call", async ([call = ""]) => (await this.#past()).callText(call));
    documents.add("record", async ([seq = ""]) => (await this.#past()).recordText(seq));
    this.#view = vscode.window.createTreeView("agentlibos.history", {
      treeDataProvider: this,
      showCollapseAll: true,
    });
    this.#listening = [
      session.onRecord(({ kind }) => {
        if (kind === "call.end") this.#soon();
      }),
      session.onDidChange(() => {
        if (session.runtime !== this.#runtime) void this.#renew();
      }),
      this.#view.onDidChangeVisibility(({ visible }) => {
        if (visible && this.#stale) this.#soon();
      }),
    ];
  }

  getTreeItem(row: PastRow): vscode.TreeItem {
    const kernel = this.#session.runtime?.kernel;
    return kernel === undefined || this.#items === undefined
      ? new vscode.TreeItem("")
      : this.#items.pastItem(kernel, row, Date.now());
  }

  /** The rows below a row. While a long record is read for the first time, the view shows that it works. */
  async getChildren(row?: PastRow): Promise<PastRow[]> {
    if (this.#session.runtime === undefined) return [];
    try {
      const tree = await this.#loaded();
      const rows = async (): Promise<PastRow[]> => tree.below(row);
      if (row !== undefined) return await rows();
      return await vscode.window.withProgress({ location: { viewId: "agentlibos.history" } }, rows);
    } catch (error) {
      void showError(
        vscode.l10n.t("The history cannot be read: {0} Verify Audit Log tells what is wrong.", String(error)),
      );
      return [];
    }
  }

  async #history(): Promise<RecordHistory> {
    return (await this.#loaded()).history();
  }

  async #past(): Promise<PastDocuments> {
    const { PastDocuments } = await import("./documents.ts");
    return (this.#opened ??= new PastDocuments(this.#session, this.#documents, () => this.#history()));
  }

  /** The tree, loaded and with the history of the opened record. */
  async #loaded(): Promise<HistoryTree> {
    const [{ HistoryTree }, items] = await Promise.all([import("./tree.ts"), import("./items.ts")]);
    this.#items = items;
    this.#runtime = this.#session.runtime;
    this.#tree ??= new HistoryTree(() => this.#outside.history(this.#session.folders));
    // What is shown is on the disk.
    await this.#session.runtime?.kernel.durable().catch(() => undefined);
    return this.#tree;
  }

  /** Asks a person by what the calls are filtered, in addition to what filters them now. */
  async chooseFilter(): Promise<void> {
    const kernel = this.#session.runtime?.kernel;
    if (kernel === undefined) return void inform(vscode.l10n.t("There is no record here yet."));
    const { chooseFilter } = await import("./filter.ts");
    const filter = await chooseFilter(kernel, (await this.#loaded()).filter);
    if (filter !== undefined) await this.show(filter);
  }

  /** Shows the calls of the agent of a row. */
  async showAgent(args: readonly unknown[]): Promise<void> {
    const pid = ownRow(args[0], AgentRow)?.pid;
    if (pid !== undefined) await this.show({ pid });
  }

  /** Opens the call of a row, or a record that a person names. */
  async openRecord(args: readonly unknown[]): Promise<void> {
    await (await this.#past()).open(args);
  }

  /** Lists who read or changed a file. */
  async fileTimeline(args: readonly unknown[]): Promise<void> {
    const [{ FileTimeline }, past] = await Promise.all([import("./timeline.ts"), this.#past()]);
    this.#timeline ??= new FileTimeline({
      ...{ session: this.#session, documents: this.#documents, past },
      history: () => this.#history(),
      show: (resources) => this.show({ resources }),
    });
    await this.#timeline.show(args);
  }

  /** Shows the view with only the calls that a filter wants. */
  async show(filter: HistoryFilter): Promise<void> {
    const tree = await this.#loaded();
    tree.show(filter);
    const words = this.#items?.filterTitle(this.#session.runtime?.kernel, filter) ?? "";
    this.#view.description = words;
    await vscode.commands.executeCommand("setContext", "agentlibos.historyFiltered", words !== "");
    this.#changed.fire(undefined);
    await vscode.commands.executeCommand("agentlibos.history.focus");
  }

  /** Shows the next rows below the row that a person clicked. */
  async earlier(args: readonly unknown[]): Promise<void> {
    const row = ownRow(args[0], MoreRow);
    if (row === undefined || this.#tree === undefined) return;
    this.#tree.more(row);
    this.#changed.fire(undefined);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const each of this.#listening.splice(0)) each.dispose();
    void this.#tree?.close();
    this.#view.dispose();
    this.#changed.dispose();
  }

  /** Another record, or the same opened anew: the history is opened again when it is looked at. */
  async #renew(): Promise<void> {
    this.#runtime = this.#session.runtime;
    await this.#tree?.close();
    this.#changed.fire(undefined);
  }

  /** The newest calls are shown together, and only while somebody looks. What a search found stays as it is. */
  #soon(): void {
    this.#stale = true;
    if (this.#timer !== undefined || !this.#view.visible || this.#tree === undefined) return;
    if (this.#tree.filter.text !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#stale = false;
      this.#changed.fire(undefined);
    }, PACE);
  }
}
