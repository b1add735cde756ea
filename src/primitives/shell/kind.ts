// Kind `shell`: programs that a command runs, by their names.
import type { Kind } from "../../abi/kind.ts";

export const shellKind: Kind = {
  name: "shell",
  rights: { execute: (t) => t("run") },
  noun: (t, name) => (name === "" ? t("any program") : t("the program {0}", name)),
};
