// The commands `checkpoints`, `restore` and `undo-restore`: they list positions of the record, and bring files back.
import { isAbsolute, relative, sep } from "node:path";
import { EXIT } from "../../abi/cli.ts";
import type { RootFolder } from "../../abi/record.ts";
import { restoredSchema } from "../../abi/record/files.ts";
import { fsResource } from "../../abi/resource.ts";
import { isChange, planFor } from "../../kernel/checkpoints/plan.ts";
import {
  checkpointsJson,
  checkpointsText,
  restoreJson,
  restoreText,
  toldFiles,
  type ToldFile,
} from "../../views/record/checkpoints.ts";
import { callsOf } from "../../views/record/calls.ts";
import { lastingLines } from "../../views/record/lasting.ts";
import { english } from "../../views/words/translate.ts";
import { linesText } from "../../views/words/visible.ts";
import { UsageError, type CliCommand } from "../arguments.ts";
import type { RestoreOrder } from "../arguments/orders.ts";
import { asWriter, ordered } from "../record/writing.ts";
import { openView, type Machine, type OpenRecord } from "../runtime.ts";

const LASTING = "No restore takes this back; it stays:";

/** Lists the checkpoints. Gives the exit code. */
export async function checkpointsCommand(on: Machine, { workspaces, json }: CliCommand): Promise<number> {
  const { seen, code } = await openView(on, workspaces);
  const { state } = seen.kernel;
  if (json) await on.sayJson(checkpointsJson(state));
  else await on.say(checkpointsText(english, state));
  await seen.close();
  return code;
}

/** Shows what a restore would do, or does it. Gives the exit code. */
export async function restoreCommand(
  on: Machine,
  { workspaces, json }: CliCommand,
  { checkpoint, paths, apply }: RestoreOrder,
): Promise<number> {
  const { seen, code } = await openView(on, workspaces);
  if (code !== EXIT.finished) return code;
  const { state } = seen.kernel;
  const only = paths.map((path) => placeOf(path, state.roots));
  const resources = only.map(([folder = "", ...names]) => fsResource(folder, names));
  const steps = await planFor(state, checkpoint, resources, seen.files);
  await seen.close();
  if (steps === undefined)
    throw new UsageError(`the record knows no checkpoint ${checkpoint}; see agentlibos checkpoints`);
  if (!apply) {
    await say(on, json, false, toldFiles(english, steps));
    const since = state.checkpoints.get(checkpoint)?.seq ?? 0;
    const lasting = lastingLines(english, state.kinds, callsOf(seen.records()), since);
    if (!json && lasting.length > 0)
      await on.say(linesText([LASTING, ...lasting.map((line) => `  ${line}`)]));
    if (!json && steps.some(isChange)) await on.say("Nothing was changed. Do it with --apply.\n");
    return EXIT.finished;
  }
  const named = only.length === 0 ? {} : { paths: only.map((names) => names.join("/")) };
  return orderIn(on, workspaces, seen, json, "checkpoint.restore", { checkpoint, ...named });
}

/** Takes the last restore back. Gives the exit code. */
export async function undoRestoreCommand(on: Machine, { workspaces, json }: CliCommand): Promise<number> {
  const { seen, code } = await openView(on, workspaces);
  if (code !== EXIT.finished) return code;
  await seen.close();
  if (!seen.kernel.state.restores.some((row) => row.done))
    throw new UsageError("there is no restore to undo; see agentlibos checkpoints");
  return orderIn(on, workspaces, seen, json, "checkpoint.undo", {});
}

/** Opens the record to write, lets nothing run, and gives one order. */
async function orderIn(
  on: Machine,
  workspaces: readonly string[],
  seen: OpenRecord,
  json: boolean,
  name: string,
  args: unknown,
): Promise<number> {
  return asWriter(on, workspaces, seen, async (opened) => {
    const result = await ordered(on, opened, name, args);
    if (result === undefined) return EXIT.failed;
    const { files } = restoredSchema.parse(result.value);
    await say(on, json, true, files);
    if (!json && files.some(isChange)) await on.say("Take it back with: agentlibos undo-restore\n");
    return EXIT.finished;
  });
}

function say(on: Machine, json: boolean, applied: boolean, files: readonly ToldFile[]): Promise<void> {
  return json ? on.sayJson(restoreJson(applied, files)) : on.say(restoreText(english, files));
}

/**
 * The workspace folder and the names in it that a typed path means. It begins with the name of a folder, or is relative
 * to the first one; an absolute path counts if it lies in one.
 */
function placeOf(path: string, roots: readonly RootFolder[]): string[] {
  const namesOf = (text: string): string[] => text.split(sep).filter((name) => name !== "" && name !== ".");
  const names = namesOf(path);
  if (isAbsolute(path))
    for (const root of roots) {
      const inside = relative(root.path, path);
      if (inside !== "" && !isAbsolute(inside) && !namesOf(inside).includes(".."))
        return [root.name, ...namesOf(inside)];
    }
  if (isAbsolute(path) || names.includes("..") || names.length === 0)
    throw new UsageError(`--path ${path} is no file in a workspace folder`);
  const [first = ""] = names;
  const isNamed = !path.startsWith(".") && names.length > 1 && roots.some(({ name }) => name === first);
  return isNamed ? names : [roots[0]?.name ?? "", ...names];
}
