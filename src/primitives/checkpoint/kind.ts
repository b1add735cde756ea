// Kind `checkpoint`: named positions of the record to which a process can be restored.
import type { Kind } from "../../abi/kind.ts";

export const checkpointKind: Kind = {
  name: "checkpoint",
  rights: {
    create: (t) => t("create"),
    restore: (t) => t("restore"),
    branch: (t) => t("branch from"),
  },
  noun: (t, name) => (name === "self" ? t("its own checkpoints") : t("checkpoints of process {0}", name)),
};
