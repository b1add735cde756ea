// The command `resume`: it lets unfinished root agents go on after a crash, a stop or a failed model.
import { EXIT } from "../abi/cli.ts";
import { UsageError, type CliCommand } from "./arguments.ts";
import { foldersOfRun } from "./launch.ts";
import { printRun, runExit, runFamilies } from "./run.ts";
import { openView, type Machine } from "./runtime.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { isRedacted } from "../kernel/record/redact.ts";
import { payers } from "../kernel/state/account.ts";
import { openedRoots } from "../kernel/state/roots.ts";
import type { Person } from "../kernel/witness.ts";
import { rootsOf, unfinishedRoots } from "../views/agents/family.ts";
import { recordSourceOf } from "../views/record/run.ts";

/** Runs the command. Gives its exit code. */
export async function resumeCommand(on: Machine, command: CliCommand): Promise<number> {
  const { seen, code, folder } = await openView(on, command.workspaces);
  const { state } = seen.kernel;
  const last = rootsOf(state).at(-1)?.pid;
  if (code !== EXIT.finished) return code;
  if (last === undefined) throw new UsageError("the record holds no agents yet; start one with run");
  const roots = unfinishedRoots(state).map((p) => p.pid);
  if (roots.length === 0) {
    await printRun(on, recordSourceOf(seen), [last], command.json, folder);
    return runExit(recordSourceOf(seen), [last]);
  }
  const opened = await on.open(await foldersOfRun(command.workspaces, openedRoots(state.roots)), "write");
  return runFamilies(on, opened, command, () => {
    for (const pid of resumeFamilies(opened.kernel, opened.launcher, roots))
      void on.complain(`agent ${pid} stays paused: the record left secrets out of its script\n`);
    return roots;
  });
}

/**
 * Lets the families of these roots go on, paused ones too. The record does not hold the secrets of a script, so nobody
 * knows how such a script goes on. A root with such a script stays paused. The pids of these roots are returned.
 */
function resumeFamilies(kernel: Kernel, who: Person, roots: readonly number[]): number[] {
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
