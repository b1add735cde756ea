// Writing without running: a command that gives one order opens the record as its writer, acts, and closes it.

import { isFault, type Result } from "../../abi/errors.ts";
import { openedRoots } from "../../kernel/state/roots.ts";
import { standingExit, standingText } from "../../views/record/standing.ts";
import { english } from "../../views/words/translate.ts";
import { UsageError } from "../arguments/values.ts";
import { foldersOfRun } from "../launch.ts";
import type { Machine, OpenRecord } from "../runtime.ts";

/**
 * Opens a record that was seen, to write, and lets `act` give its exit code. No agent runs meanwhile. A record that
 * cannot be written is said, with the exit code for why.
 */
export async function asWriter(
  on: Machine,
  workspaces: readonly string[],
  seen: OpenRecord,
  act: (opened: OpenRecord) => Promise<number>,
): Promise<number> {
  const opened = await on.open(await foldersOfRun(workspaces, openedRoots(seen.kernel.state.roots)), "write");
  try {
    const problem = opened.problem();
    if (!opened.kernel.writable && problem !== undefined) throw new UsageError(problem.text);
    if (opened.kernel.writable) return await act(opened);
    await on.complain(standingText(english, opened.opened.standing));
    return standingExit(opened.opened.standing);
  } finally {
    await opened.close();
  }
}

/** Gives a person's order and waits until it is on disk. A refused one is said, and gives undefined. */
export async function ordered(
  on: Machine,
  { kernel, person }: OpenRecord,
  name: string,
  args: unknown,
): Promise<{ readonly value: unknown } | undefined> {
  const result: Result<unknown> = await kernel.order(person, name, args);
  await kernel.durable();
  if (!isFault(result)) return { value: result.value };
  await on.complain(`${result.message} ${result.hint}\n`);
  return undefined;
}
