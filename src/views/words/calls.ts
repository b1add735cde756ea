// Calls in words: what a call did in one line, by the kind of resource that it is about.
import type { Kinds, SaidCall } from "../../abi/kind.ts";
import type { Question } from "../../abi/question.ts";
import type { Reader } from "../../kernel/reader.ts";
import { madeBy } from "../../kernel/state/call-id.ts";
import type { Translate } from "./translate.ts";
import { visibleLine, visibleName } from "./visible.ts";

/** A call as records have it. */
export interface ToldCall {
  readonly op: string;
  readonly args: unknown;
  /** Its value; undefined until it has ended well. */
  readonly value?: unknown;
}

/** A call in the words of its kind; undefined when the kind has none for it. */
export function callWords(
  t: Translate,
  kinds: Kinds,
  { op, args, value }: ToldCall,
  quote: (text: string) => string = visibleLine,
): SaidCall | undefined {
  return kinds.sayCall(op)?.(t, args, value, quote);
}

/** For a call that another call made: that call, with its name while it runs. */
export function makerNotes(t: Translate, reader: Reader, { call }: Question): string[] {
  const maker = call === undefined ? undefined : madeBy(call)?.call;
  if (maker === undefined) return [];
  const running = reader.running(maker);
  const said = running && callWords(t, reader.state.kinds, { op: running.name, args: running.args });
  if (said !== undefined) return [t("Made by call {0}: {1}", maker, said.line)];
  const name = running?.slot.tool ?? running?.name;
  return [
    name === undefined ? t("Made by call {0}", maker) : t("Made by call {0} ({1})", maker, visibleName(name)),
  ];
}
