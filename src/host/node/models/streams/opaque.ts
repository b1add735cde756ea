// Opaque fields: what only a provider understands, put together from its stream and given back as it came.
import { measureJson } from "../../../../abi/size.ts";

/** The fields of one message, call or thought, by name. */
export type Opaque = Readonly<Record<string, unknown>>;

/** Deeper values are no fields of a real provider. */
const DEEPEST = 32;
/** The most fields of one message or call. */
const MOST_FIELDS = 32;
/** The most parts of one list, for example of encrypted thoughts. */
const MOST_PARTS = 4096;
/** Texts that come in pieces; any other text comes whole. */
const PIECEWISE = new Set(["text", "summary", "thinking", "content"]);

/** The characters of a value, for the limit of the whole answer; undefined when it is nested too deep. */
export function sizeOf(value: unknown): number | undefined {
  const { characters, depth, values } = measureJson(value);
  return depth > DEEPEST ? undefined : characters + values;
}

/**
 * Adds the fields of one piece to those that came before it. What came before is changed in place, so that a long stream
 * of pieces costs no copies.
 */
export function mergeInto(fields: Record<string, unknown>, piece: Opaque): void {
  for (const [key, value] of Object.entries(piece)) {
    if (value === null || value === undefined || key === "__proto__") continue;
    if (Object.hasOwn(fields, key)) fields[key] = mergedValue(fields[key], value, key);
    else if (Object.keys(fields).length < MOST_FIELDS) fields[key] = value;
  }
}

function mergedValue(before: unknown, value: unknown, key: string): unknown {
  if (typeof before === "string" && typeof value === "string")
    return PIECEWISE.has(key) ? before + value : value;
  if (Array.isArray(before) && Array.isArray(value)) addParts(before, value);
  else if (isFields(before) && isFields(value)) mergeInto(before, value);
  else return value;
  return before;
}

/** A part continues the last one of its kind and index, unless both hold what comes only once. */
function addParts(parts: unknown[], pieces: readonly unknown[]): void {
  for (const piece of pieces) {
    const last = parts.at(-1);
    if (isFields(last) && isFields(piece) && continues(last, piece)) mergeInto(last, piece);
    else if (parts.length < MOST_PARTS) parts.push(piece);
  }
}

function continues(last: Opaque, piece: Opaque): boolean {
  if (last["type"] !== piece["type"] || last["index"] !== piece["index"]) return false;
  if (typeof piece["id"] === "string" && typeof last["id"] === "string" && piece["id"] !== last["id"])
    return false;
  const texts = (part: Opaque) => Object.keys(part).filter((key) => PIECEWISE.has(key)).length;
  const once = ["data", "signature"].some((key) => typeof last[key] === "string");
  return texts(piece) > 0 ? !once : typeof piece["data"] !== "string" && !once;
}

/** True for a JSON object. */
export function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** True when the record removed a secret from this value; it then goes back whole or not at all. */
export function hasRedaction(value: unknown): boolean {
  return (JSON.stringify(value) ?? "").includes("[redacted:");
}

/** The fields that may go back: a field from which the record removed a secret stays away. */
export function wholeFields(fields: Opaque | undefined): Opaque {
  if (fields === undefined) return {};
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !hasRedaction(value)));
}
