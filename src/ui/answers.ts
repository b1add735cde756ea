// Answers: what a person's yes and no do. An answer is bound to the request that was shown, and given at most once.
import * as vscode from "vscode";
import { isFault } from "../abi/errors.ts";
import type { Answer, Question } from "../abi/record.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { fileOf, isFree, isScopable, openQuestions, stillOpen, wish } from "./asking.ts";
import type { Drafts, Target } from "./drafts.ts";
import { INERT, type Reviews } from "./review.ts";
import { AskRow, ours } from "./rows.ts";
import type { Session } from "./session.ts";
import type { ApprovalsView } from "./views/approvals.ts";

/** A request somebody means to answer: from its row, its focused review, or the toast that showed it. */
interface Meant {
  readonly question: Question;
  readonly from: "row" | "review" | "toast";
}

const ONCE: Answer = { allow: true, scope: "once" };

export class Answers {
  readonly #session: Session;
  readonly #reviews: Reviews;
  readonly #approvals: ApprovalsView;
  readonly #drafts: Drafts;
  #last = 0;

  constructor(session: Session, reviews: Reviews, approvals: ApprovalsView, drafts: Drafts) {
    this.#session = session;
    this.#reviews = reviews;
    this.#approvals = approvals;
    this.#drafts = drafts;
    drafts.add("answer", {
      hint: (target) => vscode.l10n.t("Send answers the agent that asked: {0}", this.#wishOf(target)),
      send: (target, text) => this.#sendDraft(target, { ...ONCE, text }),
    });
    drafts.add("note", {
      hint: (target) => vscode.l10n.t("Send denies with this note: {0}", this.#wishOf(target)),
      send: (target, note) => this.#sendDraft(target, { allow: false, scope: "once", note }),
    });
  }

  /** `args` are what the command was called with: a row of ours, or nothing of meaning. Ids are never looked at. */
  async allowOnce(args: readonly unknown[]): Promise<void> {
    const meant = this.#meant(args);
    if (meant === undefined || isFree(meant.question) || !this.#ripe(meant)) return;
    await this.#allow(meant, ONCE);
  }

  async allowFor(args: readonly unknown[]): Promise<void> {
    const meant = this.#meant(args);
    const runtime = this.#session.runtime;
    if (meant === undefined || runtime === undefined || !isScopable(meant.question) || !this.#ripe(meant))
      return;
    const { grantChoices } = await import("./allow-for.ts");
    const choices = grantChoices(runtime.kernel, meant.question, runtime.person);
    const title = vscode.l10n.t("Allow: {0}", wish(meant.question));
    const chosen = await vscode.window.showQuickPick(choices, { title, matchOnDetail: true });
    if (chosen !== undefined) await this.#allow(meant, chosen.answer);
  }

  /** The only answer that several rows may get at once. */
  async deny(args: readonly unknown[]): Promise<void> {
    const [, several] = args;
    const rows = Array.isArray(several) ? several.map((row: unknown) => ours(row, AskRow)) : [];
    if (rows.length < 2) {
      const meant = this.#meant(args);
      if (meant !== undefined) await this.#give(meant, { allow: false, scope: "once" });
      return;
    }
    for (const row of rows) {
      const question = row === undefined ? undefined : this.#open(row);
      if (question !== undefined)
        await this.#give({ question, from: "row" }, { allow: false, scope: "once" });
    }
  }

  async denyWithNote(args: readonly unknown[]): Promise<void> {
    const meant = this.#meant(args);
    if (meant === undefined) return;
    const title = vscode.l10n.t("Deny: {0}", wish(meant.question));
    const prompt = vscode.l10n.t("The agent gets this note.");
    const { id, digest } = meant.question;
    const name = vscode.l10n.t("Why not {0}", id);
    const note = await this.#drafts.line({ title, prompt, name }, { kind: "note", id, digest });
    if (note !== undefined) await this.#give(meant, { allow: false, scope: "once", note });
  }

  /** A question that wants words, or what a crash left unknown. */
  async answerQuestion(args: readonly unknown[]): Promise<void> {
    const kernel = this.#session.runtime?.kernel;
    const question = this.#meant(args)?.question ?? openQuestions(kernel).find((q) => isFree(q));
    if (question === undefined || !isFree(question)) return;
    const text = question.kind === "effect" ? await whatHappened(question) : await this.#words(question);
    if (text === undefined) return;
    const answer =
      text === "abandon" && question.kind === "effect" ? { ...ONCE, allow: false } : { ...ONCE, text };
    await this.#give({ question, from: "row" }, answer);
  }

  /** Opens the review of a row, or the oldest one. */
  async review(args: readonly unknown[]): Promise<void> {
    const row = ours(args[0], AskRow);
    const question = row === undefined ? undefined : this.#open(row);
    if (question !== undefined) await this.#reviews.open(question);
  }

  async reviewNext(): Promise<void> {
    if (!(await this.#reviews.openNext()))
      void vscode.window.showInformationMessage(vscode.l10n.t("Nothing is waiting for you."));
  }

  /** What the toast's buttons do; the request is the one that its text showed. */
  async fromToast(question: Question, allow: boolean): Promise<void> {
    const meant: Meant = { question, from: "toast" };
    await (allow ? this.#allow(meant, ONCE) : this.#give(meant, { allow: false, scope: "once" }));
  }

  #open({ id, digest }: AskRow): Question | undefined {
    const kernel = this.#session.runtime?.kernel;
    return kernel === undefined ? undefined : stillOpen(kernel, id, digest);
  }

  #meant([first, several]: readonly unknown[]): Meant | undefined {
    if (Array.isArray(several) && several.length > 1) {
      void vscode.window.showInformationMessage(
        vscode.l10n.t("Several requests can only be denied together."),
      );
      return undefined;
    }
    const row = ours(first, AskRow);
    // Title buttons pass the document they stand on, keys pass nothing; whatever else is passed means nothing to us.
    const focused = first === undefined || first instanceof vscode.Uri ? this.#reviews.focused() : undefined;
    const question = row === undefined ? focused : this.#open(row);
    if (question === undefined) {
      if (row !== undefined) this.#tooLate();
      return undefined;
    }
    return { question, from: row === undefined ? "review" : "row" };
  }

  /** False for a click that was meant for what stood there a moment ago, and for a row that does not show everything. */
  #ripe({ question, from }: Meant): boolean {
    const soon = Date.now() - this.#last < INERT || (from === "review" && this.#reviews.inert(question));
    if (soon)
      void vscode.window.setStatusBarMessage(vscode.l10n.t("$(watch) Look first, then answer."), 2000);
    return !soon && (from === "review" || this.#approvals.mayAllow(question));
  }

  async #allow(meant: Meant, answer: Answer): Promise<void> {
    const kernel = this.#session.runtime?.kernel;
    const file =
      kernel === undefined ? undefined : fileOf(kernel, meant.question, kernel.previewOf(meant.question));
    const dirty = vscode.workspace.textDocuments.find(
      (d) => d.isDirty && d.uri.toString() === file?.toString(),
    );
    if (dirty === undefined || kernel === undefined) return void (await this.#give(meant, answer));
    const name = vscode.workspace.asRelativePath(dirty.uri);
    const save = vscode.l10n.t("Save and Recheck");
    const deny = vscode.l10n.t("Deny");
    const text = vscode.l10n.t(
      "{0} has changes that are not saved. The request was made for the saved text.",
      name,
    );
    const chosen = await vscode.window.showWarningMessage(text, save, deny);
    if (chosen === deny) await this.#give(meant, { allow: false, scope: "once" });
    if (chosen === save && (await dirty.save())) await this.#recheck(kernel, meant, dirty.getText());
  }

  /** After saving: an agent whose request was made for other text is told so, and proposes anew. */
  async #recheck(kernel: Kernel, meant: Meant, saved: string): Promise<void> {
    if (kernel.previewOf(meant.question)?.before === saved) return this.#reviews.open(meant.question);
    // The approval is bound to the text from before, so that nothing is written: the call ends as stale.
    await this.#give(meant, ONCE);
  }

  async #words({ text, id, digest }: Question): Promise<string | undefined> {
    const title = vscode.l10n.t("An agent asks");
    const name = vscode.l10n.t("Answer {0}", id);
    return this.#drafts.line({ title, prompt: text, name }, { kind: "answer", id, digest });
  }

  /** The question that a draft was begun for, if it still waits. */
  #targeted(target: Target): Question | undefined {
    const kernel = this.#session.runtime?.kernel;
    if (kernel === undefined || !("digest" in target)) return undefined;
    return stillOpen(kernel, target.id, target.digest);
  }

  #wishOf(target: Target): string {
    const question = this.#targeted(target);
    return question === undefined ? "" : wish(question);
  }

  async #sendDraft(target: Target, answer: Answer): Promise<boolean> {
    const question = this.#targeted(target);
    if (question !== undefined) return this.#give({ question, from: "row" }, answer);
    this.#tooLate();
    return false;
  }

