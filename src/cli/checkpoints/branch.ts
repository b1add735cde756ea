// The commands `branch` and `compare`: agents go on from a checkpoint, and two positions of the record are compared.
import { EXIT } from "../../abi/cli.ts";
import { isFault } from "../../abi/errors.ts";
import { branchedSchema } from "../../abi/record/files.ts";
import { compareStates } from "../../kernel/checkpoints/compare.ts";
import { branchText, comparisonJson, comparisonText } from "../../views/record/checkpoints.ts";
import { english } from "../../views/words/translate.ts";
import { escapedJson } from "../../views/words/visible.ts";
import { UsageError, type CliCommand } from "../arguments.ts";
import type { BranchOrder, CompareOrder } from "../arguments/orders.ts";
import { asWriter, ordered } from "../record/writing.ts";
import { openView, type Machine } from "../runtime.ts";

/** Lets agents go on from a checkpoint, as new ones that `resume` runs. Gives the exit code. */
export async function branchCommand(
  on: Machine,
  { workspaces, json }: CliCommand,
  { checkpoint, agent, replace, text }: BranchOrder,
): Promise<number> {
  const { seen, code } = await openView(on, workspaces);
  if (code !== EXIT.finished) return code;
  await seen.close();
  knownCheckpoint(seen.kernel.state.checkpoints, checkpoint);
  return asWriter(on, workspaces, seen, async (opened) => {
    const more = { ...(agent === undefined ? {} : { agent }), ...(text === undefined ? {} : { text }) };
    const result = await ordered(on, opened, "checkpoint.branch", { checkpoint, replace, ...more });
    if (result === undefined) return EXIT.failed;
    const { processes } = branchedSchema.parse(result.value);
    if (json) await on.sayJson(`${escapedJson(JSON.stringify({ processes }))}\n`);
    else await on.say(`${branchText(english, processes)}Let it go on with: agentlibos resume\n`);
    return EXIT.finished;
  });
}

/** Compares two checkpoints, or one with now. Gives the exit code. */
export async function compareCommand(
  on: Machine,
  { workspaces, json }: CliCommand,
  ids: CompareOrder,
): Promise<number> {
  const { seen, code } = await openView(on, workspaces);
  if (code !== EXIT.finished) return code;
  try {
    const { state } = seen.kernel;
    const [first, last] = [ids.from, ids.to].map((id) =>
      id === undefined ? state.seq : knownCheckpoint(state.checkpoints, id).seq,
    );
    if (first === undefined || last === undefined || first > last)
      throw new UsageError("the first checkpoint is later than the second one; change their places");
    const from = await seen.past.at(first);
    const to = ids.to === undefined ? state : await seen.past.at(last);
    for (const side of [from, to])
      if (isFault(side)) {
        await on.complain(`${side.message} ${side.hint}\n`);
        return EXIT.record;
      }
    if (isFault(from) || isFault(to)) return EXIT.record;
    const compared = compareStates(state, ids, from, to);
    if (json) await on.sayJson(comparisonJson(compared));
    else await on.say(comparisonText(english, compared));
    return EXIT.finished;
  } finally {
    await seen.close();
  }
}

function knownCheckpoint<T>(checkpoints: ReadonlyMap<string, T>, id: string): T {
  const known = checkpoints.get(id);
  if (known === undefined)
    throw new UsageError(`the record knows no checkpoint ${id}; see agentlibos checkpoints`);
  return known;
}
