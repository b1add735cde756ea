// Calls in words: what a call did in one line, by the kind of resource that it is about.
import type { Kinds, SaidCall } from "../../abi/kind.ts";
import type { Translate } from "./translate.ts";
import { visibleLine } from "./visible.ts";

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
