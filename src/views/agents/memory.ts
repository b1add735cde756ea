// Memory in words: what left a conversation, which summary replaces it, and which objects a process was told of.
import type { AnyRecord, JournalRecord } from "../../abi/record.ts";
import type { Process, Remembered } from "../../kernel/state/rows.ts";
import { codeSpan, harmlessMarkdown, indentLines } from "../words/markdown.ts";
import { type Translate, joinWords } from "../words/translate.ts";
import { visibleLine, visibleName } from "../words/visible.ts";

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

/** Says in one line which objects it is newly told of, or not. Empty when only its conversation changed that. */
export function memoryChangeWords(t: Translate, { data }: JournalRecord<"process.memory">): string {
  const told = data.set.filter((s) => s.reason === "kept");
  const not = data.set.filter((s) => s.reason !== "kept" && s.reason !== "conversation");
  const name = (s: { name: string; version: number }): string =>
    t("{0} version {1}", visibleName(s.name), s.version);
  return [
    ...(told.length === 0 ? [] : [t("told of {0}", joinWords(t, told.map(name)))]),
    ...(not.length === 0
      ? []
      : [
          t(
            "not of {0}",
            joinWords(
              t,
              not.map((s) => `${name(s)} (${reasonWords(t, s.reason)})`),
            ),
          ),
        ]),
  ].join("; ");
}

/** For a model call: each object of the process with the reason for telling it or not, then the trimmed part. */
export function memoryLines(t: Translate, { memory, trimmed, summary }: Process): string[] {
  const objects = [...(memory ?? [])].map(
    ([name, { version, reason, tokens }]) =>
      `  ${t("{0} version {1}: {2}, about {3} tokens", visibleName(name), version, reasonWords(t, reason), tokens)}`,
  );
  const gap = trimmed <= 1 ? [] : [`  ${t("said:1 to said:{0} have left the conversation", trimmed - 1)}`];
  if (gap.length > 0 && summary !== undefined)
    gap.push(
      `  ${t("{0} version {1} stands for what was said before said:{2}", visibleName(summary.name), summary.version, summary.to)}`,
    );
  return [...objects, ...gap];
}

/** Says which part left the conversation, why, and which summary replaces it. */
function trimWords(t: Translate, { data }: JournalRecord<"process.trim">): string {
  const { from, reason, summary } = data;
  const left = t("said:1 to said:{0} have left the conversation: {1}", from - 1, visibleLine(reason));
  return summary === undefined
    ? left
    : `${left}. ${t("{0} version {1} stands for them", visibleName(summary.name), summary.version)}`;
}

/** Lists the memory records of a turn as Markdown items. A summary's text follows the item that names it. */
export function memoryNotes(t: Translate, records: readonly AnyRecord[]): string[] {
  return records.flatMap((record) => {
    if (record.kind === "process.memory") {
      const change = memoryChangeWords(t, record);
      return change === "" ? [] : [`- ${codeSpan(change)}`];
    }
    if (record.kind !== "process.trim") return [];
    const { name, version } = record.data.summary ?? {};
    const put = records.find(
      (r) => r.kind === "object.put" && r.data.name === name && r.data.version === version,
    );
    const text = put?.kind === "object.put" && typeof put.data.value === "string" ? put.data.value : "";
    const below = text === "" ? "" : `\n\n${indentLines(harmlessMarkdown(text))}`;
    return [`- ${codeSpan(trimWords(t, record))}${below}`];
  });
}
