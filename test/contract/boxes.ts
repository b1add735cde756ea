// Good calls of the operations of boxes, for the contract.
import type { Fixture, Sample } from "./fixture.ts";

const AT = { at: "app/tools" };
const BOX = ["allow:open,pack:box:/app/**"];

/** A sample of an operation on one box. */
function onBox(args: object = AT, more: Partial<Sample> = {}): Sample {
  return { grants: BOX, args: () => args, deny: "box:/app/tools", ...more };
}

const pack = ({ k, pid }: Fixture) => k.call(pid, "box.pack", { ...AT, thing: "a saw" });

/** One sample of each. */
export const BOX_SAMPLES: Readonly<Record<string, Sample>> = {
  "box.open": onBox(),
  "box.pack": onBox({ ...AT, thing: "a saw" }, { effect: "pack" }),
  "box.empty": onBox(AT, {
    grants: [...BOX, "allow:empty:box:/app/tools"],
    before: pack,
    effect: "empty",
  }),
  "box.unpack": onBox(
    { ...AT, into: "app/out" },
    { grants: [...BOX, "allow:write:fs:/app/out/**"], before: pack, effect: "unpack" },
  ),
  "box.hold": onBox(AT, { effect: "hold" }),
  "box.close": onBox(AT, { before: ({ k, pid }) => k.call(pid, "box.hold", AT) }),
  "box.run": onBox({ ...AT, steps: [] }),
  "box.teach": onBox({ ...AT, tool: "count_tools" }),
  "box.forget": {
    grants: BOX,
    args: () => ({ tool: "count_tools" }),
    before: ({ k, pid }) => k.call(pid, "box.teach", { ...AT, tool: "count_tools" }),
  },
  "box.visit": onBox({ ...AT, name: "yard" }),
  "box.leave": {
    grants: BOX,
    args: () => ({ name: "yard" }),
    before: ({ k, pid }) => k.call(pid, "box.visit", { ...AT, name: "yard" }),
  },
  "box.vote": {
    grants: [],
    args: () => ({ question: "Where to?" }),
    answer: { text: "right" },
    deny: "human:/ask",
    born: true,
  },
};
