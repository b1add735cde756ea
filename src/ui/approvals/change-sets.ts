// Change sets: the writes of one turn that are judged together. A set is a view; each question in it stays its own.
import type { Question } from "../../abi/question.ts";
import * as vscode from "vscode";
import { slotOf } from "../../kernel/state/call-id.ts";

/** The turn in whose set a question belongs: a file's new text that need not be judged each by itself. */
export function turnOf({ kind, call, asks, preview }: Question): number | undefined {
  if (kind !== "approval" || call === undefined || preview?.after === undefined) return undefined;
  if (asks.some((a) => a.once || a.secret || a.need.right === "delete")) return undefined;
  const slot = slotOf(call);
  return slot?.index === undefined ? undefined : slot.turn;
}

/** The questions of one turn's set, in the order of its calls. */
export function membersOf(questions: readonly Question[], pid: number, turn: number): Question[] {
  const index = (q: Question): number => slotOf(q.call ?? "")?.index ?? 0;
  return questions.filter((q) => q.pid === pid && turnOf(q) === turn).sort((a, b) => index(a) - index(b));
}

/** What a set is called, in the tree and on the tab of its review; no text of an agent is in it. */
export function setTitle(pid: number, turn: number): string {
  return vscode.l10n.t("Changes of agent {0}, turn {1}", pid, turn + 1);
}

/** True for the label that the editor gives to a tab of this title: it adds how many files there are. */
export function isTitled(label: string, title: string): boolean {
  return label.startsWith(`${title} (`);
}
