// Kind `process`: agents, named by their process number, `self` or `children`.
import { notesOf, type Kind, type SayNote } from "../../abi/kind.ts";

/** Notes of births and of authority that is passed on. Values are quoted names and grants. */
const processNotes = {
  goal: (t, goal = "") => t("Goal: {0}", goal),
  gets: (t, grants = "") => t("It gets: {0}", grants),
  apart: (t, folder = "") => t("It works in a git worktree of {0}, and only there.", folder),
  getsNothing: (t) => t("It gets nothing."),
  replaced: (t) => t("Its prompt and tools replace the agent’s own."),
  untrusted: (t, from = "") => t("Its prompt is untrusted text from {0}.", from),
} satisfies Readonly<Record<string, SayNote>>;

/** Makes a note of a birth, or of authority that is passed on. */
export const processNote = notesOf(processNotes);

export const processKind: Kind = {
  name: "process",
  lasting: ["send"],
  rights: {
    spawn: (t) => t("start"),
    wait: (t) => t("wait for"),
    signal: (t) => t("signal"),
    message: (t) => t("send messages to"),
  },
  noun(t, name) {
    if (name === "children") return t("child agents");
    if (name === "self") return t("itself");
    return name === "" ? t("any process") : t("process {0}", name);
  },
  actions: {
    spawn: (t) => t("Start a child agent"),
    fork: (t) => t("Start a child agent that knows this conversation"),
    exec: (t) => t("Go on as another image"),
    delegate: (t) => t("Pass authority on"),
  },
  notes: processNotes,
  // A process owns its mailbox, so it may let others write to it.
  owns: (pid, right, resource) => right === "message" && resource === `process:/${pid}`,
  tools: [
    { names: ["spawn_agent", "fork_agent"], images: ["coding", "tour"], wish: "spawn" },
    {
      names: [
        ...["wait_agent", "signal_agent", "exec_image", "follow_events"],
        ...["send_message", "receive_message", "change_directory"],
      ],
      images: ["coding", "tour"],
    },
    { names: ["finish"], images: ["coding", "reviewer", "tour"] },
  ],
  suggests: ({ wishes, builtIn }) =>
    builtIn && wishes.has("spawn") ? ["allow:spawn:process:/children;uses=2"] : [],
  birth: {
    overChild: (pid) => ({ rights: ["wait", "signal", "message"], resource: `process:/${pid}` }),
  },
};
