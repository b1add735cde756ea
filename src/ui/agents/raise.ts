// Raising a budget: which limit of an agent, and by how much; also before it is used up.
import * as vscode from "vscode";
import type { Budget } from "../../abi/image.ts";
import type { Process } from "../../kernel/state/rows.ts";
import { refusal } from "../session/messages.ts";
import type { Session } from "../session/session.ts";

const { t } = vscode.l10n;

/** What each limit counts, and how much of the record's unit one of what people speak of is. */
const UNITS: Readonly<Record<keyof Budget, { readonly words: string; readonly scale: number }>> = {
  modelCalls: { words: t("model calls"), scale: 1 },
  toolCalls: { words: t("tool calls"), scale: 1 },
  tokens: { words: t("tokens"), scale: 1 },
  activeSeconds: { words: t("active minutes"), scale: 60 },
  microdollars: { words: t("dollars"), scale: 1_000_000 },
};

/** A number for people: whole, or with two places at most. */
function shown(amount: number, unit: keyof Budget): string {
  return `${Math.round((amount / UNITS[unit].scale) * 100) / 100}`;
}

/** Asks which limit of an agent is to be raised and by how much, and raises it. */
export async function raiseBudget(session: Session, { pid, budget, used }: Process): Promise<void> {
  const all = ["modelCalls", "toolCalls", "tokens", "activeSeconds", "microdollars"] as const;
  const items = all.flatMap((unit) => {
    const limit = budget[unit];
    if (limit === undefined) return [];
    const description = t("{0} of {1} used", shown(used[unit] ?? 0, unit), shown(limit, unit));
    return [{ label: UNITS[unit].words, description, unit, limit: shown(limit, unit) }];
  });
  if (items.length === 0)
    return void vscode.window.showInformationMessage(t("Agent {0} has no limits to raise.", pid));
  const title = t("Raise the budget of agent {0}", pid);
  const chosen = await vscode.window.showQuickPick(items, { title, ignoreFocusOut: true });
  if (chosen === undefined) return;
  const typed = await vscode.window.showInputBox({
    title,
    prompt: t("How many more {0}? It may use {1} now.", chosen.label, chosen.limit),
    value: chosen.limit,
    ignoreFocusOut: true,
    validateInput: (text) =>
      /^[1-9]\d{0,11}$/u.test(text) ? undefined : t("Type a whole number above zero."),
  });
  const runtime = typed === undefined ? undefined : await session.take();
  if (runtime === undefined) return;
  const refused = runtime.kernel.raise(runtime.person, pid, {
    [chosen.unit]: amountOf(typed ?? "", chosen.unit),
  });
  if (refused !== undefined) void vscode.window.showErrorMessage(refusal(refused));
  else await runtime.kernel.durable();
}

/** What was typed, in the record's unit; zero for what is no amount. */
function amountOf(text: string, unit: keyof Budget): number {
  return /^\d{1,12}(?:\.\d{1,2})?$/u.test(text) ? Math.round(Number(text) * UNITS[unit].scale) : 0;
}
