// Kept files: opens the folders with the ignored files that the commands of an agent left beside the workspace.
import * as vscode from "vscode";
import { visibleLine } from "../../views/words/visible.ts";
import { chooseAgent, LIVING_STATES } from "../session/agents.ts";
import { choose, inform } from "../session/messages.ts";
import type { Session } from "../session/session.ts";

const { t } = vscode.l10n;

/** Opens one in a window of its own, which asks whether its content is trusted. They end with their agent. */
export async function openKeptFolder(session: Session, args: readonly unknown[]): Promise<void> {
  const agent = await chooseAgent(session, args, LIVING_STATES);
  if (agent === undefined) return;
  const folders = session.runtime?.commands?.keptFolders(agent.pid) ?? [];
  if (folders.length === 0) return void inform(t("Its commands have left no ignored files."));
  const items = folders.map(({ root, folder }) => ({
    label: visibleLine(root),
    description: folder,
    folder,
  }));
  const title = t("Ignored files of agent {0}, the newest first", agent.pid);
  const chosen = items.length === 1 ? items[0] : await choose(items, { title });
  if (chosen === undefined) return;
  const uri = vscode.Uri.file(chosen.folder);
  await vscode.commands.executeCommand("vscode.openFolder", uri, { forceNewWindow: true });
}
