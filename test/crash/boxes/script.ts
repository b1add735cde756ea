// The script of the agent that is killed: each act on a box, and each thing that must not outlive its process.
import { PACKER } from "../../support/box/image.ts";
import { call, calls } from "../../golden/families.ts";

const AT = { at: "app/tools" };
const steps = [
  { op: "box.pack", args: { ...AT, thing: "a nail" } },
  { op: "box.hold", args: AT },
  { op: "box.pack", args: { ...AT, thing: "a screw" } },
];

/** Packs five things, two of them as steps in a box, and unpacks them; one box is emptied. */
export const PACKING = {
  image: PACKER,
  grants: [
    ...["allow:open,pack:box:/app/**", "allow:empty:box:/app/old", "allow:write:fs:/app/out/**"],
    "allow:read:fs:/**",
  ],
  script: {
    turns: [
      call("pack_box", { ...AT, thing: "a saw" }),
      calls(["hold_box", AT], ["pack_box", { at: "app/old", thing: "rust" }]),
      call("teach_box", { ...AT, tool: "count_saws" }),
      call("pack_box", { ...AT, thing: "an anvil, and another anvil, and one more" }),
      call("run_box", { ...AT, steps }),
      call("visit_box", { ...AT, name: "yard" }),
      call("empty_box", { at: "app/old" }),
      call("call_vote", { question: "Where to?" }),
      call("hold_box", { at: "app/old" }),
      call("close_box", AT),
      call("pack_box", { ...AT, thing: "a file" }),
      call("unpack_box", { ...AT, into: "app/out" }),
      call("finish", { result: "packed" }),
    ],
  },
};

/** The things that are packed in the end, in order. */
export const PACKED = ["a saw", "an anvil, and another anvil, and one more", "a nail", "a screw", "a file"];
