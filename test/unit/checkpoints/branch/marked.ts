// An agent with a checkpoint, and branches of it as a person orders them.
import assert from "node:assert/strict";
import { parseCap, printCap, type Listed } from "../../../../src/abi/capability.ts";
import { isFault } from "../../../../src/abi/errors.ts";
import { TestKernel, type Setup } from "../../../support/kernel.ts";
import { kinds } from "../../../harness/kinds.ts";

interface Branched {
  readonly processes: readonly { from: number; to: number; held: string[]; left: string[] }[];
}

/** Orders a branch as a person; fails the test when it is refused. */
export async function branch(k: TestKernel, args: object): Promise<Branched["processes"]> {
  const came = await k.kernel.order(k.person, "checkpoint.branch", args);
  await k.settle();
  assert.ok(!isFault(came), JSON.stringify(came));
  return (came.value as Branched).processes;
}

export async function branchOne(k: TestKernel, args: object): Promise<number> {
  const [made] = await branch(k, args);
  assert.ok(made);
  return made.to;
}

export function listed(text: string): Listed {
  const cap = parseCap(text, kinds);
  assert.ok(!isFault(cap), JSON.stringify(cap));
  return cap;
}

/** The allows and asks that a process holds now, as texts. */
export function held(k: TestKernel, pid: number): string[] {
  const { capabilities } = k.kernel.state;
  const live = capabilities.heldBy(pid).filter((each) => capabilities.live(each, k.kernel.now()));
  return live.map(({ cap }) => printCap(cap)).sort();
}

export async function mark(k: TestKernel, pid: number): Promise<string> {
  const made = await k.call(pid, "checkpoint.create", {});
  assert.ok(!isFault(made), JSON.stringify(made));
  return (made.value as { checkpoint: string }).checkpoint;
}

export const MARK = "allow:create:checkpoint:/self";

export const READ = "allow:read:fs:/app/a";

export const SPAWN = ["allow:spawn:process:/children", "allow:execute:image:/boxes"];

/** An agent that makes each call by hand, and its checkpoint. */
export async function marked(grants: readonly string[] = [READ], more: Setup = {}) {
  const k = await TestKernel.open({ ...more, hands: true });
  k.world.files.set("fs:/app/a", "text");
  const pid = k.launch([MARK, ...grants]);
  const checkpoint = await mark(k, pid);
  return { k, pid, checkpoint };
}
