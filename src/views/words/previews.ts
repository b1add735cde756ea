// Previews in words: the action of a call in one line, put into the reader's language here and nowhere else.
import type { OpenAsk, Preview, PreviewNames } from "../../abi/question.ts";
import type { Outlined } from "../../kernel/questions/words.ts";
import type { Kinds, SayNote } from "../../abi/kind.ts";
import { kernelReasons } from "../../kernel/authority/reasons.ts";
import { needWords } from "./resources.ts";
import { joinWords, type Translate } from "./translate.ts";
import { visibleLine, visibleText } from "./visible.ts";

/**
 * The action of a preview in words; undefined when it names none. The word of an action that no kind knows is shown as
 * it is. A record of an earlier version has an English sentence.
 */
export function actionWords(
  t: Translate,
  kinds: Kinds,
  { verb, title, target, to = "" }: PreviewNames,
): string | undefined {
  if (verb === undefined) return title === undefined ? undefined : visibleLine(title);
  const say = kinds.action(verb);
  if (say !== undefined) return visibleLine(say(t, target, to));
  const places = kinds.of(target) === undefined ? [target, to].filter((place) => place !== "") : [];
  return visibleLine([verb, ...places].join(" "));
}

/**
 * The notes of a preview, a line each. One that no kind knows is shown as it is. The text of the agent, and the
 * sentences of a record of an earlier version, stand before them.
 */
export function noteLines(
  t: Translate,
  kinds: Kinds,
  { detail, notes = [] }: Pick<Preview, "detail" | "notes">,
): string[] {
  const said = notes.map(({ key, values }) => kinds.note(key)?.(t, ...values) ?? [key, ...values].join(" "));
  return [...(detail === undefined ? [] : visibleText(detail).split("\n")), ...said.map(visibleLine)];
}

/** The reason of an ask, on one line. One that is no note, or none that is known here, is shown as it was recorded. */
export function reasonWords(
  t: Translate,
  kinds: Kinds,
  { reason, why }: Pick<OpenAsk, "reason" | "why">,
): string {
  const own: Readonly<Record<string, SayNote>> = kernelReasons;
  const say = why === undefined ? undefined : (kinds.note(why.key) ?? own[why.key]);
  return visibleLine(say?.(t, ...(why?.values ?? [])) ?? reason);
}

/** The request to run a call in one line: the action of its preview, or the needs that are asked for. */
export function callLine(t: Translate, { preview, asks, text }: Outlined, kinds: Kinds): string {
  const action =
    preview === undefined || kinds.of(preview.target) !== undefined
      ? undefined
      : actionWords(t, kinds, preview);
  if (action !== undefined) return action;
  const byResource = Map.groupBy(asks, (a) => a.need.resource);
  const words = [...byResource].map(([resource, all]) =>
    needWords(t, kinds, [...new Set(all.map((a) => a.need.right))], resource),
  );
  const said = joinWords(t, words) || visibleLine(text);
  return said.charAt(0).toUpperCase() + said.slice(1);
}
