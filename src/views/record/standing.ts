// Standings: the standing of a record in words, with advice.
import { EXIT } from "../../abi/cli.ts";
import type { Standing } from "../../kernel/ports.ts";
import type { Translate } from "../words/translate.ts";
import { linesText } from "../words/visible.ts";

/**
 * The title of a standing, then the advice in sentences. `hidden` is true when nothing of the record is shown, and `kept`
 * when files of the record that belongs here can be fetched back.
 */
function standingWords(
  t: Translate,
  kind: Standing["kind"],
  hidden: boolean,
  kept: boolean,
): readonly [title: string, ...advice: string[]] {
  const shown = hidden ? t("Nothing of it is shown.") : t("It is shown, not obeyed.");
  const nothing = [
    t("Nothing of it is shown."),
    t("To check all of it, run agentlibos verify --public-key with the key of its maker."),
  ];
  const back = kept
    ? [
        t(
          "The user's data folder keeps the record of this folder: agentlibos repair --fetch-back, or New Agent in the editor, puts it back.",
        ),
      ]
    : [];
  const aside = t(
    "To start a new record and set this one aside, use agentlibos repair --new-record, or New Agent in the editor.",
  );
  switch (kind) {
    case "obeyed":
      return [t("the record is good")];
    case "foreign":
      return [
        t("this record was made elsewhere"),
        ...(hidden ? nothing : [t("It is shown, not obeyed: agents in it cannot run here.")]),
        ...[...back, aside],
      ];
    case "copy":
      return [t("this record is a copy"), shown, t("Work in the folder it belongs to."), aside];
    case "rolled-back":
      return [
        t("this record is an older state"),
        shown,
        ...(kept ? back : [t("Put the newest files back.")]),
        aside,
      ];
    case "lost":
      return [
        t("the record is gone"),
        ...(kept ? back : [t("Put .agentlibos back.")]),
        t("To start a new record, use agentlibos repair --new-record, or New Agent in the editor."),
      ];
    case "moved":
      return [
        t("this record is in another place than before"),
        hidden
          ? t("Nothing of it is shown until a person confirms that it belongs here.")
          : t("It is shown, not obeyed, until a person confirms that it belongs here."),
        t("Confirm it with agentlibos repair --belongs-here, or by New Agent in the editor."),
      ];
    case "damaged":
      return [
        t("the record is damaged"),
        ...(hidden ? nothing : [t("It is shown up to the last good position, not obeyed.")]),
        ...(kept ? back : [t("See what agentlibos verify names, and put the files back.")]),
        aside,
      ];
    case "newer":
      return [
        t("a newer version of Agent libOS wrote this record"),
        t("It is not obeyed, and nothing of it is changed."),
        t("Update the extension or the command line, then open it again."),
      ];
    case "locked":
      return [
        t("the record is in use"),
        t("Wait for it to end, or look with ps, audit, explain and verify, which need no lock."),
      ];
    case "read-only":
      return [t("the record cannot be written here"), t("It can be read, not written.")];
    case "absent":
      return [t("there is no record here"), t("Start an agent with agentlibos run.")];
  }
}

/** One line about the standing and one with the advice. */
export function standingText(t: Translate, standing: Standing): string {
  const { detail = "", hidden, kept = false } = standing.kind === "obeyed" ? {} : standing;
  const [title, ...advice] = standingWords(t, standing.kind, hidden !== undefined, kept);
  const facts = [detail, hidden === detail ? "" : (hidden ?? "")].filter((fact) => fact !== "");
  return linesText([[title, ...facts].join(": "), advice.join(" ")]);
}

/** The same lines as one text of whole sentences. */
export function standingSentences(t: Translate, standing: Standing): string {
  const text = standingText(t, standing).trim().replace(/\n/gu, ". ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The exit code of a command that the standing of the record stopped. */
export function standingExit(standing: Standing): number {
  if (standing.kind === "obeyed") return EXIT.finished;
  if (standing.kind === "locked") return EXIT.locked;
  return standing.kind === "absent" ? EXIT.usage : EXIT.record;
}
