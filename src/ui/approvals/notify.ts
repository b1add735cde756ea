// Notifications: one delayed notification, only when a person would not notice by themselves that agents wait.
import type { Question } from "../../abi/question.ts";
import * as vscode from "vscode";
import type { Answers } from "./answers.ts";
import { openQuestions, rowOf, TOAST_MAX } from "../session/questions.ts";
import { inform, withoutLinks } from "../session/messages.ts";
import type { Session } from "../session/session.ts";
import { setting } from "../manifest/settings.ts";
import type { ApprovalsView } from "./view.ts";

/** How long a request may wait before the notification, in milliseconds. */
const DELAY = 5000;

/** Watches the queue of requests, and notifies a person once. */
export class Notifications implements vscode.Disposable {
  readonly #session: Session;
  readonly #approvals: ApprovalsView;
  readonly #answers: Answers;
  readonly #listening: vscode.Disposable;
  #timer: NodeJS.Timeout | undefined;
  #waiting = 0;

  constructor(session: Session, approvals: ApprovalsView, answers: Answers) {
    this.#session = session;
    this.#approvals = approvals;
    this.#answers = answers;
    this.#listening = session.onDidChange(() => this.#checkQueue());
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#listening.dispose();
  }

  #open(): Question[] {
    return this.#session.writable ? openQuestions(this.#session.runtime?.kernel) : [];
  }

  /** Only the first request in an empty queue causes a notification. Later ones join it. */
  #checkQueue(): void {
    const now = this.#open().length;
    const first = this.#waiting === 0 && now > 0;
    this.#waiting = now;
    if (now === 0) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    } else if (first) this.#timer ??= setTimeout(() => void this.#notify(), DELAY);
  }

  async #notify(): Promise<void> {
    this.#timer = undefined;
    const how = setting(vscode.workspace.getConfiguration("agentlibos"), "notifications");
    const hidden = !this.#approvals.visible || !vscode.window.state.focused;
    if (how === "never" || (how === "whenHidden" && !hidden)) return;
    const [question, ...more] = this.#open();
    const kernel = this.#session.runtime?.kernel;
    if (question === undefined || kernel === undefined) return;
    const row = rowOf(kernel, question);
    const review = vscode.l10n.t("Review");
    const text = vscode.l10n.t("Agent {0} asks: {1}", question.pid, row.line);
    const answerable =
      more.length === 0 &&
      row.fits(TOAST_MAX) &&
      question.asks.every((a) => !a.once && !a.secret) &&
      text === withoutLinks(text);
    if (!answerable) {
      const chosen = await inform(vscode.l10n.t("Agents are waiting for you."), review);
      if (chosen === review) await this.#answers.reviewNext();
      return;
    }
    const allow = vscode.l10n.t("Allow Once");
    const deny = vscode.l10n.t("Deny");
    const chosen = await inform(text, review, allow, deny);
    if (chosen === review) await this.#answers.reviewNext();
    else if (chosen !== undefined) await this.#answers.fromToast(question, chosen === allow);
  }
}
