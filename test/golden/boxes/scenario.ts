// The golden scenario of boxes: one agent that does everything there is to do with a box.
import { PACKER } from "../../support/box/image.ts";
import { call, calls, type Scenario } from "../families.ts";

const AT = { at: "app/tools" };
const once = { allow: true, scope: "once" } as const;

/** What the agent calls, turn by turn. */
export const PACKING: Scenario = {
  image: PACKER,
  grants: [
    ...["allow:open,pack:box:/app/**", "allow:empty:box:/app/tools", "deny:open:box:/app/shut"],
    ...["allow:write:fs:/app/out/**", "allow:read:fs:/**"],
  ],
  answers: [once, { ...once, text: "left" }],
  script: {
    turns: [
      call("pack_box", { ...AT, thing: "a saw" }),
      call("pack_box", { ...AT, thing: "an anvil, and another anvil, and one more" }),
      call("run_box", {
        ...AT,
        steps: [
          { op: "box.open", args: AT },
          { op: "box.hold", args: AT },
          { op: "fs.read", args: { path: "README.md" } },
        ],
      }),
      calls(["find_tools", { query: "tool of a box" }], ["open_box", { at: "app/shut" }]),
      call("teach_box", { ...AT, tool: "count_anvils" }),
      call("count_anvils", { word: "anvil" }),
      call("forget_box", { tool: "count_anvils" }),
      calls(["hold_box", AT], ["hold_box", { at: "app/other" }]),
      call("close_box", AT),
      call("visit_box", { ...AT, name: "yard" }),
      call("read_file", { path: "yard/weeds.txt" }),
      call("leave_box", { name: "yard" }),
      call("unpack_box", { ...AT, into: "app/out" }),
      call("call_vote", { question: "Where to?" }),
      call("empty_box", AT),
      call("finish", { result: ["${5.0}", "${13.0.answer}"] }),
    ],
  },
};
