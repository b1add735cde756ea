// Understanding: arguments as models really send them, read as the one thing that the schema lets them mean.
import * as z from "zod";
import { whyTooLarge } from "../abi/size.ts";

/** The part of a JSON Schema that says what a value may be; without any of it, a value may be anything. */
export interface Shape {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Shape[];
  readonly items?: Shape;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Shape;
  readonly minimum?: number;
}

const shapes = new WeakMap<z.ZodType, Shape>();

/** The shape of what a schema takes; made once for each schema. */
export function shapeOf(input: z.ZodType): Shape {
  let shape = shapes.get(input);
  if (shape === undefined) {
    shape = z.toJSONSchema(input, { io: "input", unrepresentable: "any" }) as Shape;
    shapes.set(input, shape);
  }
  return shape;
}

/** The shape of a named property. */
export function propertyOf({ properties }: Shape, key: string): Shape | undefined {
  return properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;
}

/** Keys under which models wrap all arguments of a call. */
const WRAPPERS: readonly string[] = ["arguments", "args", "input", "parameters", "params"];

/**
 * Arguments that the schema refuses, as they are understood: `null` for what is optional, `"1"` for 1, and JSON text
 * for a list or an object. They also give one value where a list is wanted, and wrap all of it once more. A value that
 * fits stays as it is, and one with several meanings stays wrong.
 */
export function understandArguments(shape: Shape, raw: unknown): unknown {
  const given = parsedObject(textIn(raw)) ?? raw;
  return read(shape, unwrapped(shape, given));
}

/** The text inside a JSON text: some servers write arguments as JSON twice. */
function textIn(raw: unknown): unknown {
  if (typeof raw !== "string" || !raw.trimStart().startsWith('"')) return raw;
  try {
    return JSON.parse(raw);
  } catch {
    return raw;
  }
}

/** The arguments inside a single wrapping key that the schema does not know. */
function unwrapped(shape: Shape, given: unknown): unknown {
  if (!isObject(given)) return given;
  const [[key, inner] = ["", undefined], ...more] = Object.entries(given);
  if (more.length > 0 || !WRAPPERS.includes(key) || propertyOf(shape, key) !== undefined) return given;
  return isObject(inner) ? inner : (parsedObject(inner) ?? given);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value of a JSON text with this first character; undefined for any other text, and for one that is too large. */
function parsed(value: unknown, opens: "{" | "["): unknown {
  if (typeof value !== "string" || !value.trimStart().startsWith(opens)) return undefined;
  try {
    const inside: unknown = JSON.parse(value);
    return whyTooLarge(inside) === undefined ? inside : undefined;
  } catch {
    return undefined;
  }
}

function parsedObject(value: unknown): unknown {
  return parsed(value, "{");
}

/** True when a value is of the kind that a shape wants; what is inside it is not looked at. */
function fits(shape: Shape, value: unknown): boolean {
  if (shape.anyOf !== undefined) return shape.anyOf.some((each) => fits(each, value));
  if (shape.enum !== undefined) return shape.enum.includes(value);
  if ("const" in shape) return shape.const === value;
  switch (shape.type) {
    case "integer":
      return Number.isInteger(value);
    case "array":
      return Array.isArray(value);
    case "object":
      return isObject(value);
    case "null":
      return value === null;
    case "string":
    case "number":
    case "boolean":
      return typeof value === shape.type;
    default:
      return true;
  }
}

/** True when a shape does not say of what kind its values are. */
function isOpen({ type, anyOf, enum: words, ...rest }: Shape): boolean {
  return type === undefined && anyOf === undefined && words === undefined && !("const" in rest);
}

/** A value as a shape wants it, if it has one meaning there; else the value itself. */
function read(shape: Shape, value: unknown): unknown {
  if (shape.anyOf !== undefined) return readAny(shape.anyOf, value);
  if (shape.enum !== undefined) return fits(shape, value) ? value : readWord(shape.enum, value);
  switch (shape.type) {
    case "string":
      return Number.isSafeInteger(value) ? String(value) : value;
    case "integer":
    case "number":
      return readNumber(shape, value);
    case "boolean":
      return typeof value === "string" && /^\s*(?:true|false)\s*$/iu.test(value)
        ? value.trim().toLowerCase() === "true"
        : value;
    case "array":
      return readList(shape.items ?? {}, value);
    case "object":
      return readObject(shape, isObject(value) ? value : parsedObject(value), value);
    default:
      return value;
  }
}

/** Several alternatives: the one that the value fits, else the only reading that fits one of them. */
function readAny(alternatives: readonly Shape[], value: unknown): unknown {
  const fitting = alternatives.filter((each) => fits(each, value));
  if (fitting.length > 0) return fitting.length === 1 && fitting[0] ? read(fitting[0], value) : value;
  const readings = alternatives.map((each) => [each, read(each, value)] as const);
  const found = new Map(readings.filter(([each, v]) => fits(each, v)).map(([, v]) => [JSON.stringify(v), v]));
  const [only = value] = found.values();
  return found.size === 1 ? only : value;
}

/** A word of a list in another case. */
function readWord(words: readonly unknown[], value: unknown): unknown {
  if (typeof value !== "string") return value;
  const said = value.trim().toLowerCase();
  const same = words.filter((word) => typeof word === "string" && word.toLowerCase() === said);
  return same.length === 1 ? same[0] : value;
}

/** A number in quotation marks, in plain decimal digits. */
function readNumber(shape: Shape, value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*-?\d{1,16}(?:\.\d{1,16})?\s*$/u.test(value)) return value;
  const number = Number(value);
  return fits(shape, number) ? number : value;
}

