// Reviews: a waiting question in an editor, as a diff or a document, and which of them a person is looking at.
import * as vscode from "vscode";
import type { Question } from "../abi/record.ts";
import { nameOf } from "./agents-words.ts";
import { fileOf, isFree, isScopable, openQuestions, stillOpen, wish } from "./asking.ts";
import { documentUri, SCHEME, type Documents } from "./documents.ts";
import type { Session } from "./session.ts";
import type { ApprovalsView } from "./views/approvals.ts";

/** An answer this soon after a review opened was meant for what stood there before; in milliseconds. */
export const INERT = 700;

export class Reviews implements vscode.Disposable {
  readonly #session: Session;
  readonly #documents: Documents;
  readonly #approvals: ApprovalsView;
  readonly #disposables: vscode.Disposable[] = [];
  /** Questions whose whole text an editor was given, with the moment. */
  readonly #given = new Map<string, number>();

  constructor(session: Session, documents: Documents, approvals: ApprovalsView) {
    this.#session = session;
    this.#documents = documents;
    this.#approvals = approvals;
    documents.add("review", ([id = "", digest = ""]) => this.#text(id, digest));
    documents.add("empty", () => "");
    const { tabGroups } = vscode.window;
    this.#disposables.push(
      tabGroups.onDidChangeTabs(() => this.#context()),
      tabGroups.onDidChangeTabGroups(() => this.#context()),
      session.onDidChange(() => this.#tidy()),
    );
    this.#context();
  }

  /** Opens the review of a question; from then on its row may allow it. */
  async open(question: Question): Promise<void> {
    const kernel = this.#session.runtime?.kernel;
    if (kernel === undefined) return;
    const preview = kernel.previewOf(question);
    const file = fileOf(kernel, question, preview);
    const process = kernel.state.processes.get(question.pid);
    this.#given.set(question.id, Date.now());
    if (file === undefined) {
      const name = `${vscode.l10n.t("Request {0}", question.id)}.txt`;
      const document = await this.#documents.show("review", [question.id, question.digest, name]);
      await vscode.languages.setTextDocumentLanguage(document, "agentlibos");
    } else {
      const name = file.path.split("/").at(-1) ?? "";
      const right = documentUri("review", [question.id, question.digest, name]);
      const left = (await there(file)) ? file : documentUri("empty", [name]);
      const title = `${wish(question)} · ${process === undefined ? "" : nameOf(process, 30)}`;
      await vscode.commands.executeCommand("vscode.diff", left, right, title, { preview: true });
    }
    this.#given.set(question.id, Date.now());
    this.#approvals.saw(this.#approvals.rowOf(question));
    this.#context();
  }

  /** Opens the oldest question's review; false when nothing waits. */
  async openNext(): Promise<boolean> {
    const next = openQuestions(this.#session.runtime?.kernel).find((q) => !isFree(q)) ?? this.#first();
    if (next === undefined) return false;
    await this.open(next);
    return true;
  }

  /** The question whose review has the focus, if it still waits. */
  focused(): Question | undefined {
    const kernel = this.#session.runtime?.kernel;
    const found = reviewIn(vscode.window.tabGroups.activeTabGroup.activeTab);
    return kernel === undefined || found === undefined
      ? undefined
      : stillOpen(kernel, found.id, found.digest);
  }

  /** True while an answer would come too soon to be meant, or before the text was there to be read. */
  inert(question: Question): boolean {
    const given = this.#given.get(question.id);
    return given === undefined || Date.now() - given < INERT;
  }

  dispose(): void {
    for (const each of this.#disposables.splice(0)) each.dispose();
  }

  #first(): Question | undefined {
    return openQuestions(this.#session.runtime?.kernel)[0];
  }

  async #text(id: string, digest: string): Promise<string> {
    const runtime = this.#session.runtime;
    const kernel = runtime?.kernel;
    const question = kernel === undefined ? undefined : stillOpen(kernel, id, digest);
    if (runtime === undefined || kernel === undefined || question === undefined) return "";
    if (!this.#given.has(id)) this.#given.set(id, Date.now());
    const preview = kernel.previewOf(question);
    if (fileOf(kernel, question, preview) !== undefined) return preview?.after ?? "";
    const { requestText } = await import("./texts.ts");
    return requestText(kernel, question, runtime.person);
  }

  #context(): void {
    const question = this.focused();
    const set = (key: string, value: boolean): void => {
      void vscode.commands.executeCommand("setContext", `agentlibos.${key}`, value);
    };
    set("reviewActive", question !== undefined);
    set("reviewFree", question !== undefined && isFree(question));
    set("reviewScopable", question !== undefined && isScopable(question));
  }

  /** Closes the reviews of questions that were answered, wherever that was, and fills those a reload brought back. */
  #tidy(): void {
    const kernel = this.#session.runtime?.kernel;
    if (kernel === undefined) return;
    const waiting = new Set(openQuestions(kernel).map((q) => q.id));
    for (const id of this.#given.keys()) if (!waiting.has(id)) this.#given.delete(id);
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
    const over: vscode.Tab[] = [];
    for (const tab of tabs) {
      const found = reviewIn(tab);
      if (found === undefined) continue;
      if (stillOpen(kernel, found.id, found.digest) === undefined) over.push(tab);
      else if (!this.#given.has(found.id)) this.#documents.refresh("review", found.id);
    }
    if (over.length > 0) void vscode.window.tabGroups.close(over, true).then(() => this.#context());
    else this.#context();
  }
}

function reviewIn(tab: vscode.Tab | undefined): { id: string; digest: string } | undefined {
  const input = tab?.input;
  const uri =
    input instanceof vscode.TabInputTextDiff
      ? input.modified
      : input instanceof vscode.TabInputText
        ? input.uri
        : undefined;
  const [, kind, id, digest] = uri?.scheme === SCHEME ? uri.path.split("/") : [];
  return kind === "review" && id !== undefined && digest !== undefined ? { id, digest } : undefined;
}

async function there(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}
