// Proposal: shows one narrow grant in the status bar, in words and as stored, while its request's review is in front.
import type { Question } from "../../abi/question.ts";
import * as vscode from "vscode";
import { rowOf } from "../session/questions.ts";
import { withoutIcons } from "../session/messages.ts";
import type { Session } from "../session/session.ts";

/** The item in the status bar. */
export class Proposal implements vscode.Disposable {
  readonly #session: Session;
  readonly #item = vscode.window.createStatusBarItem(
    "agentlibos.proposal",
    vscode.StatusBarAlignment.Left,
    9,
  );
  #of: string | undefined;

  constructor(session: Session) {
    this.#session = session;
    this.#item.name = vscode.l10n.t("Agent libOS: proposed grant");
    this.#item.command = "agentlibos.allowFor";
  }

  /** Shows the first offer of Allow for… for the review in front. Hidden when a request may be allowed only once. */
  async show(question: Question | undefined): Promise<void> {
    const runtime = this.#session.runtime;
    this.#of = question?.id;
    if (question === undefined || runtime === undefined || !rowOf(runtime.kernel, question).scopable)
      return this.#item.hide();
    const { grantChoices } = await import("./allow-for.ts");
    const [first] = grantChoices(runtime.kernel, question, runtime.person);
    if (this.#of !== question.id) return;
    if (first === undefined) return this.#item.hide();
    const { label, times, detail = "" } = first;
    // The bar has little room, so the stored text comes in full before its meaning.
    const offer =
      times === undefined
        ? `${vscode.l10n.t("Allow for…: it {0}", label)}  ${detail}`
        : vscode.l10n.t("You allowed this {0} times. Allow for…: {1}", times, detail);
    this.#item.text = `$(check-all) ${withoutIcons(offer)}`;
    this.#item.tooltip = [first.label, first.description ?? "", first.detail ?? ""].join("\n");
    this.#item.accessibilityInformation = { label: this.#item.tooltip.replaceAll("\n", ", ") };
    this.#item.show();
  }

  dispose(): void {
    this.#item.dispose();
  }
}
