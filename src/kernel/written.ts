// What of a record's data is written: redacted where it is free text, to the letter where it restricts.
import { recordData, type RecordData, type RecordKind } from "../abi/record.ts";
import type { Redactor } from "./redact.ts";

/**
 * The data as the line and the state get it: a private copy, exactly what reading the line gives back. Where redaction
 * touched a word from a closed list, which its kind then refuses, that word stays: it is no secret.
 */
export function written<K extends RecordKind>(kind: K, data: RecordData<K>, redactor: Redactor): unknown {
  if (restricts(kind, data)) return JSON.parse(JSON.stringify(data));
  const { value, changed } = redactor.redact(data);
  if (!changed) return value;
  for (const issue of recordData[kind].safeParse(value).error?.issues ?? []) restore(value, data, issue.path);
  return value;
}

/**
 * What restricts is written as it is: a deny or an ask whose resource were redacted would no longer name what it
 * protects. An allow that names a secret is redacted and then covers nothing.
 */
function restricts(kind: RecordKind, data: unknown): boolean {
  if (kind === "journal.open" || kind === "head") return true;
  return kind === "capability.mint" && !isAllow(data);
}

/** What is no capability at all is no record either, and nothing of it is written. */
function isAllow(data: unknown): boolean {
  if (typeof data !== "object" || data === null || !("capability" in data)) return false;
  const { capability } = data;
  return (
    typeof capability === "object" &&
    capability !== null &&
    "effect" in capability &&
    capability.effect === "allow"
  );
}

/** Puts the original of one field back into a redacted copy. */
function restore(copy: unknown, original: unknown, path: readonly PropertyKey[]): void {
  const [key, ...rest] = path;
  if (key === undefined || typeof copy !== "object" || copy === null) return;
  const from: unknown =
    typeof original === "object" && original !== null ? Reflect.get(original, key) : undefined;
  if (rest.length > 0) restore(Reflect.get(copy, key), from, rest);
  else if (typeof from === "string") Reflect.set(copy, key, from);
}
