// Results: the value of a call as the bounded text that its model reads.
import type { Operation } from "../../kernel/operation.ts";

/** The longest text of one result that a model is sent, in characters. */
export const RESULT_MAX = 60_000;

/** The value of a successful call as its operation tells it, else as JSON. A text that is too long says so first. */
export function resultText(op: Operation | undefined, args: unknown, value: unknown): string {
  const text = op?.told(value, args) ?? JSON.stringify(value ?? null);
  if (text.length <= RESULT_MAX) return text;
  const head = `(The first ${RESULT_MAX} of ${text.length} characters. Ask for a smaller part to get the rest.)\n`;
  return `${head}${text.slice(0, RESULT_MAX).toWellFormed()}`;
}
