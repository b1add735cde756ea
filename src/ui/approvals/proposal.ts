// The proposal: one narrow grant beside Allow Once, in words and to the letter, while a review that may have it is in front.
import type { Question } from "../../abi/question.ts";
import * as vscode from "vscode";
import type { Question } from "../../abi/record.ts";
import { isScopable } from "../session/questions.ts";
import { unpictured } from "../session/messages.ts";
import type { Session } from "../session/session.ts";

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

  /** Shows what Allow for… would offer first for the review in front; nothing where an allow holds only once. */
  async show(question: Question | undefined): Promise<void> {
    const runtime = this.#session.runtime;
    this.#of = question?.id;
    if (question === undefined || runtime === undefined || !isScopable(question)) return this.#item.hide();
    const { grantChoices } = await import("./allow-for.ts");
    const [first] = grantChoices(runtime.kernel, question, runtime.person);
    if (this.#of !== question.id) return;
    if (first === undefined) return this.#item.hide();
    const { label, times, detail = "" } = first;
    // The bar has not much room: what is stored comes whole before what it means.
    const offer =
      times === undefined
        ? `${vscode.l10n.t("Allow for…: it {0}", label)}  ${detail}`
        : vscode.l10n.t("You allowed this {0} times. Allow for…: {1}", times, detail);
    this.#item.text = `$(check-all) ${unpictured(offer)}`;
    this.#item.tooltip = [first.label, first.description ?? "", first.detail ?? ""].join("\n");
    this.#item.accessibilityInformation = { label: this.#item.tooltip.replaceAll("\n", ", ") };
    this.#item.show();
  }

  dispose(): void {
    this.#item.dispose();
  }
}
