// Kind `box`: boxes on shelves, `box:/<shelf>/<box>`. A shelf has the name of the workspace folder it belongs to.
import type { Kind } from "../../../src/abi/kind.ts";
import { stem } from "../../../src/abi/resource.ts";

/** Every optional part of a kind has a rule here that the kinds of the program do not have together. */
export const boxKind: Kind = {
  name: "box",
  rights: {
    open: (t) => t("open"),
    pack: (t) => t("pack"),
    empty: (t) => t("empty out"),
    lend: (t) => t("lend"),
  },
  noun: (t, name, tree) => (tree ? t("the boxes of {0}", name) : t("the box {0}", name)),
  actions: {
    pack: (t, target) => t("Pack something into {0}", target),
    unpack: (t, target, to) => t("Unpack {0} into {1}", target, to),
    empty: (t, target) => t("Empty out {0}", target),
  },
  fold: (path) => path.replaceAll("_", "-"),
  classify(resource, right) {
    if (resource.startsWith("box:/sealed/")) return { reserved: "it is sealed", asks: [] };
    return {
      asks: [
        ...(right === "empty"
          ? [{ id: "loss", reason: "what is in it is lost", once: false, secret: false }]
          : []),
        ...(resource.endsWith("/letters")
          ? [{ id: "private", reason: "letters are private", once: true, secret: true }]
          : []),
      ],
    };
  },
  settledExactly: ["loss"],
  mayNameSecret: (text) => /(?:^|\/)letters$/u.test(text),
  classWords: (t) => [[t("asks"), t("to empty out a box")]],
  readBy: ["open"],
  changedBy: ["pack", "empty"],
  removedBy: "empty",
  askedEachTime: (right) => right === "empty",
  folderOf: (resource) => stem(resource).split("/")[1],
  // Whoever may open a box does not decide who else may.
  sharedBy: "lend",
  tools: [
    { names: ["open_box"], images: ["coding", "reviewer"] },
    {
      names: [
        ...["pack_box", "empty_box", "unpack_box", "hold_box", "close_box", "run_box"],
        ...["teach_box", "forget_box", "visit_box", "leave_box", "call_vote"],
      ],
      images: ["coding"],
      wish: "boxes",
    },
  ],
  suggests: ({ folders }) => folders.map(({ name }) => `ask:open:box:/${name}/**`),
  ordered: { rights: ["empty"], resource: "box:/**" },
  narrows: "folders",
  birth: { own: (pid) => ({ rights: ["open"], resource: `box:/p${pid}/**` }) },
};
