// Kept files: the ignored files that the commands of an agent left beside the workspace are opened, or taken over.
import * as vscode from "vscode";
import { visibleLine } from "../../views/words/visible.ts";
import { chooseAgent, LIVING_STATES } from "../session/agents.ts";
import { isFault } from "../../abi/errors.ts";
import { fsSegments } from "../../abi/resource.ts";
import type { KeptRow, TakenFile } from "../session/commands.ts";
import { choose, chooseSeveral, inform, showFault, warn } from "../session/messages.ts";
import type { Session } from "../session/session.ts";

const { t } = vscode.l10n;

/** Opens one in a window of its own, which asks whether its content is trusted. They end with their agent. */
export async function openKeptFolder(session: Session, args: readonly unknown[]): Promise<void> {
  const agent = await chooseAgent(session, args, LIVING_STATES);
  if (agent === undefined) return;
  const folders = session.runtime?.commands?.keptFolders(agent.pid) ?? [];
  if (folders.length === 0) return void inform(nothingLeft());
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

const nothingLeft = (): string => t("Its commands have left no ignored files.");

/**
 * Lets a person choose ignored files by folder, and takes them over into the workspace. What somebody changed there since
 * stays as it is, and so do links and devices.
 */
export async function keepIgnoredFiles(session: Session, args: readonly unknown[]): Promise<void> {
  const agent = await chooseAgent(session, args, LIVING_STATES);
  const runtime = agent === undefined ? undefined : await session.takeRuntime();
  if (agent === undefined || runtime?.keptFiles === undefined) return;
  const groups = await runtime.keptFiles.groups(agent.pid);
  if (isFault(groups)) return showFault(groups);
  if (groups.length === 0) return void inform(nothingLeft());
  const chosen = await chooseSeveral(
    groups.map((group) => itemOf(group)),
    { title: t("Which ignored files of agent {0} shall come into the workspace?", agent.pid) },
  );
  if (chosen.length === 0) return;
  const names = chosen.map(({ resource }) => resource);
  const came = await runtime.keptFiles.take(agent.pid, names);
  if (isFault(came)) return showFault(came);
  await runtime.kernel.durable().catch(() => undefined);
  await tellTaken(came);
}

function itemOf({ resource, files, bytes, gone, others, conflicts, secrets }: KeptRow) {
  const told = [
    ...(gone === 0 ? [] : [t("deletes {0}", gone)]),
    ...(conflicts === 0 ? [] : [t("{0} were changed in the workspace since and stay", conflicts)]),
    ...(others === 0 ? [] : [t("{0} links or devices are left out", others)]),
    ...(secrets === 0 ? [] : [t("{0} hold credentials by their name", secrets)]),
  ];
  const count = files === 1 ? t("1 file") : t("{0} files", files);
  return {
    label: visibleLine(fsSegments(resource).join("/")),
    description: `${count}, ${sizeOf(bytes)}`,
    ...(told.length === 0 ? {} : { detail: told.join(", ") }),
    resource,
  };
}

/** A size in the largest unit of which there is one. */
function sizeOf(bytes: number): string {
  const kilo = 1000;
  if (bytes < kilo) return t("{0} bytes", bytes);
  const inKilo = bytes / kilo;
  return inKilo < kilo
    ? t("{0} kB", Math.round(inKilo * 10) / 10)
    : t("{0} MB", Math.round(inKilo / 100) / 10);
}

/** So many names that stay are told one by one. */
const NAMED = 3;

async function tellTaken(came: readonly TakenFile[]): Promise<void> {
  const stay = came.filter(({ outcome }) => outcome !== "applied");
  const taken = came.length - stay.length;
  const text = t("Files and folders that were taken over: {0}.", taken);
  if (stay.length === 0) return void (await inform(text));
  const named = stay
    .slice(0, NAMED)
    .map(({ path, why }) => `${visibleLine(path)}${why === undefined ? "" : ` (${visibleLine(why)})`}`);
  const more = stay.length > NAMED ? [t("and {0} more", stay.length - NAMED)] : [];
  await warn(`${text} ${t("These stay as they are: {0}.", [...named, ...more].join(", "))}`);
}
