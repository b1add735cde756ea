// Reviews: opens a waiting question in an editor, as a diff or a document, and knows which review has the focus.
import type { Question } from "../../abi/question.ts";
import * as vscode from "vscode";
import type { Kernel } from "../../kernel/kernel.ts";
import { agentName } from "../session/agents.ts";
import { changedFileOf, fileOf, lineIn, openQuestions, rowOf, stillOpen } from "../session/questions.ts";
import { documentAddress, documentUri, SCHEME, type Documents } from "../documents/documents.ts";
import { Proposal } from "./proposal.ts";
import { FolderRow } from "../session/rows.ts";
import { folderTitle, removesFiles, setTitle } from "../../views/questions/sets.ts";
import type { Session } from "../session/session.ts";
import type { PartRow } from "./sets.ts";
import type { ApprovalsView } from "./view.ts";

/** An answer within this time after a review opened was meant for what was there before; in milliseconds. */
export const INERT = 700;

/** A change set as it was when its review opened. Later requests are not in it. */
interface SetReview {
  readonly members: readonly Question[];
  readonly at: number;
}

/** A file in the editor of several files, with its texts before and after. */
type Sides = readonly [file: vscode.Uri, left: vscode.Uri | undefined, right: vscode.Uri | undefined];

/** Opens and closes the reviews of waiting questions. */
export class Reviews implements vscode.Disposable {
  readonly #session: Session;
  readonly #documents: Documents;
  readonly #approvals: ApprovalsView;
  readonly #disposables: vscode.Disposable[] = [];
  readonly #proposal: Proposal;
  /** When each question's whole text was given to an editor. */
  readonly #opened = new Map<string, number>();
  /** Opened change sets by the title of their tab: the editor tells nothing else about the tab. */
  readonly #sets = new Map<string, SetReview>();
  #keys = "";

