// One good call for every operation in the table: what it needs to be granted, and its arguments.
import type { TestKernel } from "../support/kernel.ts";

export interface Sample {
  readonly grants: readonly string[];
  readonly args?: unknown;
  /** Where the arguments depend on what was made before. */
  readonly make?: (on: TestKernel, pid: number) => Promise<unknown>;
}

const FILES = ["allow:read,list,write,delete:fs:/app/**"];
const FAMILY = ["allow:spawn:process:/children", "allow:execute:image:/boxes"];

async function child(on: TestKernel, pid: number): Promise<number> {
  const spawned = await on.call(pid, "process.spawn", { goal: "child" });
  if (!spawned.ok) throw new Error(spawned.message);
  return (spawned.value as { pid: number }).pid;
}

export const SAMPLES: Readonly<Record<string, Sample>> = {
  "fs.read": { grants: FILES, args: { path: "a.txt" } },
  "fs.stat": { grants: FILES, args: { path: "a.txt" } },
  "fs.list": { grants: FILES, args: { path: "." } },
  "fs.find": { grants: FILES, args: { pattern: "*.txt" } },
  "fs.search": { grants: FILES, args: { query: "hello" } },
  "fs.write": { grants: FILES, args: { path: "new.txt", content: "new" } },
  "fs.edit": { grants: FILES, args: { path: "a.txt", old_text: "hello", new_text: "bye" } },
  "fs.delete": { grants: FILES, args: { path: "a.txt" } },
  "fs.move": { grants: FILES, args: { from: "a.txt", to: "b.txt" } },
  "fs.mkdir": { grants: FILES, args: { path: "folder" } },
  "process.chdir": { grants: FILES, args: { path: "sub" } },
  "process.spawn": { grants: FAMILY, args: { goal: "child" } },
  "process.wait": {
    grants: FAMILY,
    make: async (on, pid) => {
      const one = await child(on, pid);
      on.kernel.signal(on.person, one, "kill", "the test");
      return { pid: one };
    },
  },
  "process.signal": {
    grants: FAMILY,
    make: async (on, pid) => ({ pid: await child(on, pid), signal: "pause" }),
  },
  "process.exit": { grants: [], args: { result: "done" } },
  "human.ask": { grants: [], args: { question: "which one?" } },
  "human.tell": { grants: [], args: { message: "here" } },
  "capability.list": { grants: [], args: {} },
  "capability.request": { grants: [], args: { grant: "allow:read:fs:/app/docs/**", reason: "to read" } },
  "capability.drop": {
    grants: FILES,
    make: (on, pid) => Promise.resolve({ id: on.kernel.state.capabilities.heldBy(pid)[0]?.cap.id }),
  },
  "object.put": { grants: [], args: { name: "note", value: { n: 1 } } },
  "object.get": {
    grants: [],
    make: async (on, pid) => {
      await on.call(pid, "object.put", { name: "note", value: 1 });
      return { name: "note" };
    },
  },
  "object.list": { grants: [], args: {} },
  "model.call": { grants: [], make: (_, pid) => Promise.resolve({ model: "test/one", pid, turn: 0 }) },
};

/** Operations that every process may use on itself. A new one here is a decision, so the list is pinned. */
export const FREE = ["process.exit", "capability.list", "capability.drop", "object.list"];
