// The image of an agent that works with boxes.
import type { Image } from "../../../src/abi/image.ts";
import { BOXES } from "../kernel.ts";

/** It says where it is from, as the image of a file does; so the record holds it, and a later run finds it there. */
export const PACKER: Image = {
  ...BOXES,
  name: "packer",
  summary: "Works with boxes.",
  prompt: "You work with boxes.",
  tools: [
    ...["open_box", "pack_box", "empty_box", "unpack_box", "hold_box", "close_box", "run_box", "call_vote"],
    ...["teach_box", "forget_box", "visit_box", "leave_box"],
    ...["read_file", "list_capabilities", "ask_human", "finish"],
  ],
  from: "fs:/app/.agents/images/packer.agent.md",
};
