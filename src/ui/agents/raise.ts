// Raising a budget: chooses a limit of an agent and the amount to add, even before the limit is reached.
import * as vscode from "vscode";
import type { Budget } from "../../abi/image.ts";
import type { Process } from "../../kernel/state/rows.ts";
import { askForLine, choose, inform, showFault } from "../session/messages.ts";
import type { Session } from "../session/session.ts";

const { t } = vscode.l10n;

/** The words for each limit, and how many units of the record make one unit for people. */
const UNITS: Readonly<Record<keyof Budget, { readonly words: string; readonly scale: number }>> = {
  modelCalls: { words: t("model calls"), scale: 1 },
  toolCalls: { words: t("tool calls"), scale: 1 },
  tokens: { words: t("tokens"), scale: 1 },
  activeSeconds: { words: t("active minutes"), scale: 60 },
  microdollars: { words: t("dollars"), scale: 1_000_000 },
  bytesWritten: { words: t("megabytes written"), scale: 1_000_000 },
  children: { words: t("children"), scale: 1 },
};

/** An amount for people, with at most two decimal places. */
function amountText(amount: number, unit: keyof Budget): string {
  return `${Math.round((amount / UNITS[unit].scale) * 100) / 100}`;
}

/** Asks for the limit and the amount, and raises the budget. */
export async function raiseBudget(session: Session, { pid, budget, used }: Process): Promise<void> {
  const items = (Object.keys(UNITS) as (keyof Budget)[]).flatMap((unit) => {
    const limit = budget[unit];
    if (limit === undefined) return [];
    const description = t("{0} of {1} used", amountText(used[unit] ?? 0, unit), amountText(limit, unit));
    return [{ label: UNITS[unit].words, description, unit, limit: amountText(limit, unit) }];
  });
  if (items.length === 0) return void inform(t("Agent {0} has no limits to raise.", pid));
  const title = t("Raise the budget of agent {0}", pid);
  const chosen = await choose(items, { title, ignoreFocusOut: true });
  if (chosen === undefined) return;
  const typed = await askForLine({
    title,
    prompt: t("How many more {0}? It may use {1} now.", chosen.label, chosen.limit),
    value: chosen.limit,
    ignoreFocusOut: true,
    validateInput: (text) =>
      /^[1-9]\d{0,11}$/u.test(text) ? undefined : t("Type a whole number above zero."),
  });
  const runtime = typed === undefined ? undefined : await session.takeRuntime();
  if (runtime === undefined) return;
  const refused = runtime.kernel.raise(runtime.person, pid, {
    [chosen.unit]: amountOf(typed ?? "", chosen.unit),
  });
  if (refused !== undefined) showFault(refused);
  else await runtime.kernel.durable();
}

/** The typed amount in the record's unit; zero for invalid text. */
function amountOf(text: string, unit: keyof Budget): number {
  return /^\d{1,12}(?:\.\d{1,2})?$/u.test(text) ? Math.round(Number(text) * UNITS[unit].scale) : 0;
}
