// Kind `checkpoint`: named positions of the record to which files can go back.
import { notesOf, type Kind, type SayNote } from "../../abi/kind.ts";
import { OWN_CHECKPOINTS } from "../../abi/resource.ts";

/** Notes of restores, for the person who approves one. Values are counts of files. */
const checkpointNotes = {
  restore: (t, back = "", gone = "", stay = "", missing = "") =>
    t(
      "Files that go back: {0}; that go: {1}; that stay: {2}; without a copy: {3}.",
      back,
      gone,
      stay,
      missing,
    ),
  branch: (t, agents = "", held = "", left = "") =>
    t(
      "New agents: {0}. Capabilities that go over: {1}; that are not held any more: {2}.",
      agents,
      held,
      left,
    ),
  committed: (t, name = "", entries = "", objects = "") =>
    t(
      "The image {0} holds {1} entries of the conversation and {2} objects. It grants nothing.",
      name,
      entries,
      objects,
    ),
  replaces: (t) => t("The agents that run now are ended, and the new ones take their place."),
} satisfies Readonly<Record<string, SayNote>>;

/** Makes a note of a restore. */
export const checkpointNote = notesOf(checkpointNotes);

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
    commitImage: (t, target) => t("Make an image from the checkpoint {0}", target),
    grow: (t, target) => t("Go on with agents from the checkpoint {0}", target),
  },
  notes: checkpointNotes,
  tools: [
    {
      names: ["create_checkpoint", "list_checkpoints", "restore_checkpoint", "commit_image"],
      images: ["coding"],
      wish: "checkpoint",
    },
  ],
  // A checkpoint is only a position of the record. To go back to one is a person's act.
  suggests: ({ wishes }) => (wishes.has("checkpoint") ? [`allow:create:${OWN_CHECKPOINTS}`] : []),
  ordered: { rights: ["create", "restore", "branch"], resource: "checkpoint:/**" },
};
