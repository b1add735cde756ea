// Kind `git`: operations on the repositories of the workspace folders.
import { gitNotes, gitReasons } from "./notes.ts";
import type { Kind } from "../../abi/kind.ts";
import { decodeName, encodeName, isTree, stem } from "../../abi/resource.ts";

/** The operation that a resource ends in; undefined for a whole tree. */
function verbOf(resource: string): string | undefined {
  return /^git:\/[^/]+\/([a-z]+)$/u.exec(stem(resource))?.[1];
}

export const gitKind: Kind = {
  name: "git",
  rights: { read: (t) => t("read"), write: (t) => t("change") },
  noun(t, name, tree) {
    const [folder = "", verb] = name.split("/");
    return verb === undefined || tree ? t("git in {0}", name) : t("git {0} in {1}", verb, folder);
  },
  actions: {
    stage: (t, target) => t("Stage {0}", target),
    commit: (t, target) => t("Commit to {0}", target),
    branch: (t, target) => t("Make the branch {0}", target),
    unbranch: (t, target) => t("Delete the branch {0}", target),
    switch: (t, target, to) => t("Switch {0} to the branch {1}", target, to),
    fetch: (t, target) => t("Fetch from {0}", target),
    push: (t, target, to) => t("Push {0} to {1}", target, to),
    merge: (t, target, to) => t("Merge the worktree {0} into {1}", target, to),
    discard: (t, target) => t("Discard the worktree {0}", target),
    force: (t, target, to) => t("Push {0} to {1} by force", target, to),
  },
  lasting: ["add", "commit", "branch", "switch", "push", "fetch"],
  notes: { ...gitNotes, ...gitReasons },
  readBy: ["read"],
  changedBy: ["write"],
  classWords: (t) => [
    [t("asks each time"), t("to push commits, with or without force, and to delete a branch")],
  ],
  // Nothing brings back what has left the machine.
  askedEachTime: (right, resource) => right === "write" && verbOf(resource) === "push",
  folderOf(resource) {
    const [, folder] = stem(resource).split("/");
    return folder === undefined ? undefined : decodeName(folder);
  },
  inFolder(resource, folder) {
    const rest = stem(resource).split("/").slice(2);
    return ["git:", encodeName(folder), ...rest, ...(isTree(resource) ? ["**"] : [])].join("/");
  },
  narrows: "resource",
  ordered: { rights: ["read", "write"], resource: "git:/**" },
  tools: [
    {
      names: [
        ...["git_status", "git_diff", "git_log", "git_show", "git_blame", "git_add", "git_commit"],
        ...["git_branch", "git_switch", "git_push", "git_fetch", "merge_worktree", "discard_worktree"],
      ],
      images: ["coding"],
      wish: "git",
    },
  ],
  // The files that a call shows or changes are decided by themselves, too.
  suggests({ wishes, profile, folders }) {
    const trees = folders.map(({ name }) => `git:/${encodeName(name)}/**`);
    if (!wishes.has("git")) return [];
    return [
      ...trees.map((tree) => `allow:read:${tree}`),
      ...(profile === "readOnly" ? [] : trees.map((tree) => `ask:write:${tree}`)),
    ];
  },
};
