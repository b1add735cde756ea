// What the tests in the extension host share: New Agent by its own commands, and the record as it lies on the disk.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as vscode from "vscode";

export const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? "";
export const at = (name: string): string => readFileSync(join(folder, name), "utf8");

export function journal(): string {
  try {
    return at(".agentlibos/journal/00000001.jsonl");
  } catch {
    return "";
  }
}

/** Asks again until it is true; after that it says what for. */
export async function until(what: string, test: () => boolean, seconds = 20): Promise<void> {
  for (const limit = Date.now() + seconds * 1000; !test(); await sleep(50))
    if (Date.now() > limit) assert.fail(`still not after ${seconds} s: ${what}`);
}

type Turn = { text?: string; calls: { tool: string; args: unknown }[] };

/** Lets the next agent do this, and the children that it starts what is listed for them. */
export function scriptFor(turns: Turn[], children: { turns: Turn[] }[] = []): void {
  const script = join(mkdtempSync(join(tmpdir(), "agentlibos-script-")), "script.json");
  writeFileSync(script, JSON.stringify({ turns, children }));
  process.env["AGENTLIBOS_SCRIPT"] = script;
}

/** Starts an agent through New Agent…: each of its steps is accepted as it is proposed. */
export async function newAgent(
  goal: string,
  turns: Turn[],
  children: { turns: Turn[] }[] = [],
): Promise<void> {
  scriptFor(turns, children);
  const started = vscode.commands.executeCommand("agentlibos.newAgent", goal);
  for (const limit = Date.now() + 20_000; !journal().includes(`"goal":"${goal}"`); await sleep(150)) {
    if (Date.now() > limit) assert.fail(`${goal} was not started`);
    await vscode.commands.executeCommand("workbench.action.acceptSelectedQuickOpenItem");
  }
  await started;
}

/** How many questions wait, as the record tells. */
export function waiting(): number {
  const count = (kind: string): number => journal().split(`"kind":"${kind}"`).length - 1;
  return count("question.open") - count("question.close");
}

/** The review in front, if there is one: what would be written. */
export function reviewInFront(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  if (input instanceof vscode.TabInputTextDiff && input.modified.scheme === "agentlibos")
    return input.modified;
  return undefined;
}

/** Opens the oldest review and waits until it may be answered. */
export async function reviewNext(): Promise<string> {
  await vscode.commands.executeCommand("agentlibos.reviewNext");
  await until("a review in front", () => reviewInFront() !== undefined);
  await sleep(900);
  return (
    await vscode.workspace.openTextDocument(reviewInFront() ?? vscode.Uri.parse("untitled:"))
  ).getText();
}
