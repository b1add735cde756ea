// Plain words: agents' text for those places of the editor that would make a link or a picture of a part of it.
import type * as vscode from "vscode";
import type { Fault } from "../../abi/errors.ts";

/**
 * For notifications and the prompts of input lines: there `[x](command:y)` is a link that shows only `x` and runs any
 * command. With a blank inside it is text, and all of it is there to be read.
 */
export function unlinked(text: string): string {
  return text.replaceAll("](", "] (");
}

/** A refusal, as a notification says it. */
export function refusal({ message, hint }: Pick<Fault, "message" | "hint">): string {
  return unlinked(`${message} ${hint}`);
}

/** For the status bar, prompts and lists to choose from: there `$(x)` is a picture, unless a backslash stands before it. */
export function unpictured(text: string): string {
  return text.replaceAll("$(", "\\$(");
}

/** The rows of a list to choose from, whose texts are shown to the letter. */
export function lettered<T extends vscode.QuickPickItem>(items: readonly T[]): T[] {
  return items.map((item) => ({
    ...item,
    label: unpictured(item.label),
    ...(item.description === undefined ? {} : { description: unpictured(item.description) }),
    ...(item.detail === undefined ? {} : { detail: unpictured(item.detail) }),
  }));
}
