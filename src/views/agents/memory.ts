// Memory in words: what has left a conversation and what stands for it, and what a process was told of its own objects.
import type { AnyRecord, JournalRecord } from "../../abi/record.ts";
import type { Process, Remembered } from "../../kernel/state/rows.ts";
import { codeSpan, harmlessMarkdown, indented } from "../words/markdown.ts";
import type { Translate } from "../words/translate.ts";
import { visibleLine } from "../words/visible.ts";
import { listed } from "../words/resources.ts";

function reasonWords(t: Translate, reason: Remembered["reason"]): string {
  const words: Readonly<Record<Remembered["reason"], string>> = {
    kept: t("told"),
    conversation: t("stands in the conversation"),
    file: t("came out of a file, unread"),
    type: t("of no type that its image wants"),
    refused: t("it may not read it"),
    budget: t("no room for it"),
  };
  return words[reason];
}

/** What changed in what it is told, in one line; empty when nothing but what its conversation shows. */
export function memoryChange(t: Translate, { data }: JournalRecord<"process.memory">): string {
  const told = data.set.filter((s) => s.reason === "kept");
  const not = data.set.filter((s) => s.reason !== "kept" && s.reason !== "conversation");
  const name = (s: { name: string; version: number }): string =>
    t("{0} version {1}", visibleLine(s.name), s.version);
  return [
    ...(told.length === 0 ? [] : [t("told of {0}", listed(t, told.map(name)))]),
    ...(not.length === 0
      ? []
      : [
          t(
            "not of {0}",
            listed(
              t,
              not.map((s) => `${name(s)} (${reasonWords(t, s.reason)})`),
            ),
          ),
        ]),
  ].join("; ");
}

/** For a model call: each of its objects, and why it was told of it or not; then what had left its conversation. */
export function memoryLines(t: Translate, { memory, trimmed, summary }: Process): string[] {
  const objects = [...(memory ?? [])].map(
    ([name, { version, reason, tokens }]) =>
      `  ${t("{0} version {1}: {2}, about {3} tokens", visibleLine(name), version, reasonWords(t, reason), tokens)}`,
  );
  const gap = trimmed <= 1 ? [] : [`  ${t("said:1 to said:{0} have left the conversation", trimmed - 1)}`];
  if (gap.length > 0 && summary !== undefined)
    gap.push(
      `  ${t("{0} version {1} stands for what was said before said:{2}", summary.name, summary.version, summary.to)}`,
    );
  return [...objects, ...gap];
}

/** Where a part left the conversation: why, and which summary stands for it. */
function trimWords(t: Translate, { data }: JournalRecord<"process.trim">): string {
  const { from, reason, summary } = data;
  const left = t("said:1 to said:{0} have left the conversation: {1}", from - 1, visibleLine(reason));
  return summary === undefined
    ? left
    : `${left}. ${t("{0} version {1} stands for them", summary.name, summary.version)}`;
}

/** What the records of a turn say of this, as items of a list; a summary stands below the item that says where. */
export function memoryNotes(t: Translate, records: readonly AnyRecord[]): string[] {
  return records.flatMap((record) => {
    if (record.kind === "process.memory") {
      const change = memoryChange(t, record);
      return change === "" ? [] : [`- ${codeSpan(change)}`];
    }
    if (record.kind !== "process.trim") return [];
    const { name, version } = record.data.summary ?? {};
    const put = records.find(
      (r) => r.kind === "object.put" && r.data.name === name && r.data.version === version,
    );
    const text = put?.kind === "object.put" && typeof put.data.value === "string" ? put.data.value : "";
    const below = text === "" ? "" : `\n\n${indented(harmlessMarkdown(text))}`;
    return [`- ${codeSpan(trimWords(t, record))}${below}`];
  });
}
