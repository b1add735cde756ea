// Kind `git`: operations on the repositories of the workspace folders.
import type { Kind } from "../../abi/kind.ts";

export const gitKind: Kind = {
  name: "git",
  rights: { read: (t) => t("read"), write: (t) => t("change") },
  noun: (t, name) => t("git in {0}", name),
  readBy: ["read"],
  changedBy: ["write"],
  narrows: "resource",
};
