// Kind `skill`: folders with instructions that an agent can activate.
import type { Kind } from "../../abi/kind.ts";

export const skillKind: Kind = {
  name: "skill",
  rights: { activate: (t) => t("activate") },
  noun: (t, name) => t("the skill {0}", name),
};
