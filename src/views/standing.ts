// Standings: how a record stands, in words, and what to do about it.
import { EXIT } from "../abi/cli.ts";
import type { Standing } from "../kernel/ports.ts";

const EDITOR = "In the editor, New Agent offers";

const ADVICE: Readonly<Record<Standing["kind"], string>> = {
  obeyed: "",
  foreign: `It is shown, not obeyed: agents in it cannot run here. ${EDITOR} to set it aside and start a new record.`,
  copy: `It is shown, not obeyed. Work in the folder it belongs to. ${EDITOR} to set it aside and start a new record.`,
  "rolled-back": `It is shown, not obeyed. Put the newest files back. ${EDITOR} to set it aside and start a new record.`,
  lost: `Put .agentlibos back. ${EDITOR} to fetch it from the user's data folder, or to start a new record.`,
  moved: `It is shown, not obeyed, until a person confirms that it belongs here. ${EDITOR} that.`,
  damaged: `It is shown up to the last good position, not obeyed. See what agentlibos verify names, and put the files back. ${EDITOR} to set it aside and start a new record.`,
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
