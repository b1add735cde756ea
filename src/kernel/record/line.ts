// The line format: writes a record as one line of text with long strings in a bodies file, and reads it back.
import * as z from "zod";
import { recordData, type AnyRecord, type RecordKind } from "../../abi/record.ts";
import { identitySchema, type Identity } from "../../abi/record/identity.ts";
import type { Digests } from "../ports.ts";
import type { Defect } from "../ports/files.ts";
import type { BodyRef } from "../ports/store.ts";

/** The greatest length of a line in bytes; long strings go into the bodies file. */
export const MAX_LINE = 64 * 1024 * 1024;

/** The greatest length of a body in bytes. A reference to more is refused unread. */
export const MAX_BODY = 64 * 1024 * 1024;

/** A line nests at most so deep: the redactor's bound for values, and the levels of a record around them. */
export const MAX_NESTING = 300;

/** Texts out of a record that a defect quotes are cut to this many characters. */
const QUOTED = 200;

/** A string of more than this many UTF-8 bytes leaves its record for the bodies file (DESIGN 7). */
export const BODY_THRESHOLD = 4096;

/** The reference that replaces a long string in a record: where its bytes are, and their SHA-256. */
export const bodyRefSchema = z.strictObject({
  $body: z.strictObject({ file: z.string(), offset: z.int(), length: z.int(), sha256: z.string() }),
});

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text of these bytes; undefined when they are not UTF-8. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** The data of a line with its long strings still in the bodies file, and the slot of each string. */
export interface Unpacked {
  data: unknown;
  readonly slots: readonly { readonly ref: BodyRef; readonly fill: (text: string) => void }[];
}

