// Notes of calls of git: their keys, and their words for the person who approves a call.
import { notesOf, reasonsOf, type SayNote } from "../../abi/kind.ts";

/** Values are counts, quoted names and what stands behind a branch. */
export const gitNotes = {
  begins: (t, at = "") => t("It begins at {0}.", at),
  stands: (t, at = "") => t("It stands at {0}.", at),
  noFiles: (t) => t("No file changes."),
  files: (t, names = "") => t("Changes {0}.", names),
  hooks: (t, count = "", names = "") =>
    count === 1 ? t("1 hook does not run: {0}.", names) : t("{0} hooks do not run: {1}.", count, names),
  author: (t, author = "", names = "") => t("By {0}: {1}.", author, names),
  skipped: (t, count = "") =>
    t("{0} changed files were left out: reading them asks, or is not allowed. Name one to ask.", count),
  commits: (t, count = "") => (count === 1 ? t("1 commit goes out.") : t("{0} commits go out.", count)),
  moreCommits: (t, count = "") => t("{0} more are not listed.", count),
  newThere: (t) => t("The branch was not seen there before."),
  lost: (t, count = "") =>
    count === 1
      ? t("By force: 1 commit that is there is taken away.")
      : t("By force: {0} commits that are there are taken away.", count),
  discarded: (t, what = "") => t("Lost with it: {0}.", what),
} satisfies Readonly<Record<string, SayNote>>;

/** Makes a note of a call of git. */
export const gitNote = notesOf(gitNotes);

/** Reasons of asks. A value is what would be lost. */
export const gitReasons = {
  unbranch: (t) => t("commits that only this branch has can get lost"),
  force: (t) => t("a push by force can take commits of others away"),
  wouldBeLost: (t, what = "") => t("{0} would be lost", what),
} satisfies Readonly<Record<string, SayNote>>;

/** Makes the reason of an ask of git. */
export const gitReason = reasonsOf(gitReasons);
