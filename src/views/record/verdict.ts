// Journal verdict: the findings of a scan and of the data folder, as a yes or no and as text for people.
import type { Standing } from "../../kernel/ports.ts";
import type { Defect, Scanned, Tail } from "../../kernel/ports/files.ts";
import type { HeadMark } from "../../kernel/ports/store.ts";
import type { Translate } from "../words/translate.ts";
import { visibleLine } from "../words/visible.ts";

/** The input of the verdict. `bytes-alone` has no data folder to compare with. */
export interface Inspected {
  readonly mode: "whole" | "bytes-alone";
  /** In whole mode `obeyed` means that the journal would be obeyed. */
  readonly standing: Standing;
  /** Absent when there was nothing to read. */
  readonly scanned?: Scanned;
  /** Why signatures of the journal's key prove nothing: somebody else owns it or could read it. */
  readonly exposure?: string;
  /** The records that an earlier check read line by line, up to this one; this check compared their bytes with it. */
  readonly before?: { readonly seq: number; readonly at: string };
}

/** The result of a check of a journal. */
export interface JournalVerdict {
  readonly ok: boolean;
  readonly standing: Standing["kind"];
  readonly id: string;
  /** How many records the last good head covers. */
  readonly records: number;
  readonly last: HeadMark;
  readonly defect?: Defect;
  readonly unfinished?: Tail;
  readonly before?: Inspected["before"];
  /** The sentences for a person, one a line. The first is the verdict. */
  readonly text: readonly string[];
}

/**
 * Judges a journal. It is ok only when it is whole, only its owner can sign it, and it would be obeyed in this place;
 * bytes alone need only be whole.
 */
export function judgeJournal(
  t: Translate,
  { mode, standing, scanned, exposure, before }: Inspected,
): JournalVerdict {
  const isWhole = standing.kind === "obeyed" && scanned !== undefined && scanned.defect === undefined;
  const ok = isWhole && exposure === undefined;
  const unfinished = scanned?.tail ?? scanned?.bodyTail;
  const text = [
    ...(exposure === undefined ? [] : [t("not to be trusted: {0}", exposure)]),
    ...(ok ? [t("good: every byte is what was written")] : []),
    ...(isWhole ? [] : [defectSentence(t, standing, scanned?.defect)]),
    ...(scanned?.defect === undefined || standing.kind === "damaged" || standing.kind === "obeyed"
      ? []
      : standing.kind === "newer"
        ? []
        : [`${standingMeaning(t, standing.kind, standing.hidden !== undefined)}: ${standing.detail}`]),
    ...(scanned === undefined ? [] : [extentWords(t, scanned)]),
    ...(before === undefined ? [] : [beforeWords(t, before)]),
    ...(unfinished === undefined ? [] : [unfinishedWords(t, unfinished)]),
    ...(mode === "whole"
      ? []
      : [
          t(
            "judged by its bytes alone: records cut off behind a head cannot be noticed this way, only on the machine that wrote them",
          ),
        ]),
  ];
  return {
    ok,
    standing: ok ? "obeyed" : standing.kind === "obeyed" ? "damaged" : standing.kind,
    id: scanned?.id ?? "",
    records: scanned?.records ?? 0,
    last: scanned?.last ?? { seq: 0, hash: "" },
    ...(scanned?.defect === undefined ? {} : { defect: scanned.defect }),
    ...(unfinished === undefined ? {} : { unfinished }),
    ...(before === undefined ? {} : { before }),
    text: text.map((line) => visibleLine(line)),
  };
}

function standingMeaning(t: Translate, kind: Standing["kind"], isHidden = false): string {
  const words: Readonly<Record<Standing["kind"], string>> = {
    obeyed: t("good"),
    foreign: isHidden ? t("foreign: neither shown nor obeyed") : t("foreign: shown, but not obeyed"),
    copy: t("a copy: shown, but not obeyed"),
    "rolled-back": t("rolled back: records are missing at the end"),
    lost: t("lost: the files are gone"),
    moved: t("moved: a person has to confirm the new place"),
    damaged: t("damaged"),
    newer: t("written by a newer version"),
    locked: t("in use: another writer holds it"),
    "read-only": t("good, but it cannot be written"),
    absent: t("no journal"),
  };
  return words[kind];
}

function defectSentence(t: Translate, standing: Standing, defect: Defect | undefined): string {
  const newer = defect?.newer === true;
  if (defect !== undefined)
    return `${newer ? standingMeaning(t, "newer") : t("damaged")}: ${defectPlace(t, defect)}: ${defect.what}`;
  return standing.kind === "obeyed"
    ? t("damaged")
    : `${standingMeaning(t, standing.kind)}: ${standing.detail}`;
}

/** File, line and byte of a defect, in words. */
function defectPlace(t: Translate, { file, line, byte }: Defect): string {
  return line > 0 ? t("{0}, line {1}, byte {2}", file, line, byte) : t("{0}, byte {1}", file, byte);
}

function extentWords(t: Translate, { id, records, end, last }: Scanned): string {
  if (records === 0) return t("journal {0}: no record is covered by a head", id);
  const file = `journal/${end.segment}.jsonl`;
  return t(
    "journal {0}: {1} records, the last good head at {2}, line {3}, ending at byte {4} ({5})",
    ...[id, records, file, end.line, end.bytes, last.hash],
  );
}

function beforeWords(t: Translate, { seq, at }: { readonly seq: number; readonly at: string }): string {
  return t(
    "records 1 to {0} were read line by line on {1}, and their files still have the same SHA-256; from record {2} on it was read line by line now",
    ...[seq, at, seq + 1],
  );
}

function unfinishedWords(t: Translate, { bytes, byte, file }: Tail): string {
  return t(
    "an unfinished write: {0} bytes from byte {1} of {2} on, which no head covers; the next opening cuts them",
    ...[bytes, byte, file],
  );
}