const ENVELOPE: ReadonlySet<string> = new Set(["v", "seq", "time", "kind", "pid", "call", "data", "prev"]);
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/u;
/** The exact form of a head's line. The signature covers the hash of the line without its signature field. */
const HEAD =
  /^(\{"v":1,"seq":\d+,"time":"[^"\\]+","kind":"head","data":\{)"signature":"([0-9a-f]{128})"(\},"prev":"[0-9a-f]{64}"\})$/u;

/** True for a record of the journal: the envelope is exact, and the data fits its kind. */
export function isRecord(value: unknown): value is AnyRecord {
  return whyNoRecord(value) === undefined;
}

/** Why a value is not a record; undefined when it is one. */
export function whyNoRecord(value: unknown): string | undefined {
  if (!isEnvelope(value)) return "it is no record of this format";
  if (!isKind(value.kind)) return `"${value.kind.slice(0, QUOTED)}" is no kind of record`;
  const issue = recordData[value.kind].safeParse(value.data).error?.issues[0];
  return issue && `${value.kind}: data.${issue.path.join(".")}: ${issue.message}`.slice(0, QUOTED);
}

/** A line's fields before its data is checked. */
export interface Envelope {
  readonly v: 1;
  readonly seq: number;
  readonly time: string;
  readonly kind: string;
  readonly pid?: number;
  readonly call?: string;
  data: unknown;
  readonly prev: string;
}

/** True when all fields around the data are present and well formed, and there are no others. */
export function isEnvelope(value: unknown): value is Envelope {
  if (typeof value !== "object" || value === null) return false;
  if (!("v" in value && "seq" in value && "time" in value && "kind" in value)) return false;
  if (!("data" in value && "prev" in value)) return false;
  for (const key of Object.keys(value)) if (!ENVELOPE.has(key)) return false;
  if ("pid" in value && !Number.isSafeInteger(value.pid)) return false;
  if ("call" in value && typeof value.call !== "string") return false;
  return (
    value.v === 1 &&
    Number.isSafeInteger(value.seq) &&
    typeof value.time === "string" &&
    TIME.test(value.time) &&
    typeof value.kind === "string" &&
    typeof value.prev === "string" // the scan compares it with the hash of the previous line
  );
}

/** True for the name of a record kind. */
export function isKind(kind: string): kind is RecordKind {
  return Object.hasOwn(recordData, kind);
}

/**
 * Splits a head's line: `bare` is the line without its signature field, byte for byte the line with `"data":{}`.
 * Undefined when the line does not have the exact form of a head; upper-case hex does not.
 */
export function splitHead(line: string): { bare: string; signature: string } | undefined {
  const match = HEAD.exec(line);
  if (match === null) return undefined;
  const [, before = "", signature = "", after = ""] = match;
  return { bare: before + after, signature };
}

/** The message that a head signs. `bareHash` is the SHA-256 of the line without its signature field. */
export function headMessage(journalId: string, bareHash: string): string {
  return `agentlibos-head-1|${journalId}|${bareHash}`;
}

/** The JSON value of a text; undefined when the text is not JSON. */
export function jsonOf(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The hash that a record's line continues; undefined for any other line. */
export function prevOf(text: string | undefined): string | undefined {
  const json = jsonOf(text);
  return isEnvelope(json) ? json.prev : undefined;
}

/** True for a line that may be an altered head. Nothing before a head can be an unfinished write. */
export function looksLikeHead(bytes: Uint8Array): boolean {
  return new TextDecoder().decode(bytes).includes('"kind":"head"');
}

const ESCAPED = /^\$+body$/u;
const encoder = new TextEncoder();

/**
 * Replaces every long string by the reference that `put` returns for its bytes. A key that equals the mark `$body` gets
 * one more `$`. Strings that are not well-formed Unicode stay in the line, because JSON can escape them. A value that
 * needs no change is returned as the same object.
 */
export function packBodies(value: unknown, put: (bytes: Uint8Array) => BodyRef): unknown {
  return isShort(value) ? value : packed(value, put);
}

/** True when nothing in a value can be set aside or need an escape; most records are so. */
function isShort(value: unknown): boolean {
  if (typeof value === "string") return value.length * 3 <= BODY_THRESHOLD;
  if (typeof value !== "object" || value === null) return true;
  if (Array.isArray(value)) return value.every(isShort);
  const fields = value as Readonly<Record<string, unknown>>;
  return Object.keys(fields).every(
    (key) => isShort(fields[key]) && !(key.startsWith("$") && ESCAPED.test(key)),
  );
}

function packed(value: unknown, put: (bytes: Uint8Array) => BodyRef): unknown {
  if (typeof value === "string") {
    if (value.length * 3 <= BODY_THRESHOLD || !value.isWellFormed()) return value;
    const bytes = encoder.encode(value);
    return bytes.length > BODY_THRESHOLD ? { $body: put(bytes) } : value;
  }
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    let same = true;
    const items = value.map((item: unknown) => {
      const changed = packed(item, put);
      if (changed !== item) same = false;
      return changed;
    });
    return same ? value : items;
  }
  let same = true;
  const entries = Object.entries(value).map(([key, item]: [string, unknown]): [string, unknown] => {
    const changed = packed(item, put);
    const name = ESCAPED.test(key) ? `$${key}` : key;
    if (changed !== item || name !== key) same = false;
    return [name, changed];
  });
  return same ? value : Object.fromEntries(entries);
}

/**
 * The inverse of {@link packBodies}, on freshly parsed JSON; undefined when a reference is malformed, or when the value
 * is nested deeper than any record.
 */
export function unpackBodies(value: unknown): Unpacked | undefined {
  const slots: { ref: BodyRef; fill: (text: string) => void }[] = [];
  let sound = true;
  const walk = (item: unknown, set: (text: unknown) => void, depth = 0): unknown => {
    if (typeof item !== "object" || item === null) return item;
    if (depth > MAX_NESTING) {
      sound = false;
      return item;
    }
    if (Array.isArray(item)) {
      const list: unknown[] = item;
      for (let i = 0; i < list.length; i++)
        list[i] = walk(list[i], (text) => void (list[i] = text), depth + 1);
      return list;
    }
    if (Object.hasOwn(item, "$body")) {
      const parsed = bodyRefSchema.safeParse(item);
      if (!parsed.success) sound = false;
      else slots.push({ ref: parsed.data.$body, fill: set });
      return item;
    }
    const pairs: [string, unknown][] = Object.entries(item);
    const result: object = Object.fromEntries(pairs.map(([k, v]) => [ESCAPED.test(k) ? k.slice(1) : k, v]));
    for (const [key, inner] of Object.entries(result) as [string, unknown][]) {
      const put = (text: unknown): void =>
        void Object.defineProperty(result, key, {
          value: text,
          enumerable: true,
          writable: true,
          configurable: true,
        });
      if (typeof inner === "object" && inner !== null) put(walk(inner, put, depth + 1));
    }
    return result;
  };
  const whole: Unpacked = { data: undefined, slots };
  whole.data = walk(value, (text) => void (whole.data = text));
  return sound ? whole : undefined;
}

/** Reads an identity, or returns its first defect. `wanted` is the only public key that is accepted. */
export function readIdentity(bytes: Uint8Array, digests: Digests, wanted?: string): Identity | Defect {
  const fail = (what: string): Defect => ({ file: "identity.json", line: 1, byte: 0, what });
  const parsed = identitySchema.safeParse(jsonOf(textOf(bytes)));
  if (!parsed.success) return fail("it is no identity of this format");
  const { id, publicKey } = parsed.data;
  if (digests.sha256(publicKey).slice(0, 32) !== id)
    return fail("the journal id does not belong to the public key");
  if (wanted !== undefined && wanted !== publicKey)
    return fail("the public key is not the one that was given");
  return parsed.data;
}
