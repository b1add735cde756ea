// Results: the value or the fault of a call as the bounded text that its model reads.
import type { Fault } from "../../abi/errors.ts";
import { wholeStart } from "../../abi/size.ts";
import type { Operation } from "../../kernel/operation.ts";

/** The longest text of one result that a model is sent, in characters. */
export const RESULT_MAX = 60_000;

/**
 * How much of a result is sent, in characters. `name` is that of the object that holds all of it, if it can be read.
 */
export interface ResultBounds {
  readonly most?: number | undefined;
  readonly name?: string | undefined;
}

/**
 * The value of a successful call as its operation tells it, else as JSON. A text over the bound says first how much
 * there is and how to get the rest; it is cut at whole characters.
 */
export function resultText(
  op: Operation | undefined,
  args: unknown,
  value: unknown,
  { most = RESULT_MAX, name }: ResultBounds = {},
): string {
  const text = op?.told(value, args) ?? JSON.stringify(value ?? null);
  const room = Math.min(most, RESULT_MAX);
  if (text.length <= room) return text;
  const start = wholeStart(text, room);
  const rest =
    name === undefined
      ? "Ask for a smaller part to get the rest."
      : `get_object with the name ${name} and from ${start.length} reads on; a smaller part may do.`;
  return `(The first ${start.length} of ${text.length} characters. ${rest})\n${start}`;
}

/** A fault as text: its code, its message, and its hint on a line of its own. */
export function faultText({ code, message, hint }: Fault): string {
  return `error ${code}: ${message}${hint === "" ? "" : `\n${hint}`}`;
}
