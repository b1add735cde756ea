// Texts in files: how bytes at a place become text, and back in the same encoding.
import { fault, type Fault } from "../../../abi/errors.ts";
import type { Grant } from "../../../kernel/witness.ts";
import type { FsBackend, Place } from "../backend.ts";
import { encodingWords, holdsAscii } from "./encodings.ts";
import type { DecodedText, LikelyEncodings, NoText, TextRange } from "./form.ts";
import { likelyEncodings, rulesOf, type TextRules } from "./rules.ts";

/** The rules of the workspace for texts at a place. */
export async function rulesAt(backend: FsBackend, place: Place, grant: Grant): Promise<TextRules> {
  return rulesOf(await backend.conventions(place, grant));
}

/** The encodings to try for a place, when its bytes are no UTF-8. */
export function likelyAt(backend: FsBackend, place: Place, grant: Grant): () => Promise<LikelyEncodings> {
  return async () => likelyEncodings(await rulesAt(backend, place, grant));
}

/** The range of a whole file, in at most `max` characters. */
export function allOf(max: number): TextRange {
  const end = Number.MAX_SAFE_INTEGER;
  return { first: 1, column: 1, last: end, lastColumn: end, max, perLine: 0 };
}

/** The text of a file's bytes. The rules of its place count only where the bytes are no UTF-8 and no UTF-16. */
export function textAt(
  backend: FsBackend,
  place: Place,
  bytes: Uint8Array,
  grant: Grant,
): Promise<DecodedText | NoText> {
  return backend.decode(bytes, likelyAt(backend, place, grant));
}

/** {@link textAt} without the reason why it is none. */
export async function plainTextAt(
  backend: FsBackend,
  place: Place,
  bytes: Uint8Array,
  grant: Grant,
): Promise<string | undefined> {
  const decoded = await textAt(backend, place, bytes, grant);
  return isText(decoded) ? decoded.text : undefined;
}

/** True for bytes that are text. */
export function isText(decoded: DecodedText | NoText): decoded is DecodedText {
  return "text" in decoded;
}

/** The fault for bytes that are no text. */
export function noTextFault(subject: string, { why }: NoText, size: number, sha256: string): Fault {
  return fault(
    "EINVAL",
    `${subject} ${why}: ${size} bytes, sha256 ${sha256}.`,
    "Only text can be read and edited. If it is text in an old encoding, a person can name that as charset in .editorconfig.",
  );
}

/** True when all characters are ASCII. */
export function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 127) return false;
  return true;
}

/**
 * The encoding of a changed text. It stays the one of the file. Characters beyond ASCII in a file that had none take the
 * encoding that the workspace names for it.
 */
export async function encodingAfter(
  backend: FsBackend,
  place: Place,
  before: { readonly encoding: string; readonly ascii: boolean },
  after: string,
  grant: Grant,
): Promise<string> {
  if (before.encoding !== "utf-8" || !before.ascii || isAscii(after)) return before.encoding;
  const { charset } = await rulesAt(backend, place, grant);
  return charset !== undefined && holdsAscii(charset) ? charset : before.encoding;
}

/** The bytes of a text in an encoding; EINVAL names the first character that it does not have. */
export async function encodeText(
  backend: FsBackend,
  resource: string,
  text: string,
  encoding: string,
): Promise<Uint8Array | Fault> {
  const bytes = await backend.encode(text, encoding);
  if (bytes instanceof Uint8Array) return bytes;
  const { at } = bytes;
  const code = text.codePointAt(at) ?? 0;
  const number = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  const line = text.slice(0, at).split(/\r\n?|\n/u).length;
  const words = encodingWords(encoding);
  return fault(
    "EINVAL",
    `${resource} is in ${words}, which has no "${String.fromCodePoint(code)}" (${number}, line ${line}).`,
    `Use characters of ${words}, or write the whole file with write_file and encoding "utf-8", which a person is told.`,
  );
}

/** The lines of a text one by one, without their ends. A text without a line end is one line. */
export function* linesOf(text: string): Generator<string, undefined> {
  for (let at = 0; at <= text.length;) {
    const end = text.indexOf("\n", at);
    const to = end < 0 ? text.length : end;
    yield text.slice(at, end > at && text[end - 1] === "\r" ? end - 1 : to);
    at = to + 1;
  }
  return undefined;
}
