// Standings: how a record stands, in words, and what to do about it.
import { EXIT } from "../abi/cli.ts";
import type { Standing } from "../kernel/ports.ts";

const ADVICE: Readonly<Record<Standing["kind"], string>> = {
  obeyed: "",
  foreign:
    "It is shown, not obeyed: agents in it cannot run here. Move .agentlibos away to start a record of your own.",
  copy: "It is shown, not obeyed. Work in the folder it belongs to, or move .agentlibos away to start a new record.",
  "rolled-back":
    "It is shown, not obeyed. Put the newest files back, or move .agentlibos away to start a new record.",
  lost: "Put .agentlibos back, from a backup or from the user's data folder, which may hold links to its files.",
  moved: "It is shown, not obeyed, until a person confirms in the editor that it belongs here now.",
  damaged:
    "It is shown up to the last good position, not obeyed. Put the files back from a backup; see agentlibos verify.",
  locked: "Wait for it to end, or look with ps, audit, explain and verify, which need no lock.",
  "read-only": "It can be read, not written.",
  absent: "Start an agent with agentlibos run.",
};

const TITLES: Readonly<Record<Standing["kind"], string>> = {
  obeyed: "the record is good",
  foreign: "this record was made elsewhere",
  copy: "this record is a copy",
  "rolled-back": "this record is an older state",
  lost: "the record is gone",
  moved: "this record is in another place than before",
  damaged: "the record is damaged",
  locked: "the record is in use",
  "read-only": "the record cannot be written here",
  absent: "there is no record here",
};

/** One sentence about how it stands, and one about what to do. */
export function standingText(standing: Standing): string {
  const detail = standing.kind === "obeyed" || standing.detail === "" ? "" : `: ${standing.detail}`;
  return `${TITLES[standing.kind]}${detail}\n${ADVICE[standing.kind]}\n`;
}

/** The exit code of a command that could not go on because of how the record stands. */
export function standingExit(standing: Standing): number {
  if (standing.kind === "obeyed") return EXIT.finished;
  if (standing.kind === "locked") return EXIT.locked;
  return standing.kind === "absent" ? EXIT.usage : EXIT.record;
}
