// Place: the worktree that a new agent works in, of which folder it is, and its making.
import * as vscode from "vscode";
import { fault, isFault, type Fault } from "../../../abi/errors.ts";
import type { RootFolder } from "../../../abi/record.ts";
import type { NewWorktree } from "../../../kernel/processes/worktrees.ts";
import { visibleLine } from "../../../views/words/visible.ts";
import { choose, inform } from "../../session/messages.ts";
import type { Order, Runtime } from "../../session/runtime.ts";
import type { Session } from "../../session/session.ts";

const { t } = vscode.l10n;
type Place = NonNullable<Order["place"]>;

/** True when a repository begins at the folder; only then git can make a worktree of it. */
async function hasRepository({ path }: RootFolder): Promise<boolean> {
  const at = vscode.Uri.joinPath(vscode.Uri.file(path), ".git");
  return vscode.workspace.fs.stat(at).then(
    () => true,
    () => false,
  );
}

/**
 * The place of an agent that works apart: a worktree of the folder that is a repository, or of the one that a person
 * chooses among several. Undefined when there is none, which is told, or when the choice was left.
 */
export async function choosePlace({ folders }: Session): Promise<Place | undefined> {
  const found = await Promise.all(
    folders.map(async (folder) => ((await hasRepository(folder)) ? folder : [])),
  );
  const items = found.flat().map(({ name, path }) => ({ label: visibleLine(name), description: path, name }));
  if (items.length === 0) {
    void inform(
      t("No folder here is a git repository, so there can be no worktree. New Agent… starts in the folder."),
    );
    return undefined;
  }
  const title = t("A worktree of which folder?");
  const chosen = items.length === 1 ? items[0] : await choose(items, { title, ignoreFocusOut: true });
  return chosen === undefined ? undefined : { folder: chosen.name };
}

/**
 * Makes the worktree of an agent that is about to start. The caller launches it there, or removes the worktree again. A
 * fault says why there is none, and the agent does not start in the folder instead.
 */
export async function makeApart(
  { kernel, person, worktrees }: Runtime,
  of: string,
  goal: string,
): Promise<NewWorktree | Fault> {
  if (worktrees === undefined)
    return fault("EUNAVAILABLE", "There are no worktrees in this window.", "Start it in the folder.");
  const pid = kernel.reserveWorktree(person, of);
  if (isFault(pid)) return pid;
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: t("Making a worktree of {0}…", of),
  };
  const made = await vscode.window.withProgress(options, async () =>
    worktrees.backend.make({ of, pid, goal }, person, new AbortController().signal),
  );
  return isFault(made) ? made : { ...made, pid };
}
