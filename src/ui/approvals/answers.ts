// Answers: what a person's yes and no do. An answer is bound to the request that was shown, and given at most once.
import type { Answer, Question } from "../../abi/question.ts";
import * as vscode from "vscode";
import { isFault } from "../../abi/errors.ts";
import type { Answer, Question } from "../../abi/record.ts";
import { isFree, isScopable, openQuestions, stillOpen, wish } from "../session/questions.ts";
import { saveFirst, whatHappened } from "./prompts.ts";
import type { Drafts, Target } from "../documents/drafts.ts";
import { lettered, refusal } from "../session/messages.ts";
import { INERT, type Reviews } from "./review.ts";
import { AlikeRow, AskRow, ours, SetRow } from "../session/rows.ts";
import type { Session } from "../session/session.ts";
import type { ApprovalsView } from "./view.ts";

/**
 * What somebody means to answer: one request, those of a change set, or those that ask for the same, from its row, its focused review, or the toast
 * that showed it.
 */
interface Meant {
  readonly questions: readonly Question[];
  readonly from: "row" | "review" | "toast";
  readonly set: boolean;
  /** The row of requests for the same, where they were meant together. */
  readonly alike?: AlikeRow;
}

type Pair = readonly [Question, Answer];

const ONCE: Answer = { allow: true, scope: "once" };
const NO: Answer = { allow: false, scope: "once" };

export class Answers {
  readonly #session: Session;
  readonly #reviews: Reviews;
  readonly #approvals: ApprovalsView;
  readonly #drafts: Drafts;
  #last = -Infinity;

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
    const [question] = meant?.questions ?? [];
    if (meant === undefined || question === undefined || meant.set || isFree(question)) return;
    if (this.#ripe(meant)) await this.#allow(meant, toAll(meant.questions, ONCE));
  }

