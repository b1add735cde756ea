// Notes of changes of files: their keys, and their words for the person who approves a change.
import { notesOf, type SayNote, type Translate } from "../../../abi/kind.ts";

type Value = string | number | undefined;

/** A line end is named like its signs everywhere; only a mixture of them has a word. */
function endsWords(t: Translate, ends: Value): string {
  return ends === "mixed" ? t("mixed") : `${ends}`;
}

/** Values are quoted names, sizes in bytes, digests, and the names of encodings and line ends. */
export const fsNotes = {
  makesFolder: (t, folder = "") => t("Makes the folder {0}.", folder),
  manyNames: (t, names = "") => t("The file has {0} names; the others keep the old content.", names),
  notKept: (t) => t("The old content is too large to be kept: this cannot be undone."),
  notAllKept: (t) => t("Too large to be kept: not all can be undone."),
  tooLargeToCompare: (t) => t("Over 1 MB, so it is not compared side by side; the whole request is below."),
  noTextToCompare: (t) => t("What is there is no text, so it is not compared side by side."),
  textForNoText: (t) => t("What is there cannot be read as text; text takes its place."),
  newBytes: (t, bytes = "", sha256 = "") => t("Writes {0} bytes (sha256 {1}).", bytes, sha256),
  replacesBytes: (t, old = "", oldSha256 = "", bytes = "", sha256 = "") =>
    t("Replaces {0} bytes (sha256 {1}) by {2} bytes (sha256 {3}).", old, oldSha256, bytes, sha256),
  runnable: (t) => t("It becomes a program that can be run."),
  notRunnable: (t) => t("It can no longer be run as a program."),
  folder: (t, names = "", bytes = "") => t("A folder with {0} names in it, {1} bytes.", names, bytes),
  link: (t) => t("A link; what it leads to stays."),
  file: (t, bytes = "") => t("A file of {0} bytes.", bytes),
  special: (t) => t("A pipe, socket or device."),
  encoding: (t, from = "", to = "") => t("The encoding changes from {0} to {1}.", from, to),
  encodingOfNew: (t, encoding = "") => t("It is written in {0}.", encoding),
  encodingOfNewMarked: (t, encoding = "") => t("It is written in {0} with a byte order mark.", encoding),
  encodingBySettings: (t, encoding = "") =>
    t("It is written in {0}, as the settings of the workspace say.", encoding),
  encodingBySettingsMarked: (t, encoding = "") =>
    t("It is written in {0} with a byte order mark, as the settings of the workspace say.", encoding),
  markAdded: (t) => t("A byte order mark is added."),
  markRemoved: (t) => t("The byte order mark is removed."),
  ends: (t, from, to) => t("Line ends change from {0} to {1}.", endsWords(t, from), endsWords(t, to)),
  onlyEnds: (t) => t("Only line ends change."),
  mixedEnds: (t) =>
    t("Line ends are mixed: lines that stay keep theirs, and new ones take those of the lines around them."),
} satisfies Readonly<Record<string, SayNote>>;

/** Makes a note of a change of a file. */
export const fsNote = notesOf(fsNotes);