  constructor(session: Session, documents: Documents, approvals: ApprovalsView) {
    this.#session = session;
    this.#documents = documents;
    this.#approvals = approvals;
    this.#proposal = new Proposal(session);
    documents.add("review", ([id = "", digest = ""]) => this.#text(id, digest));
    documents.add("empty", () => "");
    const { tabGroups } = vscode.window;
    this.#disposables.push(
      this.#proposal,
      tabGroups.onDidChangeTabs(() => this.#context()),
      tabGroups.onDidChangeTabGroups(() => this.#context()),
      session.onDidChange(() => this.#closeAnswered()),
    );
    this.#context();
  }

  /** Opens the review of a question. From then on its row may allow it. */
  async open(question: Question): Promise<void> {
    const kernel = this.#session.runtime?.kernel;
    if (kernel === undefined) return;
    const preview = kernel.previewOf(question);
    const file = fileOf(kernel, question, preview);
    const process = kernel.state.processes.get(question.pid);
    this.#opened.set(question.id, performance.now());
    if (file === undefined) {
      const name = `${vscode.l10n.t("Request {0}", question.id)}.txt`;
      const document = await this.#documents.show("review", [question.id, question.digest, name]);
      await vscode.languages.setTextDocumentLanguage(document, "agentlibos");
    } else {
      const name = file.path.split("/").at(-1) ?? "";
      const left = (await fileExists(file)) ? file : documentUri("empty", [name]);
      const title = `${lineIn(kernel, question)} · ${process === undefined ? "" : agentName(process, 30)}`;
      await vscode.commands.executeCommand("vscode.diff", left, textUri(question, file), title, {
        preview: true,
      });
    }
    this.#opened.set(question.id, performance.now());
    this.#approvals.noteReviewed(this.#approvals.rowOf(question));
    this.#context();
  }

  /** Opens all changes of a set or of a part in one editor. From then on its present members may be allowed together. */
  async openSet(row: PartRow): Promise<void> {
    const kernel = this.#session.runtime?.kernel;
    const members = this.#approvals.sets.members(row);
    if (kernel === undefined || members.length === 0) return;
    const resources = await Promise.all(members.map((question) => this.#sidesOf(kernel, question)));
    const { l10n } = vscode;
    const title =
      row instanceof FolderRow
        ? folderTitle(l10n.t, kernel.state.kinds, row.set.place, row)
        : setTitle(l10n.t, row.place);
    // An open tab of this title shows an earlier state of the set, and would be mistaken for this one.
    await this.#close((tab) => isMultiDiff(tab) && isTabOf(tab.label, title));
    await vscode.commands.executeCommand("vscode.changes", title, resources.flat());
    this.#sets.set(title, { members, at: performance.now() });
    this.#approvals.noteSetReviewed(row, members);
    this.#context();
  }

  /** A member of a set in the editor of several files: its texts, or the request where there are none to compare. */
  async #sidesOf(kernel: Kernel, question: Question): Promise<Sides[]> {
    const preview = kernel.previewOf(question);
    const file = changedFileOf(kernel, question);
    if (file === undefined) return [];
    if (preview?.after === undefined) return [[file, undefined, textUri(question, withEnding(file))]];
    const right = removesFiles(kernel.state.kinds, question) ? undefined : textUri(question, file);
    return [[file, (await fileExists(file)) ? file : undefined, right]];
  }

  /** Opens the review of the oldest question, or of its set. False when nothing waits. */
  async openNext(): Promise<boolean> {
    const kernel = this.#session.runtime?.kernel;
    const questions = openQuestions(kernel);
    const next = questions.find((q) => kernel !== undefined && !rowOf(kernel, q).free) ?? questions[0];
    if (next === undefined) return false;
    const set = this.#approvals.sets.of(next);
    await (set === undefined ? this.open(next) : this.openSet(set));
    return true;
  }

  /** The question of the focused review, if it still waits. */
  focused(): Question | undefined {
    const kernel = this.#session.runtime?.kernel;
    const found = reviewIn(vscode.window.tabGroups.activeTabGroup.activeTab);
    return kernel === undefined || found === undefined
      ? undefined
      : stillOpen(kernel, found.id, found.digest);
  }

  /** The waiting members of the focused set, as it was when opened. */
  focusedSet(): Question[] {
    const title = this.#titleInFront();
    return title === undefined ? [] : this.#waiting(title);
  }

  /** True while an answer to the focused set would come too soon to be meant. */
  inertSet(): boolean {
    return performance.now() - (this.#sets.get(this.#titleInFront() ?? "")?.at ?? Infinity) < INERT;
  }

  /** True while an answer would come too soon to be meant, or before the text was readable. */
  inert(question: Question): boolean {
    const given = this.#opened.get(question.id);
    return given === undefined || performance.now() - given < INERT;
  }

  dispose(): void {
    for (const each of this.#disposables.splice(0)) each.dispose();
  }

  #titleInFront(): string | undefined {
    const { activeTab } = vscode.window.tabGroups.activeTabGroup;
    if (activeTab === undefined || !isMultiDiff(activeTab)) return undefined;
    return [...this.#sets.keys()].find((title) => isTabOf(activeTab.label, title));
  }

  #waiting(title: string): Question[] {
    const kernel = this.#session.runtime?.kernel;
    const members = kernel === undefined ? [] : (this.#sets.get(title)?.members ?? []);
    return kernel === undefined ? [] : members.filter((q) => stillOpen(kernel, q.id, q.digest) !== undefined);
  }

  async #text(id: string, digest: string): Promise<string> {
    const runtime = this.#session.runtime;
    const kernel = runtime?.kernel;
    const question = kernel === undefined ? undefined : stillOpen(kernel, id, digest);
    if (runtime === undefined || kernel === undefined || question === undefined) return "";
    if (!this.#opened.has(id)) this.#opened.set(id, performance.now());
    const preview = kernel.previewOf(question);
    if (preview?.after !== undefined && changedFileOf(kernel, question) !== undefined) return preview.after;
    const { requestText } = await import("../documents/texts.ts");
    return requestText(kernel, question, runtime.person);
  }

  #context(): void {
    const question = this.focused();
    const kernel = this.#session.runtime?.kernel;
    const row = question === undefined || kernel === undefined ? undefined : rowOf(kernel, question);
    const values = {
      reviewActive: question !== undefined,
      reviewFree: row?.free === true,
      reviewScopable: row?.scopable === true,
      reviewSet: question === undefined && this.focusedSet().length > 0,
    };
    const keys = JSON.stringify([values, question?.id]);
    if (keys === this.#keys) return;
    this.#keys = keys;
    void this.#proposal.show(question);
    for (const [key, value] of Object.entries(values))
      void vscode.commands.executeCommand("setContext", `agentlibos.${key}`, value);
  }

  /** Closes the reviews of answered questions, and refills reviews that a reload restored. */
  #closeAnswered(): void {
    const kernel = this.#session.runtime?.kernel;
    if (kernel === undefined) return;
    const waiting = new Set(openQuestions(kernel).map((q) => q.id));
    for (const id of this.#opened.keys()) if (!waiting.has(id)) this.#opened.delete(id);
    const sets = [...this.#sets.keys()].filter((title) => this.#waiting(title).length === 0);
    for (const title of sets) this.#sets.delete(title);
    const over = (tab: vscode.Tab): boolean => {
      const found = reviewIn(tab);
      if (found === undefined) return isMultiDiff(tab) && sets.some((title) => isTabOf(tab.label, title));
      if (stillOpen(kernel, found.id, found.digest) === undefined) return true;
      if (!this.#opened.has(found.id)) this.#documents.refresh("review", found.id);
      return false;
    };
    void this.#close(over).then(() => this.#context());
  }

  async #close(which: (tab: vscode.Tab) => boolean): Promise<void> {
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs).filter(which);
    if (tabs.length > 0) await vscode.window.tabGroups.close(tabs, true);
  }
}

/**
 * The address of the text that a question would write. It is named like the file, so that it gets its icon and
 * colours.
 */
function textUri({ id, digest }: Question, file: vscode.Uri): vscode.Uri {
  return file.with({ scheme: SCHEME, query: `review/${id}/${digest}` });
}

/** True for the editor's tab of several files. The API has no type for it, and every other tab has one. */
function isMultiDiff({ input }: vscode.Tab): boolean {
  const { TabInputText, TabInputTextDiff, TabInputCustom, TabInputWebview } = vscode;
  const { TabInputNotebook, TabInputNotebookDiff, TabInputTerminal } = vscode;
  const others = [TabInputText, TabInputTextDiff, TabInputCustom, TabInputWebview, TabInputNotebook];
  return ![...others, TabInputNotebookDiff, TabInputTerminal].some((kind) => input instanceof kind);
}

function reviewIn(tab: vscode.Tab | undefined): { id: string; digest: string } | undefined {
  const input = tab?.input;
  const uri =
    input instanceof vscode.TabInputTextDiff
      ? input.modified
      : input instanceof vscode.TabInputText
        ? input.uri
        : undefined;
  const [kind, id, digest] = uri?.scheme === SCHEME ? documentAddress(uri).split("/") : [];
  return kind === "review" && id !== undefined && digest !== undefined ? { id, digest } : undefined;
}

async function fileExists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}

/** A request in place of a text is a text, whatever the file is. */
function withEnding(file: vscode.Uri): vscode.Uri {
  return file.with({ path: `${file.path}.txt` });
}

/**
 * True for the label of a tab with this title. The editor appends the number of files in brackets, once: a folder may
 * be named as if it were that.
 */
function isTabOf(label: string, title: string): boolean {
  return label.startsWith(title) && /^ \([^()]*\)$/u.test(label.slice(title.length));
}
