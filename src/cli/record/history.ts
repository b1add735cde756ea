// The command `history`: the calls of a record by filter, newest first and page by page, without opening all of it.
import { isAbsolute, relative, resolve } from "node:path";
import { EXIT } from "../../abi/cli.ts";
import type { RootFolder } from "../../abi/record.ts";
import { auditJson, auditText } from "../../views/record/audit.ts";
import { standingExit, standingText } from "../../views/record/standing.ts";
import { english } from "../../views/words/translate.ts";
import { UsageError, type CliCommand } from "../arguments.ts";
import { readFolders } from "../launch.ts";
import type { Machine } from "../runtime.ts";
import type { HistoryOrder } from "../arguments/looking.ts";

/** Runs the command. Gives its exit code, which tells whether the record can be believed. */
export async function historyCommand(on: Machine, command: CliCommand, order: HistoryOrder): Promise<number> {
  const roots = await readFolders(command.workspaces);
  const { file, before, limit, ...filter } = order;
  const resources = file === undefined ? undefined : resourcesOf(roots, file);
  const page = await on.history(roots, (history) =>
    history.calls({ ...filter, resources }, { before, most: limit }),
  );
  const good = page.standing.kind === "obeyed";
  if (!good) await on.complain(standingText(english, page.standing));
  if (command.json) await on.sayJson(auditJson(page.rows));
  else if (good || page.rows.length > 0)
    await on.say(auditText(english, page.rows, { processes: new Map() }));
  if (!command.json && page.before !== undefined)
    await on.say(`Older calls: the same command with --before ${page.before}\n`);
  return good ? EXIT.finished : standingExit(page.standing);
}

/** A path as it is typed: below a folder of the workspace, or in the resource names of the record. */
function resourcesOf(roots: readonly RootFolder[], file: string): string[] {
  if (file.startsWith("fs:/")) return [file.replace(/\/+$/u, "")];
  const found = roots.flatMap(({ name, path }) => {
    const below = relative(path, resolve(path, file)).split("\\").join("/");
    if (below === ".." || below.startsWith("../") || isAbsolute(below)) return [];
    return [below === "" ? `fs:/${name}` : `fs:/${name}/${below}`];
  });
  if (found.length > 0) return found;
  throw new UsageError(`--file "${file}" is in no folder of the workspace`);
}