  /** What is checked of a change set, each once; the rest is denied by the same answer. */
  async allowChecked(args: readonly unknown[]): Promise<void> {
    const meant = this.#meant(args);
    if (meant?.set !== true || !this.#ripe(meant)) return;
    const answer = (q: Question): Answer => (this.#approvals.isChecked(q) ? ONCE : NO);
    await this.#allow(
      meant,
      meant.questions.map((q) => [q, answer(q)]),
    );
  }

  async allowFor(args: readonly unknown[]): Promise<void> {
    const meant = this.#meant(args);
    const runtime = this.#session.runtime;
    const [question] = meant?.questions ?? [];
    if (meant === undefined || question === undefined || runtime === undefined) return;
    if (meant.questions.length > 1 || !isScopable(question) || !this.#ripe(meant)) return;
    const { chosenGrant, grantChoices } = await import("./allow-for.ts");
    const choices = grantChoices(runtime.kernel, question, runtime.person);
    const title = vscode.l10n.t("Allow: {0}", wish(question));
    const chosen = await chosenGrant(lettered(choices), title);
    if (chosen !== undefined) await this.#allow(meant, [[question, chosen.answer]]);
  }

  /** The only answer that several rows may get at once. */
  async deny(args: readonly unknown[]): Promise<void> {
    const [, several] = args;
    const rows = Array.isArray(several) ? several : [];
    const meant =
      rows.length < 2
        ? this.#meant(args)
        : ({ questions: rows.flatMap((row) => this.#under(row) ?? []), from: "row", set: false } as const);
    if (meant !== undefined) await this.#give(meant, toAll(meant.questions, NO));
  }

  async denyWithNote(args: readonly unknown[]): Promise<void> {
    const meant = this.#meant(args);
    const [question] = meant?.questions ?? [];
    if (meant === undefined || question === undefined) return;
    const count = meant.questions.length;
    const several = meant.set || count > 1;
    const title = meant.set
      ? vscode.l10n.t("Deny {0} changes", count)
      : several
        ? vscode.l10n.t("Deny {0} requests", count)
        : vscode.l10n.t("Deny: {0}", wish(question));
    const prompt = vscode.l10n.t("The agent gets this note.");
    const { id, digest } = question;
    const name = vscode.l10n.t("Why not {0}", id);
    const note = several
      ? await vscode.window.showInputBox({ title, prompt, ignoreFocusOut: true })
      : await this.#drafts.line({ title, prompt, name }, { kind: "note", id, digest });
    if (note === undefined) return;
    await this.#give(meant, toAll(meant.questions, note === "" ? NO : { ...NO, note }));
  }

  /** A question that wants words, or what a crash left unknown. */
  async answerQuestion(args: readonly unknown[]): Promise<void> {
    const kernel = this.#session.runtime?.kernel;
    const question = this.#meant(args)?.questions[0] ?? openQuestions(kernel).find((q) => isFree(q));
    if (question === undefined || !isFree(question)) return;
    const text = question.kind === "effect" ? await whatHappened(question) : await this.#words(question);
    if (text === undefined) return;
    const answer = text === "abandon" && question.kind === "effect" ? NO : { ...ONCE, text };
    await this.#give(one(question), [[question, answer]]);
  }

  /** Opens the review of a row. */
  async review([first]: readonly unknown[]): Promise<void> {
    const set = ours(first, SetRow);
    if (set !== undefined) return this.#reviews.openSet(set);
    const [question] = this.#under(first) ?? [];
    if (question !== undefined) await this.#reviews.open(question);
  }

  async reviewNext(): Promise<void> {
    if (!(await this.#reviews.openNext()))
      void vscode.window.showInformationMessage(vscode.l10n.t("Nothing is waiting for you."));
  }

  /** What the toast's buttons do; the request is the one that its text showed. */
  async fromToast(question: Question, allow: boolean): Promise<void> {
    const meant: Meant = { questions: [question], from: "toast", set: false };
    await (allow ? this.#allow(meant, [[question, ONCE]]) : this.#give(meant, [[question, NO]]));
  }

  /** What waits under a row of ours; undefined for anything else. */
  #under(value: unknown): readonly Question[] | undefined {
    const set = ours(value, SetRow);
    if (set !== undefined) return this.#approvals.members(set);
    const alike = ours(value, AlikeRow);
    if (alike !== undefined) return this.#approvals.alike(alike);
    const row = ours(value, AskRow);
    const kernel = this.#session.runtime?.kernel;
    if (row === undefined || kernel === undefined) return undefined;
    const question = stillOpen(kernel, row.id, row.digest);
    return question === undefined ? [] : [question];
  }

  #meant([first, several]: readonly unknown[]): Meant | undefined {
    if (Array.isArray(several) && several.length > 1) {
      void vscode.window.showInformationMessage(
        vscode.l10n.t("Several requests can only be denied together."),
      );
      return undefined;
    }
    const under = this.#under(first);
    if (under !== undefined) {
      const alike = ours(first, AlikeRow);
      const set = ours(first, SetRow) !== undefined;
      if (under.length > 0)
        return { questions: under, from: "row", set, ...(alike === undefined ? {} : { alike }) };
      this.#tooLate();
      return undefined;
    }
    // Title buttons pass the document they stand on, keys pass nothing; whatever else is passed means nothing to us.
    if (first !== undefined && !(first instanceof vscode.Uri)) return undefined;
    const focused = this.#reviews.focused();
    if (focused !== undefined) return { questions: [focused], from: "review", set: false };
    const questions = this.#reviews.focusedSet();
    return questions.length === 0 ? undefined : { questions, from: "review", set: true };
  }

  /** False for a click that was meant for what stood there a moment ago, and for a row that does not show everything. */
  #ripe({ questions: [question], from, set, alike }: Meant): boolean {
    if (question === undefined) return false;
    const shown = alike === undefined ? 0 : this.#approvals.shownAt(alike);
    const moved = set ? this.#approvals.madeAt(question.pid) : shown;
    const soon = performance.now() - Math.max(this.#last, moved) < INERT;
    if (soon || (from === "review" && (set ? this.#reviews.inertSet() : this.#reviews.inert(question)))) {
      void vscode.window.setStatusBarMessage(vscode.l10n.t("$(watch) Look first, then answer."), 2000);
      return false;
    }
    if (from === "review") return true;
    if (alike !== undefined) return this.#approvals.mayAllowAlike(alike);
    const row = set ? this.#approvals.setOf(question) : undefined;
    return row === undefined ? this.#approvals.mayAllow(question) : this.#approvals.mayAllowSet(row);
  }

  /** Answers, unless a file that would be written has changes that are not saved: those come first. */
  async #allow(meant: Meant, pairs: readonly Pair[]): Promise<void> {
    const kernel = this.#session.runtime?.kernel;
    if (kernel === undefined) return;
    const wanted = pairs.filter(([, answer]) => answer.allow).map(([question]) => question);
    const saved = await saveFirst(kernel, wanted);
    if (saved === "later") return;
    if (saved === "clean") return void (await this.#give(meant, pairs));
    if (saved === "deny") return void (await this.#give(meant, toAll(meant.questions, NO)));
    // An approval is bound to the text from before, so that nothing is written: the call ends as stale, and the agent
    // proposes anew.
    if (saved.stale.length > 0) await this.#give(meant, toAll(saved.stale, ONCE));
    const [question] = meant.questions.filter((q) => !saved.stale.includes(q));
    const row = question === undefined ? undefined : this.#approvals.setOf(question);
    if (row !== undefined && meant.set) await this.#reviews.openSet(row);
    else if (question !== undefined) await this.#reviews.open(question);
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
    if (question !== undefined) return this.#give(one(question), [[question, answer]]);
    this.#tooLate();
    return false;
  }

  /**
   * Gives each question its answer, in this order and in one go; what was answered before is left as it is. True once
   * all of it is on the disk.
   */
  async #give({ from }: Meant, pairs: readonly Pair[]): Promise<boolean> {
    const runtime = await this.#session.take();
    if (runtime === undefined) return false;
    const { kernel, person } = runtime;
    const open = pairs.filter(([q]) => stillOpen(kernel, q.id, q.digest) !== undefined);
    if (open.length === 0) {
      this.#tooLate();
      return false;
    }
    let late = 0;
    for (const [{ id, digest }, answer] of open) {
      // One that was built on another may be gone with the answer to that.
      if (stillOpen(kernel, id, digest) === undefined) continue;
      const result = kernel.answer(person, id, answer);
      // Its time was over in this very moment.
      if (isFault(result) && result.code === "ESTALE") late += 1;
      else if (isFault(result)) {
        void vscode.window.showErrorMessage(refusal(result));
        return false;
      }
      this.#last = performance.now();
    }
    if (late === open.length) {
      this.#tooLate();
      return false;
    }
    try {
      await kernel.durable();
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

function toAll(questions: readonly Question[], answer: Answer): Pair[] {
  return questions.map((question) => [question, answer]);
}

function one(question: Question): Meant {
  return { questions: [question], from: "row", set: false };
}
