// Resuming: letting the families of some root agents go on where a crash, a stop or a failed model left them.
import { payers } from "../kernel/state/account.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { isRedacted } from "../kernel/record/redact.ts";
import type { Person } from "../kernel/witness.ts";

/**
 * Lets them go on, paused ones too. A script with secrets in it was kept out of the record in part, so what follows
 * from it is unknown: such a root stays paused, and its pid is returned.
 */
export function resumeFamilies(kernel: Kernel, who: Person, roots: readonly number[]): number[] {
  const lost = roots.filter((pid) => isRedacted(kernel.state.processes.get(pid)?.launch?.script));
  for (const { pid, life } of [...kernel.state.processes.values()]) {
    const root = [...payers(kernel.state, pid)].at(-1)?.pid;
    if (root === undefined || !roots.includes(root) || life.ended !== undefined) continue;
    if (lost.includes(root))
      kernel.signal(who, pid, "pause", "its script held secrets, which the record leaves out");
    else {
      if (life.stops.model !== undefined) kernel.retry(who, pid);
      if (life.paused) kernel.signal(who, pid, "resume", "resumed from the command line");
    }
  }
  kernel.resumeAll();
  return lost;
}
