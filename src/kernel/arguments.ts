// Arguments: reads those of a call by its operation's schema, and says in words why they do not fit.
import type * as z from "zod";
import { fault, type Fault } from "../abi/errors.ts";
import { propertyOf, shapeOf, textsAsJson, understandArguments, type Shape } from "./understood.ts";

/** The fields of an operation that reading its arguments takes. */
export interface Reads<A> {
  readonly name: string;
  readonly tool?: string;
  readonly input: z.ZodType<A>;
}

/** Arguments as they were understood, and those that were given in another form; `given` is undefined if none were. */
export interface ReadArguments<A> {
  readonly args: A;
  readonly given: unknown;
}

/**
 * Reads the arguments of a call. Valid ones are taken as they are. Others are taken as they are understood, if they
 * then are valid. EINVAL names the first argument that is wrong, says what is expected, and shows an example.
 */
export function readArguments<A>(of: Reads<A>, raw: unknown): ReadArguments<A> | Fault {
  const plain = of.input.safeParse(raw);
  if (plain.success) return { args: plain.data, given: undefined };
  const shape = shapeOf(of.input);
  const understood = understandArguments(shape, raw);
  const meant = of.input.safeParse(understood);
  if (meant.success) return { args: meant.data, given: changedIn(raw, understood) };
  const wrong = new Set(meant.error.issues.map((issue) => issue.path[0]));
  for (const other of textsAsJson(shape, understood, wrong)) {
    const found = of.input.safeParse(other);
    if (found.success) return { args: found.data, given: changedIn(raw, other) };
  }
  return wrongArguments(of, shape, understood, meant.error);
}

/** The part of the given arguments that was understood as something else; all of them if they were wrapped. */
function changedIn(raw: unknown, understood: unknown): unknown {
  if (!isRecord(raw) || !isRecord(understood)) return raw;
  const changed = Object.entries(raw).filter(([key, value]) => understood[key] !== value);
  return Object.fromEntries(changed);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The longest piece of the caller's own text in a message, and the most names in a list, in characters. */
const SAID_MOST = 60;
const NAMES_MOST = 600;

/** The fault for arguments that a schema refuses; it names the first one that is wrong. */
function wrongArguments(
  { name, tool = name }: Reads<unknown>,
  shape: Shape,
  given: unknown,
  error: z.ZodError,
): Fault {
  const issue = error.issues[0];
  const [first] = issue?.path ?? [];
  const of = typeof first === "string" ? propertyOf(shape, first) : undefined;
  const example = `For example ${JSON.stringify(exampleOf(shape, typeof first === "string" ? first : undefined))}.`;
  if (!isRecord(given))
    return fault("EINVAL", `${tool}: the arguments are no JSON object.`, `Send one object. ${example}`);
  const stray = strayWords(error);
  if (issue?.code === "unrecognized_keys" && issue.path.length === 0) {
    const known = Object.keys(shape.properties ?? {});
    const takes = known.length === 0 ? "It takes no arguments." : `It takes ${known.join(", ")}.`;
    return fault("EINVAL", `${tool}: ${stray}.`, `${takes} ${example}`);
  }
  const at = (issue?.path ?? []).map(String).join(".").slice(0, NAMES_MOST);
  const missing = issue?.path.length === 1 && typeof first === "string" && given[first] === undefined;
  const said = missing ? "is missing" : (reasonOf(issue) ?? `is ${wordsFor(given[String(first)])}`);
  const wanted = of === undefined || issue?.path.length !== 1 ? "" : `; expected ${expectedOf(of)}`;
  // A name that is not there may stand for the one that is missing.
  const also = missing && stray !== undefined ? `; ${stray}` : "";
  return fault(
    "EINVAL",
    `${tool}: "${at}" ${said}${wanted}${also}.`,
    `Correct it and call again. ${example}`,
  );
}

/** The arguments that are unknown; undefined when none are. */
function strayWords({ issues }: z.ZodError): string | undefined {
  const found = issues.find((issue) => issue.code === "unrecognized_keys" && issue.path.length === 0);
  if (found?.code !== "unrecognized_keys") return undefined;
  const names = found.keys.map((key) => `"${key.slice(0, SAID_MOST)}"`).join(", ");
  return `there is no argument ${names.slice(0, NAMES_MOST)}`;
}

/** The reason of the schema itself, where it says more than what kind of value was given. */
function reasonOf(issue: z.core.$ZodIssue | undefined): string | undefined {
  if (issue === undefined) return "is malformed";
  if (issue.code === "invalid_type" && issue.path.length === 1) return undefined;
  return `is wrong: ${issue.message.replace(/\.$/u, "")}`;
}

/** A value of the caller in a few words. */
function wordsFor(value: unknown): string {
  if (typeof value === "string") return `the text ${JSON.stringify(value.slice(0, SAID_MOST))}`;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return value === null
    ? "null"
    : Array.isArray(value)
      ? "a list"
      : typeof value === "object"
        ? "an object"
        : "wrong";
}

/** A shape in words. */
function expectedOf(shape: Shape): string {
  if (shape.enum !== undefined) return `one of ${shape.enum.map((each) => JSON.stringify(each)).join(", ")}`;
  if (shape.anyOf !== undefined) return [...new Set(shape.anyOf.map(expectedOf))].join(" or ");
  const words: Readonly<Record<string, string>> = {
    ...{ string: "text", integer: "a whole number", number: "a number", boolean: "true or false" },
    ...{ object: "an object", null: "null" },
  };
  if (shape.type === "array") return `a list of ${expectedOf(shape.items ?? {}).replace(/^an? /u, "")}`;
  return words[shape.type ?? ""] ?? "a value";
}

/** An example of arguments: all that must be there, and the one in question. */
function exampleOf(shape: Shape, also: string | undefined): unknown {
  const { required = [] } = shape;
  const keys = also === undefined || required.includes(also) ? required : [...required, also];
  return Object.fromEntries(keys.map((key) => [key, sampleOf(propertyOf(shape, key) ?? {})]));
}

function sampleOf(shape: Shape): unknown {
  if (shape.enum !== undefined) return shape.enum[0];
  if (shape.anyOf !== undefined) return sampleOf(shape.anyOf[0] ?? {});
  switch (shape.type) {
    case "integer":
    case "number":
      return Math.max(1, shape.minimum ?? 1);
    case "boolean":
      return true;
    case "array":
      return [sampleOf(shape.items ?? {})];
    case "object":
      return exampleOf(shape, undefined);
    default:
      return "…";
  }
}
