// Shapes: the bytes that a whole new text becomes in a file. Encoding, mark and line ends stay those of the file.
import type { Note } from "../../../abi/question.ts";
import { fsNote } from "../classes/notes.ts";
import { fault, isFault, type Fault } from "../../../abi/errors.ts";
import type { Grant } from "../../../kernel/witness.ts";
import type { FsBackend, Spot } from "../backend.ts";
import { encodingNamed, encodingWords, hasMark, noteEncodingChange } from "./encodings.ts";
import {
  countEnds,
  noteEndsChange,
  END_TEXT,
  endsOf,
  endsWords,
  keepEnds,
  mainEnd,
  withEnds,
  type Ends,
} from "./ends.ts";
import type { DecodedText, FileForm } from "./form.ts";
import { encodeText, encodingAfter, isAscii, rulesAt } from "./text.ts";
import type { TextRules } from "./rules.ts";

/** A whole new text, and the form that it is to get in place of the file's own. */
export interface WantedText {
  readonly text: string;
  readonly encoding?: string | undefined;
  /** The encoding where no file is there yet. */
  readonly encodingOfNew?: string | undefined;
  readonly ends?: keyof typeof END_TEXT | undefined;
}

/** The form of the file that is replaced, and its text if it is small enough to be shown. */
export interface OldText extends FileForm {
  readonly text?: string;
}

/** A text in the form that it gets. */
export interface ShapedText {
  readonly text: string;
  readonly encoding: string;
  readonly bytes: Uint8Array;
  /** The changes of its form, for a person who approves them. */
  readonly changes: readonly Note[];
  /** What was done to the given text to keep the form, in sentences for the writer. */
  readonly kept: readonly string[];
}

const MARK = "\ufeff";

/** Gives a new text the form of the file that it replaces. A new file gets the one that the workspace names. */
export async function shapeText(
  backend: FsBackend,
  { resource, place }: Spot,
  wanted: WantedText,
  old: OldText | undefined,
  grant: Grant,
): Promise<ShapedText | Fault> {
  const hasOwnEnds = old !== undefined && endsOf(old.ends) !== "none";
  const rules: TextRules = hasOwnEnds ? { guessFirst: false } : await rulesAt(backend, place, grant);
  const given = wanted.encoding === undefined ? undefined : encodingNamed(wanted.encoding);
  if (wanted.encoding !== undefined && given === undefined) {
    const hint =
      "For example utf-8, utf-8-bom, utf-16le, windows-1252, iso-8859-15, gb18030, shift_jis, koi8-r.";
    return fault("EINVAL", `No encoding called "${wanted.encoding.slice(0, 40)}" is known.`, hint);
  }
  const marked = wanted.text.startsWith(MARK);
  const plain =
    given ??
    (old === undefined
      ? (encodingNamed(wanted.encodingOfNew ?? "") ?? rules.charset ?? "utf-8")
      : await encodingAfter(backend, place, old, wanted.text.slice(marked ? 1 : 0), grant));
  const encoding = marked && plain === "utf-8" && given === undefined ? "utf-8-bom" : plain;
  const bare = marked && (hasMark(encoding) || encoding === "utf-8") ? wanted.text.slice(1) : wanted.text;
  const text = bareWithEnds(bare, wanted, old, rules);
  const bytes = await encodeText(backend, resource, text, encoding);
  if (isFault(bytes)) return bytes;
  // Without a file, and for the first characters beyond ASCII of one, the workspace names the encoding.
  const named = old === undefined || (given === undefined && plain !== old.encoding);
  const byRule = given === undefined && wanted.encodingOfNew === undefined;
  // A new file is shown as it was given.
  const shown = old === undefined && marked && encoding === "utf-8-bom" ? MARK + text : text;
  return {
    ...{ text: shown, encoding, bytes },
    changes: [
      ...(named ? noteNamed(plain, byRule) : noteEncodingChange(old.encoding, encoding)),
      ...noteEnds(text, wanted, old),
    ],
    kept: [
      ...(encoding === (marked ? "utf-8-bom" : "utf-8") ? [] : [`Written in ${describeEncoding(encoding)}.`]),
      ...(text === bare ? [] : [`Its line ends are ${endsWords(endsOf(countEnds(text)))}.`]),
    ],
  };
}

/** Notes an encoding that no file had before; empty for UTF-8. */
export function noteNamed(encoding: string, byRule: boolean): Note[] {
  if (encoding === "utf-8") return [];
  const by = byRule ? "encodingBySettings" : "encodingOfNew";
  return [fsNote(hasMark(encoding) ? `${by}Marked` : by, encodingWords(encoding))];
}

function describeEncoding(encoding: string): string {
  return encodingWords(encoding) + (hasMark(encoding) ? " with a byte order mark" : "");
}

/** The line ends of the text: those that are asked for, else the file's, else those of the rules, else as they are. */
function bareWithEnds(text: string, wanted: WantedText, old: OldText | undefined, rules: TextRules): string {
  if (wanted.ends !== undefined) return withEnds(text, wanted.ends);
  const ends: Ends = old === undefined ? "none" : endsOf(old.ends);
  if (old === undefined || ends === "none")
    return rules.ends === undefined ? text : withEnds(text, rules.ends);
  if (ends !== "mixed") return withEnds(text, ends);
  const main = mainEnd(old.ends);
  if (endsOf(countEnds(text)) === "mixed") return text;
  return old.text === undefined ? withEnds(text, main) : keepEnds(old.text, text, END_TEXT[main]);
}

function noteEnds(text: string, wanted: WantedText, old: OldText | undefined): Note[] {
  if (old === undefined) return [];
  const [from, to] = [endsOf(old.ends), endsOf(countEnds(text))];
  if (from === "mixed" && to === "mixed" && wanted.ends === undefined && text !== old.text)
    return [fsNote("mixedEnds")];
  if (old.text !== undefined) return noteEndsChange(old.text, text);
  const changes = from !== to && from !== "none" && to !== "none";
  return changes ? [fsNote("ends", endsWords(from), endsWords(to))] : [];
}

/** The form of a text whose bytes were decoded. */
export function formOfText(text: string, encoding: string): OldText {
  return { text, encoding, ends: countEnds(text), ascii: isAscii(text) };
}

/** Notes the changes of form between two texts of one file; empty when nothing changes. */
export function noteFormChange(before: DecodedText, after: DecodedText): Note[] {
  const ends = noteEndsChange(before.text, after.text);
  return [...noteEncodingChange(before.encoding, after.encoding), ...ends];
}