/** A list as JSON text, or one value where a list is wanted. A text that only begins like a list stays what it is. */
function readList(items: Shape, value: unknown): unknown {
  const list = Array.isArray(value) ? (value as readonly unknown[]) : parsed(value, "[");
  if (Array.isArray(list)) {
    const inside = list.map((item: unknown) => read(items, item));
    return inside.every((item, i) => item === list[i]) ? list : inside;
  }
  const single = value !== null && value !== "" && !(typeof value === "string" && /^\s*\[/u.test(value));
  if (!single || fits({ type: "array" }, value)) return value;
  const item = read(items, value);
  // Where a list may hold anything, nothing tells that the value is not meant as something else.
  return !isOpen(items) && fits(items, item) ? [item] : value;
}

/** An object, property by property. What is optional and says nothing is left out. */
function readObject(shape: Shape, given: unknown, value: unknown): unknown {
  if (!isObject(given)) return value;
  const { required = [], additionalProperties: rest } = shape;
  let same = given === value;
  const entries: [string, unknown][] = [];
  for (const [key, inside] of Object.entries(given)) {
    const of = propertyOf(shape, key);
    const left = of === undefined ? rest === false && inside === null : saysNothing(of, inside);
    if (left && !required.includes(key)) {
      same = false;
      continue;
    }
    const inner = of ?? (typeof rest === "object" ? rest : {});
    const understood = read(inner, inside);
    same &&= understood === inside;
    entries.push([key, understood]);
  }
  return same ? value : Object.fromEntries(entries);
}

/** True for `null`, and for the empty text or a word for nothing in the place of what is no text. */
function saysNothing(of: Shape, value: unknown): boolean {
  if (fits(of, value)) return false;
  if (value === null) return true;
  const plain = of.enum !== undefined || ["integer", "number", "boolean"].includes(of.type ?? "");
  return plain && typeof value === "string" && /^\s*(?:null|none|undefined)?\s*$/iu.test(value);
}

/**
 * The arguments with one text read as JSON. The schema wants a list or an object there, and its JSON form cannot tell:
 * the values of some properties depend on others.
 */
export function* textsAsJson(shape: Shape, args: unknown, wrong: ReadonlySet<unknown>): Iterable<unknown> {
  if (!isObject(args)) return;
  for (const [key, value] of Object.entries(args)) {
    const of = propertyOf(shape, key);
    const inside =
      of !== undefined && isOpen(of) && wrong.has(key)
        ? (parsedObject(value) ?? parsed(value, "["))
        : undefined;
    if (inside !== undefined) yield { ...args, [key]: inside };
  }
}
