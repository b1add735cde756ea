// The verdict on a journal: what a scan and the data folder found, as a yes or no and as text for people.
import type { Defect, HeadMark, Scanned, Standing, Tail } from "./ports.ts";

/** What was looked at, and how it stands. `bytes-alone` has no data folder to compare with. */
export interface Inspected {
  readonly mode: "whole" | "bytes-alone";
  /** In whole mode `obeyed` means that the journal would be obeyed. */
  readonly standing: Standing;
  /** Absent when there was nothing to read. */
  readonly scanned?: Scanned;
}

export interface Verdict {
  readonly ok: boolean;
  readonly standing: Standing["kind"];
  readonly id: string;
  /** How many records the last good head covers. */
  readonly records: number;
  readonly last: HeadMark;
  readonly defect?: Defect;
  readonly unfinished?: Tail;
  /** What to tell a person, a sentence a line; the first one is the verdict. */
  readonly text: readonly string[];
}

/** Judges. It is ok only when the journal is whole and, unless judged by its bytes alone, to be obeyed in this place. */
export function verdict({ mode, standing, scanned }: Inspected): Verdict {
  const ok = standing.kind === "obeyed" && scanned !== undefined && scanned.defect === undefined;
  const unfinished = scanned?.tail ?? scanned?.bodyTail;
  const text = [
    ok ? "good: every byte is what was written" : sentence(standing, scanned?.defect),
    ...(scanned?.defect === undefined || standing.kind === "damaged" || standing.kind === "obeyed"
      ? []
      : [`${MEANING[standing.kind]}: ${standing.detail}`]),
    ...(scanned === undefined ? [] : [extent(scanned)]),
    ...(unfinished === undefined ? [] : [cutShort(unfinished)]),
    ...(mode === "whole" ? [] : [BYTES_ALONE]),
  ];
  return {
    ok,
    standing: ok ? "obeyed" : standing.kind === "obeyed" ? "damaged" : standing.kind,
    id: scanned?.id ?? "",
    records: scanned?.records ?? 0,
    last: scanned?.last ?? { seq: 0, hash: "" },
    ...(scanned?.defect === undefined ? {} : { defect: scanned.defect }),
    ...(unfinished === undefined ? {} : { unfinished }),
    text,
  };
}

const BYTES_ALONE =
  "judged by its bytes alone: records cut off behind a head cannot be noticed this way, only on the machine that wrote them";

const MEANING: Readonly<Record<Standing["kind"], string>> = {
  obeyed: "good",
  foreign: "foreign: shown, but not obeyed",
  copy: "a copy: shown, but not obeyed",
  "rolled-back": "rolled back: records are missing at the end",
  lost: "lost: the files are gone",
  moved: "moved: a person has to confirm the new place",
  damaged: "damaged",
  locked: "in use: another writer holds it",
  "read-only": "good, but it cannot be written",
  absent: "no journal",
};

function sentence(standing: Standing, defect: Defect | undefined): string {
  if (defect !== undefined) return `damaged: ${placeOf(defect)}: ${defect.what}`;
  return standing.kind === "obeyed" ? "damaged" : `${MEANING[standing.kind]}: ${standing.detail}`;
}

/** File, line and byte of a defect, as people read them. */
export function placeOf(defect: Defect): string {
  return `${defect.file}, ${defect.line > 0 ? `line ${defect.line}, ` : ""}byte ${defect.byte}`;
}

function extent(scanned: Scanned): string {
  if (scanned.records === 0) return `journal ${scanned.id}: no record is covered by a head`;
  const { segment, line, bytes } = scanned.end;
  const at = `journal/${segment}.jsonl, line ${line}, ending at byte ${bytes}`;
  return `journal ${scanned.id}: ${scanned.records} records, the last good head at ${at} (${scanned.last.hash})`;
}

function cutShort(tail: Tail): string {
  return `an unfinished write: ${tail.bytes} bytes from byte ${tail.byte} of ${tail.file} on, which no head covers; the next opening cuts them`;
}
