// The command `repair`: what a person may do about a record that is shown but not obeyed, told or carried out.
import { EXIT } from "../../abi/cli.ts";
import { standingExit, standingText } from "../../views/record/standing.ts";
import { english } from "../../views/words/translate.ts";
import { linesText } from "../../views/words/visible.ts";
import type { CliCommand } from "../arguments.ts";
import { readFolders } from "../launch.ts";
import type { Machine } from "../runtime.ts";
import type { RepairOrder } from "../arguments/repair.ts";

/** Without a decision the command only tells how the record stands. Gives the exit code. */
export async function repairCommand(
  on: Machine,
  { workspaces }: CliCommand,
  how: RepairOrder | undefined,
): Promise<number> {
  const roots = await readFolders(workspaces);
  if (how === undefined) {
    const seen = await on.open(roots, "view");
    const { standing } = seen.opened;
    await seen.close();
    if (standing.kind !== "read-only") {
      await on.complain(standingText(english, standing));
      return standingExit(standing);
    }
    await on.say("The record is good; there is nothing to repair.\n");
    return EXIT.finished;
  }
  const { ok, detail } = await on.repair(roots, how);
  if (ok) await on.say(linesText([`Done: ${detail}.`]));
  else await on.complain(linesText([`the record was left as it was: ${detail}`]));
  return ok ? EXIT.finished : EXIT.record;
}
