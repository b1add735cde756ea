// An agent whose touches of the world wait until the test lets each of them go.
import assert from "node:assert/strict";
import { TestKernel, type Setup } from "./kernel.ts";
import { turns, type Turn } from "./kernel/turns.ts";

/** A file of the workspace folder as a resource. */
export const at = (name: string): string => `fs:/app/${name}`;

/** Everything in the folder, and every host. */
export const ALL = ["allow:read,write,delete,list:fs:/app/**", "allow:connect:net:/**"];

/** A backend that holds each touch until the test lets it go, by name. */
function gates(k: TestKernel) {
  const open = new Map<string, () => void>();
  k.world.before = (touch) =>
    new Promise((resolve) => {
      open.set(touch.replace("fs:/app/", ""), () => {
        resolve(undefined);
      });
    });
  return {
    /** What waits inside the backend now. */
    held: () => [...open.keys()].sort(),
    pass: async (touch: string) => {
      const go = open.get(touch);
      assert.ok(go, `${touch} is not under way, only ${[...open.keys()].join()}`);
      open.delete(touch);
      go();
      await k.settle();
    },
  };
}

/** A kernel over three files with a script for its first agent, and the gates of its touches. */
export async function started(script: Turn[], grants = ALL, setup: Setup = {}) {
  const k = await TestKernel.open({ model: turns({ 2: script }), ...setup });
  for (const name of ["a", "b", "c"]) k.world.files.set(at(name), name);
  return { k, go: gates(k), launch: () => (k.launch(grants), k.settle()) };
}
