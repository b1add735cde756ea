// Results: the value or the fault of a call as the bounded text that its model reads.
import type { Fault } from "../../abi/errors.ts";
import { wholeStart } from "../../abi/tokens.ts";
import type { Operation } from "../../kernel/operation.ts";

/** The longest text of one result that a model is sent, in characters. */
export const RESULT_MAX = 60_000;

/**
 * The value of a successful call as its operation tells it, else as JSON. A text over `most` characters says first
 * how much there is; it is cut at whole characters.
 */
export function resultText(
  op: Operation | undefined,
  args: unknown,
  value: unknown,
  most = RESULT_MAX,
): string {
  const text = op?.told(value, args) ?? JSON.stringify(value ?? null);
  const room = Math.min(most, RESULT_MAX);
  if (text.length <= room) return text;
  const head = `(The first ${room} of ${text.length} characters. Ask for a smaller part to get the rest.)\n`;
  return `${head}${wholeStart(text, room)}`;
}

/** A fault as text: its code, its message, and its hint on a line of its own. */
export function faultText({ code, message, hint }: Fault): string {
  return `error ${code}: ${message}${hint === "" ? "" : `\n${hint}`}`;
}
