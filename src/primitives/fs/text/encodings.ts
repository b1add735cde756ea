// Encodings of text files: their names, the spellings of the names, and the words for a change of one.
import type { Note } from "../../../abi/question.ts";
import { fsNote } from "../classes/notes.ts";

/**
 * The encodings beyond UTF-8 and UTF-16 that files may have. Each of them holds ASCII as it is, so a rule that names
 * a wrong one never changes how ASCII is read.
 */
const OLD = [
  ...["windows-1250", "windows-1251", "windows-1252", "windows-1253", "windows-1254", "windows-1255"],
  ...["windows-1256", "windows-1257", "windows-1258", "windows-874"],
  ...["iso-8859-1", "iso-8859-2", "iso-8859-3", "iso-8859-4", "iso-8859-5", "iso-8859-6", "iso-8859-7"],
  ...["iso-8859-8", "iso-8859-9", "iso-8859-10", "iso-8859-11", "iso-8859-13", "iso-8859-14"],
  ...["iso-8859-15", "iso-8859-16", "macroman", "koi8-r", "koi8-u", "koi8-t"],
  ...["cp437", "cp850", "cp852", "cp865", "cp866", "cp1125"],
  ...["gbk", "gb18030", "big5", "shift_jis", "euc-jp", "euc-kr"],
];

/** UTF-8 and UTF-16. UTF-16 has a byte order mark unless its name says otherwise. */
const UNICODE = ["utf-8", "utf-8-bom", "utf-16le", "utf-16be", "utf-16le-unmarked", "utf-16be-unmarked"];

const squeezed = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/gu, "");

/** Other spellings of the names, from the editor's settings, `.editorconfig` and programs. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  ...{ latin1: "iso-8859-1", latin2: "iso-8859-2", latin9: "iso-8859-15", tis620: "windows-874" },
  ...{ gb2312: "gbk", cp936: "gbk", big5hkscs: "big5", cp950: "big5", cp949: "euc-kr", uhc: "euc-kr" },
  ...{ sjis: "shift_jis", cp932: "shift_jis", windows31j: "shift_jis", ansi: "windows-1252" },
  ...{ utf8signature: "utf-8-bom", utf8withbom: "utf-8-bom", utf16: "utf-16le" },
};

const NAMES: ReadonlyMap<string, string> = new Map([
  ...[...UNICODE, ...OLD].map((name) => [squeezed(name), name] as const),
  ...[...Array(9).keys()].map((i) => [`cp125${i}`, `windows-125${i}`] as const),
  ...Object.entries(OTHER_NAMES),
]);

/** The encoding that a name means, in whatever spelling; undefined when files are not read in it. */
export function encodingNamed(name: string): string | undefined {
  return name.length > 40 ? undefined : NAMES.get(squeezed(name));
}

/** True for an encoding in which each ASCII character is one byte, the same as in ASCII. */
export function holdsAscii(encoding: string): boolean {
  return encoding === "utf-8" || OLD.includes(encoding);
}

/** True for an encoding whose files begin with a byte order mark. */
export function hasMark(encoding: string): boolean {
  return encoding !== "utf-8" && UNICODE.includes(encoding) && !encoding.endsWith("-unmarked");
}

/** The encoding without its mark, as people name it. */
export function encodingWords(encoding: string): string {
  const plain = encoding.replace(/-(?:bom|unmarked)$/u, "");
  return plain.startsWith("utf-") ? plain.toUpperCase() : plain;
}

/** Notes the change of an encoding; empty when nothing changes. */
export function noteEncodingChange(before: string, after: string): Note[] {
  const [from, to] = [encodingWords(before), encodingWords(after)];
  return [
    ...(from === to ? [] : [fsNote("encoding", from, to)]),
    ...(hasMark(before) === hasMark(after) ? [] : [fsNote(hasMark(after) ? "markAdded" : "markRemoved")]),
  ];
}
