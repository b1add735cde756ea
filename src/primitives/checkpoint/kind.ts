// Kind `checkpoint`: named positions of the record to which files can go back.
import type { Kind } from "../../abi/kind.ts";
import { OWN_CHECKPOINTS } from "../../abi/resource.ts";

export const checkpointKind: Kind = {
  name: "checkpoint",
  rights: {
    create: (t) => t("create"),
    restore: (t) => t("restore"),
    branch: (t) => t("branch from"),
  },
  noun: (t, name) => (name === "self" ? t("its own checkpoints") : t("checkpoints of process {0}", name)),
  actions: {
    rewind: (t, target) => t("Bring files back to the checkpoint {0}", target),
    unwind: (t, target) => t("Undo the restore {0}", target),
  },
  // A checkpoint is only a position of the record. To go back to one is a person's act.
  suggests: ({ wishes }) => (wishes.has("checkpoint") ? [`allow:create:${OWN_CHECKPOINTS}`] : []),
  ordered: { rights: ["create", "restore"], resource: "checkpoint:/**" },
};
