// Messages: agents' text for places where the editor would turn a part of it into a link or an icon.
import * as vscode from "vscode";
import type { Fault } from "../../abi/errors.ts";

/**
 * For notifications and the prompts of input lines. `[x](command:y)` would be a link there: it shows only `x` and
 * runs any command. With a blank inside it is text, and can be read in full.
 */
export function withoutLinks(text: string): string {
  return text.replaceAll("](", "] (");
}

/** A fault as the text of a notification. */
export function faultText({ message, hint }: Pick<Fault, "message" | "hint">): string {
  return withoutLinks(`${message} ${hint}`);
}

/** Shows a fault as an error. */
export function showFault(fault: Pick<Fault, "message" | "hint">): void {
  void vscode.window.showErrorMessage(faultText(fault));
}

/** For the status bar, prompts and pickers. `$(x)` would be an icon there, unless it follows a backslash. */
export function withoutIcons(text: string): string {
  return text.replaceAll("$(", "\\$(");
}

/** The items of a picker with their texts shown exactly. */
export function literalItems<T extends vscode.QuickPickItem>(items: readonly T[]): T[] {
  return items.map((item) => ({
    ...item,
    label: withoutIcons(item.label),
    ...(item.description === undefined ? {} : { description: withoutIcons(item.description) }),
    ...(item.detail === undefined ? {} : { detail: withoutIcons(item.detail) }),
  }));
}

/** Warns with a button that runs a command. The result is false, so that a check can return it. */
export async function warnWithButton(text: string, button?: string, command?: string): Promise<false> {
  const chosen = await vscode.window.showWarningMessage(text, ...(button === undefined ? [] : [button]));
  if (chosen !== undefined && command !== undefined) await vscode.commands.executeCommand(command);
  return false;
}
