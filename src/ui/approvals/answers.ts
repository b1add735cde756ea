// Answers: carries out a person's yes or no, bound to the request that was shown and given at most once.
import type { Answer, Question } from "../../abi/question.ts";
import { ALLOW_ONCE, DENY } from "../../kernel/questions/kinds.ts";
import * as vscode from "vscode";
import { isFault } from "../../abi/errors.ts";
import type { QuestionRow } from "../../views/questions/row.ts";
import { openQuestions, rowOf, stillOpen } from "../session/questions.ts";
import { askForChoice, askToSave } from "./prompts.ts";
import type { Drafts, DraftTarget } from "../documents/drafts.ts";
import { askForLine, inform, showFault } from "../session/messages.ts";
import { INERT, type Reviews } from "./review.ts";
import { AlikeRow, AskRow, ownRow } from "../session/rows.ts";
import type { Session } from "../session/session.ts";
import { partRow } from "./sets.ts";
import type { ApprovalsView } from "./view.ts";

/**
 * The requests that a command means: one request, a change set, or alike requests. They come from a row, from the
 * focused review, or from the toast that showed the request.
 */
interface Intended {
  readonly questions: readonly Question[];
  readonly from: "row" | "review" | "toast";
  readonly set: boolean;
  /** The row of alike requests, when they are answered together. */
  readonly alike?: AlikeRow;
}

type Pair = readonly [Question, Answer];

