// The commands `worktrees`, `merge` and `discard`: what agents did apart is listed, comes into the workspace, or goes.
import { EXIT } from "../../abi/cli.ts";
import { isFault } from "../../abi/errors.ts";
import { quotedName } from "../../abi/quoted.ts";
import type { Worktree } from "../../abi/record.ts";
import { lostWords, mergedSchema, WORKTREES_BYTES } from "../../abi/record/roots.ts";
import { WORKTREES_MOST } from "../../kernel/state/roots.ts";
import type { CliCommand } from "../arguments.ts";
import type { DiscardOrder, MergeOrder } from "../arguments/orders.ts";
import { asWriter, ordered } from "../record/writing.ts";
import { openView, type Machine, type OpenRecord } from "../runtime.ts";

/** A worktree as the record has it. */
interface Row {
  readonly name: string;
  readonly path: string;
  readonly owner: string;
  readonly worktree: Worktree;
}

/** The worktrees on record, each with the agent that works or worked there. */
function rowsOf({ kernel }: OpenRecord): Row[] {
  return kernel.state.roots.flatMap(({ name, path, owner = "", worktree }) =>
    worktree === undefined ? [] : [{ name, path, owner, worktree }],
  );
}

/** Opens the record to write, lets nothing run, and does one thing. Gives the exit code. */
async function within(
  on: Machine,
  workspaces: readonly string[],
  act: (opened: OpenRecord) => Promise<number>,
): Promise<number> {
  const { seen, code } = await openView(on, workspaces);
  if (code !== EXIT.finished) return code;
  await seen.close();
  return asWriter(on, workspaces, seen, act);
}

/** Bytes for people. */
const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1024 ** 2)} MB`;

/** Lists the worktrees with what is in each and nowhere else. It only reads, also while an editor holds the record. */
export async function worktreesCommand(on: Machine, { workspaces, json }: CliCommand): Promise<number> {
  const { seen, code } = await openView(on, workspaces);
  const rows = code === EXIT.finished ? rowsOf(seen) : [];
  let all = 0;
  for (const row of rows) {
    const state = await seen.worktrees?.backend.look(row, new AbortController().signal);
    const bytes = (await seen.worktrees?.backend.disk(row)) ?? 0;
    all += bytes;
    const { name, path, owner, worktree } = row;
    const pid = Number(owner.replace("pid:", ""));
    const works = seen.kernel.living(pid) !== undefined;
    const found = state === undefined || isFault(state) ? undefined : state;
    if (json) {
      const about = { worktree: name, of: worktree.of, branch: worktree.branch, path, pid, works, bytes };
      await on.sayJson(`${JSON.stringify({ ...about, ...found })}\n`);
      continue;
    }
    const words =
      found === undefined ? "cannot be looked at" : found.gone ? "its folder is gone" : lostWords(found);
    const holds = words === "" ? "holds nothing of its own" : words;
    await on.say(
      `${quotedName(name)}  of ${quotedName(worktree.of)}, agent ${pid}${works ? " (not finished)" : ""}: ${holds}; ${megabytes(bytes)}\n  ${path}\n`,
    );
  }
  await seen.close();
  if (code !== EXIT.finished || json) return code;
  await on.say(
    rows.length === 0
      ? "There are no worktrees.\n"
      : `${rows.length} of ${WORKTREES_MOST} worktrees, ${megabytes(all)} of ${megabytes(WORKTREES_BYTES)}.\n`,
  );
  return code;
}

/** Merges a worktree into the workspace, file by file; conflicts stay as they are. Exit 1 unless all came over. */
export function mergeCommand(
  on: Machine,
  { workspaces, json }: CliCommand,
  order: MergeOrder,
): Promise<number> {
  return within(on, workspaces, async (opened) => {
    const { worktree, paths } = order;
    const args = { worktree, ...(paths.length === 0 ? {} : { paths }) };
    const result = await ordered(on, opened, "git.merge", args);
    if (result === undefined) return EXIT.failed;
    const { changes, complete } = mergedSchema.parse(result.value);
    if (json) await on.sayJson(`${JSON.stringify({ changes, complete })}\n`);
    else
      for (const { path, change, outcome, why } of changes)
        await on.say(`${outcome}  ${change} ${quotedName(path)}${why === undefined ? "" : ` (${why})`}\n`);
    if (!json && complete) {
      const stays = rowsOf(opened).some(({ name }) => name === worktree);
      await on.say(
        stays
          ? "The workspace has all of it. The folder stays: its agent has not ended, or it has ignored files.\n"
          : "The workspace has all of it. The folder is gone; commits stay on their branch.\n",
      );
    }
    return complete || paths.length > 0 ? EXIT.finished : EXIT.failed;
  });
}

/** Discards a worktree. Without `force` it says what would be lost, and leaves it. */
export function discardCommand(
  on: Machine,
  { workspaces, json }: CliCommand,
  { worktree, force, keepsBranch }: DiscardOrder,
): Promise<number> {
  return within(on, workspaces, async (opened) => {
    await opened.worktrees?.settled();
    const row = rowsOf(opened).find(({ name }) => name === worktree);
    const state = row && (await opened.worktrees?.backend.look(row, new AbortController().signal));
    if (!force && state !== undefined && !isFault(state)) {
      const lost = lostWords(keepsBranch ? { ...state, commits: 0 } : state);
      if (lost !== "") {
        await on.complain(`${lost} would be lost; add --force, or merge it first\n`);
        return EXIT.failed;
      }
    }
    const args = { worktree, ...(keepsBranch ? { keep_branch: true } : {}) };
    const result = await ordered(on, opened, "git.discard", args);
    if (result === undefined) return EXIT.failed;
    if (json) await on.sayJson(`${JSON.stringify(result.value)}\n`);
    else await on.say(`${quotedName(worktree)} is discarded.\n`);
    return EXIT.finished;
  });
}
