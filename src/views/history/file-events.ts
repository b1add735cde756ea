// File events: what calls did to one file, for its timeline, and the text that one of them left.
import type { FileChange } from "../../abi/record/files.ts";
import type { Translate } from "../words/translate.ts";
import type { CallRow } from "../record/calls.ts";
import { changeWords } from "./record-text.ts";

/** What a call did to a file. `change` is absent when it only read it, or when it was not let. */
export interface FileEvent {
  readonly row: CallRow;
  readonly change?: FileChange;
  readonly denied: boolean;
}

/** The calls that are about exactly this file, in the order of the rows; those about a folder around it are none. */
export function fileEvents(rows: readonly CallRow[], resource: string): FileEvent[] {
  return rows.flatMap((row) => {
    const change = row.end?.data.changes?.find((each) => each.resource === resource);
    const isAbout = change !== undefined || row.json.needs.some((need) => need.resource === resource);
    if (!isAbout) return [];
    const denied = ["deny", "refused", "expired"].includes(row.json.decision);
    return [{ row, denied, ...(change === undefined || change.pre === change.post ? {} : { change }) }];
  });
}

/** An event in one word or two, with who did it. */
export function fileEventWords(t: Translate, { change, denied }: FileEvent, agent: string): string {
  if (denied) return t("{0}: {1}", agent, t("denied"));
  return change === undefined ? t("{0} read it", agent) : t("{0}: {1}", agent, changeWords(t, change));
}

/** A text that a call was given for a file: whole, or as a replacement in the text before. */
interface Given {
  readonly content?: unknown;
  readonly old_text?: unknown;
  readonly new_text?: unknown;
}

/**
 * The texts that a call may have left in a file, by its arguments and the text before. Whoever uses one compares its
 * digest with that of the change.
 */
export function textsAfter({ json: { args } }: CallRow, before: string | undefined): string[] {
  if (typeof args !== "object" || args === null) return [];
  const { content, old_text: old, new_text: fresh }: Given = args;
  const whole = typeof content === "string" ? [content] : [];
  if (before === undefined || typeof old !== "string" || typeof fresh !== "string" || old === "")
    return whole;
  const at = before.indexOf(old);
  const edited = at < 0 ? [] : [before.slice(0, at) + fresh + before.slice(at + old.length)];
  return [...whole, ...edited, before.replaceAll(old, () => fresh)];
}
