// Kind `shell`: programs that a command runs, by their names.
import { notesOf, reasonsOf, type Kind, type SayNote } from "../../abi/kind.ts";
import { decodeName, encodeName, isTree, stem } from "../../abi/resource.ts";
import { sayCollected, sayRun } from "./said.ts";

/** Notes of commands, for the person who approves one. */
const shellNotes = {
  unconfined: (t) =>
    t("It runs outside a layer: it can do whatever you can, at once, and nothing of it is undone."),
} satisfies Readonly<Record<string, SayNote>>;

/** Reasons of asks. The value names files that were changed. */
const shellReasons = {
  changed: (t, files = "") =>
    t("agents have changed files since this was granted, and the program may run them: {0}", files),
  changedMore: (t, files = "") =>
    t(
      "agents have changed files since this was granted, and the program may run them: {0} and others",
      files,
    ),
} satisfies Readonly<Record<string, SayNote>>;

/** Makes the reason of an ask of a command. */
export const shellReason = reasonsOf(shellReasons);

/** Makes a note of a command. */
export const shellNote = notesOf(shellNotes);

/** What Windows may add to the name of a program without making it another one. */
const ENDING = /\.(?:exe|com|cmd|bat|ps1)$/u;

/** The beginning of the names of programs in workspace folders. */
const PLACED = "shell:/./";

/** The workspace folder of a program in one, between `/./` and the next slash. */
const FOLDER = /^shell:\/\.\/([^/]+)/u;

/**
 * `shell:/npm` is the program that is found by this name outside the workspace folders. `shell:/./app/run.sh` is a file
 * of the folder `app`. `execute` runs it on a layer, `direct` on the machine itself.
 */
export const shellKind: Kind = {
  name: "shell",
  lasting: ["run"],
  rights: { execute: (t) => t("run"), direct: (t) => t("run outside a layer") },
  noun(t, name) {
    if (name === "") return t("any program");
    if (name === ".") return t("any program in a workspace folder");
    return t("the program {0}", name.replace(/^\.\//u, ""));
  },
  actions: { run: (t, target) => t("Run {0}", target) },
  calls: { run: sayRun, read: sayCollected, stop: sayCollected },
  notes: { ...shellNotes, ...shellReasons },
  worded: true,
  placed: true,
  fold: (path) => path.replace(ENDING, ""),
  askedEachTime: (right) => right === "direct",
  folderOf(resource) {
    const name = FOLDER.exec(resource)?.[1];
    return name === undefined || name === "**" ? undefined : decodeName(name);
  },
  inFolder(resource, folder) {
    if (!resource.startsWith(PLACED)) return undefined;
    const rest = stem(resource).slice(PLACED.length).split("/").slice(1);
    return [PLACED + encodeName(folder), ...rest, ...(isTree(resource) ? ["**"] : [])].join("/");
  },
  narrows: "resource",
  tools: [
    {
      names: ["run_command", "list_commands", "read_command", "stop_command"],
      images: ["coding", "tour"],
      wish: "run",
    },
  ],
  // A layer keeps what a command changes, so commands ask nothing there. Outside one, each command asks.
  suggests({ wishes, profile }) {
    if (!wishes.has("run")) return [];
    return ["allow:execute:shell:/**", ...(profile === "readOnly" ? [] : ["ask:direct:shell:/**"])];
  },
};
