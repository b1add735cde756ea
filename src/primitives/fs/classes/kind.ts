// Kind `fs`: files and folders of the workspace folders, with the classes of their names.
import { fsNotes } from "./notes.ts";
import { fsReasons } from "./reasons.ts";
import type { Classification, Folder, Kind } from "../../../abi/kind.ts";
import { quotedName } from "../../../abi/quoted.ts";
import { fsResource, fsSegments, isTree, OUTSIDE } from "../../../abi/resource.ts";
import { classify, classifyResource } from "./classes.ts";

/** The most workspace folders that a hint names. */
const MAX_NAMED = 5;

/**
 * Places where a file system may read a name as a shorter one: trailing dots and spaces, and a stream after a
 * colon.
 */
const SLACK = /[. ](?:\/|$)|:/u;

const withoutSlack = (name: string): string => name.replace(/(?<=[^. ])(?:[. ]*:.*|[. ]+)$/su, "");

/** A place outside may be a slip in writing a path, so the hint says where paths begin. */
function classifyOutside(folders: readonly Folder[]): Classification {
  const names = folders.slice(0, MAX_NAMED).map(({ name }) => quotedName(name));
  const more = folders.length > MAX_NAMED ? ` and ${folders.length - MAX_NAMED} more` : "";
  return {
    reserved: "it is outside every workspace folder",
    hint: `No capability opens it. Paths begin in the working directory or with a workspace folder: ${names.join(", ")}${more}.`,
    asks: [],
  };
}

/** No path is longer; a longer text in arguments is content. */
const LONGEST_PATH = 4096;

export const fsKind: Kind = {
  name: "fs",
  rights: {
    read: (t) => t("read"),
    list: (t) => t("list"),
    write: (t) => t("change"),
    delete: (t) => t("delete"),
  },
  noun(t, name, tree) {
    if (name === "") return t("every workspace folder");
    if (name === "..") return t("places outside every workspace folder");
    return tree ? t("everything in {0}", name) : name;
  },
  actions: {
    create: (t, target) => t("Create {0}", target),
    overwrite: (t, target) => t("Overwrite {0}", target),
    edit: (t, target) => t("Edit {0}", target),
    delete: (t, target) => t("Delete {0}", target),
    restore: (t, target) => t("Bring back {0}", target),
    mkdir: (t, target) => t("Make the folder {0}", target),
    move: (t, target, to) => t("Move {0} to {1}", target, to),
  },
  notes: { ...fsNotes, ...fsReasons },
  special: [OUTSIDE],
  fold: (path) => (SLACK.test(path) ? path.split("/").map(withoutSlack).join("/") : path),
  classify: (resource, right, folders) =>
    resource === OUTSIDE ? classifyOutside(folders) : classifyResource(resource, right, folders),
  settledExactly: ["build"],
  mayNameSecret(text) {
    if (text.length > LONGEST_PATH || text.includes("\n")) return false;
    return classify(text.split(/[\\/]/u), "read").asks.some((ask) => ask.secret && ask.shape !== true);
  },
  classWords(t) {
    const each = t("asks each time");
    return [
      [
        t("never"),
        t(
          "the record (.agentlibos), your data folder, this program, the folders of editors, everything outside the workspace folders",
        ),
      ],
      [
        each,
        t(
          "to change what runs later: .vscode, .git, hooks, CI files, agent instructions, unknown dot-files and settings of tools …",
        ),
      ],
      [each, t("to read or change secrets: .env, keys, credential files, and what is named like one …")],
      [
        t("asks"),
        t("to change build files (package.json, Makefile, lockfiles …), unless exactly that was granted"),
      ],
    ];
  },
  readBy: ["read", "list"],
  changedBy: ["write", "delete"],
  listedBy: "list",
  removedBy: "delete",
  // A delete with an ask is asked each time (PRODUCT, defaults).
  askedEachTime: (right) => right === "delete",
  folderOf: (resource) => fsSegments(resource)[0],
  inFolder(resource, folder) {
    const inside = fsResource(folder, fsSegments(resource).slice(1));
    return resource === OUTSIDE ? undefined : isTree(resource) ? `${inside}/**` : inside;
  },
  editedBy: "write",
  narrows: "folders",
  // Reads are allowed and writes ask. Secrets, files that run later and build files always ask, by their class.
  tools: [
    {
      names: ["read_file", "list_directory", "find_files", "search_text"],
      images: ["coding", "reviewer", "tour"],
      wish: "read",
    },
    { names: ["get_diagnostics"], images: ["coding", "reviewer"] },
    {
      names: ["write_file", "edit_file", "delete_file", "move_file", "make_directory"],
      images: ["coding", "tour"],
      wish: "write",
    },
  ],
  suggests({ wishes, profile, folders }) {
    const trees = folders.map(({ name }) => `${fsResource(name, [])}/**`);
    const writes = wishes.has("write") && profile !== "readOnly";
    return [
      ...(wishes.has("read") ? trees.map((tree) => `allow:read,list:${tree}`) : []),
      ...(writes && profile === "ask" ? trees.map((tree) => `ask:write,delete:${tree}`) : []),
      ...(writes && profile === "editFreely"
        ? trees.flatMap((tree) => [`allow:write:${tree}`, `ask:delete:${tree}`])
        : []),
    ];
  },
  ordered: { rights: ["read", "write", "delete"], resource: "fs:/**" },
};
