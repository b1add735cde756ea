// A family of processes with a budget.
import assert from "node:assert/strict";
import { code, TestKernel } from "../../../support/kernel.ts";

export const FAMILY = [
  "allow:spawn:process:/children",
  "allow:execute:image:/boxes",
  "allow:read,write:fs:/app/**",
];

export const FILE = "fs:/app/a.txt";

export const PRICE = ({ input, output }: { input: number; output: number }): number =>
  2 * input + 10 * output;

export async function family(budget = {}, grants: string[] = FAMILY, setup = {}) {
  const k = await TestKernel.open(setup);
  const pid = k.launch(grants, { budget });
  k.world.files.set(FILE, "text");
  let n = 0;
  const read = (who = pid) => k.call(who, "box.read", { at: `fs:/app/file${n++}` });
  const spawn = async (of = pid, more: object = {}) => {
    const result = await k.call(of, "process.spawn", { goal: "part", grants: FAMILY, ...more });
    assert.equal(code(result), "ok", JSON.stringify(result));
    return Math.max(...k.kernel.state.processes.keys());
  };
  return { k, pid, read, spawn };
}
