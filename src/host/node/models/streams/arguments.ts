// Arguments: the JSON of a tool call as a model wrote it, understood or described so that the model can mend it.
import type { ModelCall } from "../../../../abi/model.ts";
import { JSON_MOST, measureJson } from "../../../../abi/size.ts";

/** Characters of the arguments that a description shows before the place where they break. */
const SHOWN = 60;

/** Arguments as they are given to a tool, or their raw text and why it cannot be given. */
type Read = Pick<ModelCall, "args" | "malformed">;

/** Reads arguments. `cut` tells that the answer ended in them, because it reached the limit of its length. */
export function parseArguments(raw: string, cut: boolean): Read {
  if (raw.trim() === "") return cut ? flawed(raw, cutWords(raw)) : { args: {} }; // many models send none as nothing
  let args: unknown;
  try {
    args = JSON.parse(raw);
  } catch (error) {
    return flawed(raw, cut ? cutWords(raw) : whereItBreaks(raw, error));
  }
  return checked(args, raw);
}

/** Arguments that a server sent as JSON, not as text. */
export function checkArguments(args: unknown): Read {
  return checked(args, JSON.stringify(args) ?? "");
}

function checked(args: unknown, raw: string): Read {
  if (typeof args !== "object" || args === null || Array.isArray(args))
    return flawed(raw, "the arguments are not a JSON object");
  return measureJson(args).depth <= JSON_MOST.depth
    ? { args }
    : flawed(raw, `the arguments are nested deeper than ${JSON_MOST.depth}`);
}

function flawed(raw: string, malformed: string): Read {
  return { args: raw.toWellFormed(), malformed: malformed.toWellFormed() };
}

function cutWords(raw: string): string {
  return `the arguments were cut after ${raw.length} characters, because the answer reached the limit of its length`;
}

/** The parser's words, and the text before the place. They quote only the model's own text. */
function whereItBreaks(raw: string, error: unknown): string {
  const words = error instanceof Error ? error.message : "not JSON";
  const told = /at position (\d+)/u.exec(words)?.[1];
  const at = told === undefined || /end of JSON/u.test(words) ? raw.length : Number(told);
  if (at >= raw.length)
    return `the arguments are not whole JSON: they end after ${raw.length} characters (${words})`;
  const before = raw.slice(Math.max(0, at - SHOWN), at);
  return `the arguments are not JSON: ${words}, after ${JSON.stringify(before)}`;
}
