// Reasons of the asks of files, for the person who is asked: their keys, and their words.
import { reasonsOf, type SayNote } from "../../../abi/kind.ts";

/** Values are names, paths and addresses. */
export const fsReasons = {
  laterFolder: (t, name = "") => t("what is in {0} can run later, outside this agent", name),
  laterFile: (t, name = "") => t("{0} is obeyed or run later, outside this agent", name),
  laterHook: (t, name = "") => t("{0} in a hooks folder is run by git", name),
  laterHead: (t) => t("HEAD makes its folder a git repository, whose config git obeys"),
  laterShort: (t) => t("a short name can stand for a file that runs later"),
  laterLooks: (t, name = "") => t("{0} looks like settings that a tool may obey later", name),
  secretFile: (t, name = "") => t("{0} usually holds secrets", name),
  secretFolder: (t, name = "") => t("{0} holds keys and tokens", name),
  secretPath: (t, name = "") => t("{0} holds keys or tokens", name),
  secretGit: (t, name = "") => t("{0} in .git can hold tokens", name),
  secretShort: (t) => t("a short name can stand for a file that holds secrets"),
  secretLooks: (t) => t("by its name it looks like a file that holds secrets"),
  build: (t, name = "") => t("{0} decides how the project is built", name),
  repository: (t, path = "") => t("{0} is a git repository, and git obeys what is in it", path),
  program: (t, path = "") => t("{0} may be run as a program", path),
  script: (t, path = "") => t("{0} becomes a script that can be run by its name", path),
  fetch: (t, places = "") => t("an editor that opens it would fetch {0}", places),
  fetchMore: (t, places = "", count = "") =>
    t("an editor that opens it would fetch {0}, {1} more", places, count),
  fetchHidden: (t) => t("an editor that opens it would fetch an address that is written in it"),
} satisfies Readonly<Record<string, SayNote>>;

/** Makes the reason of an ask of a file. */
export const fsReason = reasonsOf(fsReasons);
