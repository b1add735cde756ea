// The command `export`: a record in a format of other programs, written as it is read.
import { EXIT } from "../../abi/cli.ts";
import type { Export } from "../../views/exports/export.ts";
import { FORMATS, type FormatName } from "../../views/exports/format.ts";
import { standingExit, standingText } from "../../views/record/standing.ts";
import { english } from "../../views/words/translate.ts";
import { readFolders } from "../launch.ts";
import type { Machine } from "../runtime.ts";

/** So many characters are written at once. */
const CHUNK = 64 * 1024;

/** Runs the command. Gives its exit code, which tells whether the record can be believed. */
export async function exportCommand(
  on: Machine,
  workspaces: readonly string[],
  format: FormatName,
): Promise<number> {
  const { sha256, version } = on;
  let made: Export | undefined;
  let waiting = "";
  const write = async (lines: readonly string[], least: number): Promise<void> => {
    for (const line of lines) waiting += `${line}\n`;
    if (waiting.length < least) return;
    const now = waiting;
    waiting = "";
    await on.sayJson(now);
  };
  const { standing } = await on.stream(await readFolders(workspaces), async (record, id) => {
    made ??= FORMATS[format]({ id, version, sha256 });
    await write(made.take(record), CHUNK);
  });
  await write(made?.end() ?? [], 1);
  if (standing.kind === "obeyed") return EXIT.finished;
  await on.complain(standingText(english, standing));
  return standingExit(standing);
}
