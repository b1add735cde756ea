// Values: what one option of the command line says, and the error for one that says nothing.
import { budgetSchema, type Budget } from "../../abi/image.ts";

/** Thrown for wrong arguments; the message is for the person who typed them. */
export class UsageError extends Error {}

/** The options of one command as typed. */
export type Options = Readonly<Partial<Record<string, string | boolean | (string | boolean)[]>>>;

/** The text of an option; undefined when it is not given. */
export function text(values: Options, key: string): string | undefined {
  const value = values[key];
  if (value === "") throw new UsageError(`--${key} is empty`);
  return typeof value === "string" ? value : undefined;
}

/** All texts of an option that may be given more than once. */
export function texts(values: Options, key: string): string[] {
  const value = values[key];
  return Array.isArray(value) ? value.filter((v) => typeof v === "string") : [];
}

/** The seconds to wait for an answer. */
export function secondsOf(values: Options): number | undefined {
  const given = text(values, "answer-within");
  if (given === undefined) return undefined;
  const seconds = /^\d{1,7}(?:\.\d+)?$/u.test(given) ? Number(given) : 0;
  if (seconds > 0) return seconds;
  throw new UsageError(`--answer-within "${given}" is not a number of seconds`);
}

/** The budget of a run. */
export function budgetOf(values: Options): Budget {
  const given = text(values, "budget");
  if (given === undefined) return {};
  const fields: Record<string, number> = {};
  for (const pair of given.split(",")) {
    const [key = "", value = "", ...more] = pair.split("=");
    if (!/^\d+(?:\.\d+)?$/u.test(value) || more.length > 0)
      throw new UsageError(`--budget: "${pair}" is not key=number`);
    if (key.trim() === "dollars") fields["microdollars"] = Math.round(Number(value) * 1e6);
    else fields[key.trim()] = Number(value);
  }
  const parsed = budgetSchema.safeParse(fields);
  if (parsed.success) return parsed.data;
  throw new UsageError(
    `--budget: ${parsed.error.issues[0]?.message ?? "malformed"}. Keys: modelCalls, toolCalls, tokens, activeSeconds, dollars, bytesWritten, children`,
  );
}

/** A process number as typed. */
export function pidOf(option: string, typed: string): number {
  if (/^[1-9]\d{0,8}$/u.test(typed)) return Number(typed);
  throw new UsageError(`${option} "${typed}" is not a process number`);
}

/** A count from 1 on, as typed. */
export function countOption(option: string, typed: string): number {
  if (/^[1-9]\d{0,11}$/u.test(typed)) return Number(typed);
  throw new UsageError(`${option} "${typed}" is not a number from 1 on`);
}

/** Reads an option that is on unless it is said to be off. */
export function isOn(values: Options, name: string): boolean {
  const said = text(values, name) ?? "on";
  if (said === "on" || said === "off") return said === "on";
  throw new UsageError(`--${name} "${said}" is not one of on, off`);
}