  /** True once it is on the disk that it was answered. */
  async #give({ question, from }: Meant, answer: Answer): Promise<boolean> {
    const runtime = await this.#session.take();
    if (runtime === undefined) return false;
    if (stillOpen(runtime.kernel, question.id, question.digest) === undefined) {
      this.#tooLate();
      return false;
    }
    const result = runtime.kernel.answer(runtime.person, question.id, answer);
    if (isFault(result)) {
      void vscode.window.showErrorMessage(`${result.message} ${result.hint}`);
      return false;
    }
    this.#last = Date.now();
    try {
      await runtime.kernel.durable();
    } catch {
      return false; // The session says that the record was sealed; nothing was answered.
    }
    if (from === "review") await this.#reviews.openNext();
    return true;
  }

  #tooLate(): void {
    void vscode.window.showInformationMessage(
      vscode.l10n.t("This was already answered. Nothing was changed."),
    );
  }
}

async function whatHappened(question: Question): Promise<string | undefined> {
  const choices = [
    { label: vscode.l10n.t("It happened"), text: "happened" },
    { label: vscode.l10n.t("It did not happen: do it"), text: "did not" },
    { label: vscode.l10n.t("I do not know: leave it, and tell the agent"), text: "abandon" },
  ];
  return (await vscode.window.showQuickPick(choices, { title: wish(question) }))?.text;
}
