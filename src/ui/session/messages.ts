// Messages: agents' text for places where the editor would turn a part of it into a link or an icon.
import * as vscode from "vscode";
import type { Fault } from "../../abi/errors.ts";
import { visibleLine } from "../../views/words/visible.ts";

/**
 * For notifications and the prompts of input lines. `[x](command:y)` would be a link there: it shows only `x` and
 * runs any command. With a blank inside it is text, and can be read in full.
 */
export function withoutLinks(text: string): string {
  return text.replaceAll("](", "] (");
}

/** A fault as the text of a notification. */
export function faultWords({ message, hint }: Pick<Fault, "message" | "hint">): string {
  return withoutLinks(visibleLine(`${message} ${hint}`));
}

/** Shows a fault as an error. */
export function showFault(fault: Pick<Fault, "message" | "hint">): void {
  void showError(faultWords(fault));
}

/** Shows a notification with buttons, and gives the chosen one. No part of the text is a link. */
export async function inform(text: string, ...buttons: string[]): Promise<string | undefined> {
  return vscode.window.showInformationMessage(withoutLinks(text), ...buttons);
}

/** The same as {@link inform}, as a warning. */
export async function warn(text: string, ...buttons: string[]): Promise<string | undefined> {
  return vscode.window.showWarningMessage(withoutLinks(text), ...buttons);
}

/** The same as {@link inform}, as an error. */
export async function showError(text: string, ...buttons: string[]): Promise<string | undefined> {
  return vscode.window.showErrorMessage(withoutLinks(text), ...buttons);
}

/** Asks in a dialog before an act that cannot be taken back. True when the person chose the button `yes`. */
export async function confirm(question: string, yes: string, detail?: string): Promise<boolean> {
  const options = { modal: true, ...(detail === undefined ? {} : { detail: withoutLinks(detail) }) };
  return (await vscode.window.showWarningMessage(withoutLinks(question), options, yes)) === yes;
}

/** For the status bar, prompts and pickers. `$(x)` would be an icon there, unless it follows a backslash. */
export function withoutIcons(text: string): string {
  return text.replaceAll("$(", "\\$(");
}

/** An item of a picker. In a label of ours `$(x)` is an icon; all other texts are shown exactly. */
export interface Choice extends vscode.QuickPickItem {
  readonly ours?: boolean;
}

/** The items of a picker with their texts shown exactly. */
export function literalItems<T extends Choice>(items: readonly T[]): T[] {
  return items.map((item) => ({
    ...item,
    label: item.ours === true ? item.label : withoutIcons(item.label),
    ...(item.description === undefined ? {} : { description: withoutIcons(item.description) }),
    ...(item.detail === undefined ? {} : { detail: withoutIcons(item.detail) }),
  }));
}

type Options = Omit<vscode.QuickPickOptions, "canPickMany">;

/** Lets a person choose one item, as the editor's own picker does, with every text shown exactly. */
export async function choose<T extends Choice>(
  items: readonly T[] | Promise<readonly T[]>,
  options: Options,
): Promise<T | undefined> {
  const shown = items instanceof Promise ? items.then((all) => literalItems(all)) : literalItems(items);
  return vscode.window.showQuickPick(shown, options);
}

/** The same as {@link choose}, for any number of items. */
export async function chooseSeveral<T extends Choice>(
  items: readonly T[],
  options: Options,
): Promise<readonly T[]> {
  return (await vscode.window.showQuickPick(literalItems(items), { ...options, canPickMany: true })) ?? [];
}

/** Asks for one line. In the prompt no part is an icon or a link. */
export async function askForLine(options: vscode.InputBoxOptions): Promise<string | undefined> {
  const { prompt } = options;
  const shown = prompt === undefined ? {} : { prompt: withoutIcons(withoutLinks(prompt)) };
  return vscode.window.showInputBox({ ...options, ...shown });
}

/** Warns with a button that runs a command. The result is false, so that a check can return it. */
export async function warnWithButton(text: string, button?: string, command?: string): Promise<false> {
  const chosen = await warn(text, ...(button === undefined ? [] : [button]));
  if (chosen !== undefined && command !== undefined) await vscode.commands.executeCommand(command);
  return false;
}