/** The commands that answer requests. */
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
      send: (target, text) => this.#sendDraft(target, { ...ALLOW_ONCE, text }),
    });
    drafts.add("note", {
      hint: (target) => vscode.l10n.t("Send denies with this note: {0}", this.#wishOf(target)),
      send: (target, note) => this.#sendDraft(target, { allow: false, scope: "once", note }),
    });
  }

  /** `args` are the arguments of the command: one of our rows, or nothing that counts. Ids in them are ignored. */
  async allowOnce(args: readonly unknown[]): Promise<void> {
    const meant = this.#intendedBy(args);
    const [question] = meant?.questions ?? [];
    if (question === undefined || meant?.set !== false || this.#row(question)?.free !== false) return;
    if (this.#mayAnswerNow(meant)) await this.#allow(meant, toAll(meant.questions, ALLOW_ONCE));
  }

  /** Allows each checked request of a change set once, and denies the rest. */
  async allowChecked(args: readonly unknown[]): Promise<void> {
    const meant = this.#intendedBy(args);
    if (meant?.set !== true || !this.#mayAnswerNow(meant)) return;
    const answer = (q: Question): Answer => (this.#approvals.sets.isChecked(q) ? ALLOW_ONCE : DENY);
    await this.#allow(
      meant,
      meant.questions.map((q) => [q, answer(q)]),
    );
  }

  async allowFor(args: readonly unknown[]): Promise<void> {
    const meant = this.#intendedBy(args);
    const runtime = this.#session.runtime;
    const [question] = meant?.questions ?? [];
    if (meant === undefined || question === undefined || runtime === undefined) return;
    const { line, scopable } = rowOf(runtime.kernel, question);
    if (meant.questions.length > 1 || !scopable || !this.#mayAnswerNow(meant)) return;
    const { chooseGrant, grantChoices } = await import("./allow-for.ts");
    const choices = grantChoices(runtime.kernel, question, runtime.person);
    const title = vscode.l10n.t("Allow: {0}", line);
    const chosen = await chooseGrant(choices, title);
    if (chosen !== undefined) await this.#allow(meant, [[question, chosen.answer]]);
  }

  /** Denies requests. It is the only answer that several rows may get at once. */
  async deny(args: readonly unknown[]): Promise<void> {
    const [, several] = args;
    const rows = Array.isArray(several) ? several : [];
    const meant =
      rows.length < 2
        ? this.#intendedBy(args)
        : ({ questions: rows.flatMap((row) => this.#under(row) ?? []), from: "row", set: false } as const);
    if (meant !== undefined) await this.#give(meant, toAll(meant.questions, DENY));
  }

  async denyWithNote(args: readonly unknown[]): Promise<void> {
    const meant = this.#intendedBy(args);
    const [question] = meant?.questions ?? [];
    if (meant === undefined || question === undefined) return;
    const count = meant.questions.length;
    const several = meant.set || count > 1;
    const title = meant.set
      ? vscode.l10n.t("Deny {0} changes", count)
      : several
        ? vscode.l10n.t("Deny {0} requests", count)
        : vscode.l10n.t("Deny: {0}", this.#row(question)?.line ?? "");
    const prompt = vscode.l10n.t("The agent gets this note.");
    const { id, digest } = question;
    const name = vscode.l10n.t("Why not {0}", id);
    const note = several
      ? await askForLine({ title, prompt, ignoreFocusOut: true })
      : await this.#drafts.askLine({ title, prompt, name }, { kind: "note", id, digest });
    if (note === undefined) return;
    await this.#give(meant, toAll(meant.questions, note === "" ? DENY : { ...DENY, note }));
  }

  /** Answers a question in words, or by one answer of a list. */
  async answerQuestion(args: readonly unknown[]): Promise<void> {
    const open = openQuestions(this.#session.runtime?.kernel).find((q) => this.#row(q)?.free === true);
    const question = this.#intendedBy(args)?.questions[0] ?? open;
    const row = question && this.#row(question);
    if (question === undefined || row?.free !== true) return;
    const answer = await (row.kind.answering.by === "choices" ? askForChoice(row) : this.#words(row));
    if (answer !== undefined) await this.#give(single(question), [[question, answer]]);
  }

  /** Opens the review of a row. */
  async review([first]: readonly unknown[]): Promise<void> {
    const part = partRow(first);
    if (part !== undefined) return this.#reviews.openSet(part);
    const [question] = this.#under(first) ?? [];
    if (question !== undefined) await this.#reviews.open(question);
  }

  async reviewNext(): Promise<void> {
    if (!(await this.#reviews.openNext())) void inform(vscode.l10n.t("Nothing is waiting for you."));
  }

  /** Carries out a button of the toast, for the request that the toast showed. */
  async fromToast(question: Question, allow: boolean): Promise<void> {
    const meant: Intended = { questions: [question], from: "toast", set: false };
    await (allow ? this.#allow(meant, [[question, ALLOW_ONCE]]) : this.#give(meant, [[question, DENY]]));
  }

  /** The waiting requests of one of our rows; undefined for anything else. */
  #under(value: unknown): readonly Question[] | undefined {
    const part = partRow(value);
    if (part !== undefined) return this.#approvals.sets.members(part);
    const alike = ownRow(value, AlikeRow);
    if (alike !== undefined) return this.#approvals.alike(alike);
    const row = ownRow(value, AskRow);
    const kernel = this.#session.runtime?.kernel;
    if (row === undefined || kernel === undefined) return undefined;
    const question = stillOpen(kernel, row.id, row.digest);
    return question === undefined ? [] : [question];
  }

  #intendedBy([first, several]: readonly unknown[]): Intended | undefined {
    if (Array.isArray(several) && several.length > 1) {
      void inform(vscode.l10n.t("Several requests can only be denied together."));
      return undefined;
    }
    const under = this.#under(first);
    if (under !== undefined) {
      const alike = ownRow(first, AlikeRow);
      const set = partRow(first) !== undefined;
      if (under.length > 0)
        return { questions: under, from: "row", set, ...(alike === undefined ? {} : { alike }) };
      this.#sayTooLate();
      return undefined;
    }
    // A title button passes its document, a key passes nothing. Any other argument is ignored.
    if (first !== undefined && !(first instanceof vscode.Uri)) return undefined;
    const focused = this.#reviews.focused();
    if (focused !== undefined) return { questions: [focused], from: "review", set: false };
    const questions = this.#reviews.focusedSet();
    return questions.length === 0 ? undefined : { questions, from: "review", set: true };
  }

  /**
   * False for a click that came too soon after the row or review changed. Also false for a row that does not show its
   * whole request.
   */
  #mayAnswerNow({ questions, questions: [question], from, set, alike }: Intended): boolean {
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
    return set ? this.#approvals.sets.mayAllow(questions) : this.#approvals.mayAllow(question);
  }

  /** Gives the answers, unless a file that would be written has unsaved changes. Those are handled first. */
  async #allow(meant: Intended, pairs: readonly Pair[]): Promise<void> {
    const kernel = this.#session.runtime?.kernel;
    if (kernel === undefined) return;
    const wanted = pairs.filter(([, answer]) => answer.allow).map(([question]) => question);
    const saved = await askToSave(kernel, wanted);
    if (saved === "later") return;
    if (saved === "clean") return void (await this.#give(meant, pairs));
    if (saved === "deny") return void (await this.#give(meant, toAll(meant.questions, DENY)));
    // An approval is bound to the text that the request saw. Allowing a stale request writes nothing: its call ends
    // as stale, and the agent proposes again.
    if (saved.stale.length > 0) await this.#give(meant, toAll(saved.stale, ALLOW_ONCE));
    const [question] = meant.questions.filter((q) => !saved.stale.includes(q));
    const row = question === undefined ? undefined : this.#approvals.sets.of(question);
    if (row !== undefined && meant.set) await this.#reviews.openSet(row);
    else if (question !== undefined) await this.#reviews.open(question);
  }

  async #words({ question: { id, digest }, line: prompt }: QuestionRow): Promise<Answer | undefined> {
    const title = vscode.l10n.t("An agent asks");
    const name = vscode.l10n.t("Answer {0}", id);
    // The editor adds words of its own behind the prompt: the quotation marks tell whose is whose.
    const text = await this.#drafts.askLine({ title, prompt, name }, { kind: "answer", id, digest });
    return text === undefined ? undefined : { ...ALLOW_ONCE, text };
  }

  #row(question: Question): QuestionRow | undefined {
    const kernel = this.#session.runtime?.kernel;
    return kernel === undefined ? undefined : rowOf(kernel, question);
  }

  /** The question that a draft was begun for, if it still waits. */
  #targeted(target: DraftTarget): Question | undefined {
    const kernel = this.#session.runtime?.kernel;
    if (kernel === undefined || !("digest" in target)) return undefined;
    return stillOpen(kernel, target.id, target.digest);
  }

  #wishOf(target: DraftTarget): string {
    const question = this.#targeted(target);
    return question === undefined ? "" : (this.#row(question)?.line ?? "");
  }

  async #sendDraft(target: DraftTarget, answer: Answer): Promise<boolean> {
    const question = this.#targeted(target);
    if (question !== undefined) return this.#give(single(question), [[question, answer]]);
    this.#sayTooLate();
    return false;
  }

  /**
   * Gives each question its answer, in order and without a pause. Questions that were answered before are skipped.
   * True once all answers are on the disk.
   */
  async #give({ from }: Intended, pairs: readonly Pair[]): Promise<boolean> {
    const runtime = await this.#session.takeRuntime();
    if (runtime === undefined) return false;
    const { kernel, person } = runtime;
    const open = pairs.filter(([q]) => stillOpen(kernel, q.id, q.digest) !== undefined);
    if (open.length === 0) {
      this.#sayTooLate();
      return false;
    }
    let late = 0;
    for (const [{ id, digest }, answer] of open) {
      // An earlier answer may have closed a question that was built on it.
      if (stillOpen(kernel, id, digest) === undefined) continue;
      const result = kernel.answer(person, id, answer);
      // The question expired in this moment.
      if (isFault(result) && result.code === "ESTALE") late += 1;
      else if (isFault(result)) {
        showFault(result);
        return false;
      }
      this.#last = performance.now();
    }
    if (late === open.length) {
      this.#sayTooLate();
      return false;
    }
    try {
      await kernel.durable();
    } catch {
      return false; // The session reports the sealed record. Nothing was answered.
    }
    if (from === "review") await this.#reviews.openNext();
    return true;
  }

  #sayTooLate(): void {
    void inform(vscode.l10n.t("This was already answered. Nothing was changed."));
  }
}

function toAll(questions: readonly Question[], answer: Answer): Pair[] {
  return questions.map((question) => [question, answer]);
}

function single(question: Question): Intended {
  return { questions: [question], from: "row", set: false };
}
