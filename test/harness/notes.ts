// Notes: says those of a preview in English, as a person reads them.
import type { Note, Preview } from "../../src/abi/question.ts";
import { kinds } from "./kinds.ts";
import { noteLines } from "../../src/views/words/previews.ts";
import { english } from "../../src/views/words/translate.ts";

/** The notes of a preview as one text; empty when it has none. */
export function notesOf(preview: Pick<Preview, "detail" | "notes"> | undefined): string {
  return preview === undefined ? "" : noteLines(english, kinds, preview).join("\n");
}

/** Some notes, a line each. */
export function said(notes: Note[]): string[] {
  return noteLines(english, kinds, { notes });
}
