// Here: the folders of this window, and why agents may not run in them.
import * as vscode from "vscode";
import type { RootFolder } from "../../abi/record.ts";
import { foldCase, fsSegments } from "../../abi/resource.ts";

/** The folders that agents can work in: on disk. */
export function foldersHere(): readonly RootFolder[] {
  const all = vscode.workspace.workspaceFolders ?? [];
  return all.filter((f) => f.uri.scheme === "file").map((f) => ({ name: f.name, path: f.uri.fsPath }));
}

/** The folder that `.agentlibos` lies in, if agents can work here at all. */
export function rootHere(): RootFolder | undefined {
  return vscode.workspace.workspaceFolders?.[0]?.uri.scheme === "file" ? foldersHere()[0] : undefined;
}

/** The file that a resource names, where the record's folders are. */
export function fileAt(roots: readonly RootFolder[], resource: string): vscode.Uri | undefined {
  const [folder, ...segments] = fsSegments(resource);
  const root = roots.find((r) => r.name === folder);
  return root === undefined ? undefined : vscode.Uri.joinPath(vscode.Uri.file(root.path), ...segments);
}

/** Folder names are what authority is written in, so two folders may not share one. */
export function clashHere(): string | undefined {
  const folders = foldersHere();
  const names = folders.map((f) => foldCase(f.name));
  const twice = folders.find((f, i) => names.indexOf(foldCase(f.name)) !== i);
  if (twice === undefined) return undefined;
  return vscode.l10n.t(
    "Two folders are named “{0}”. Rename one in the workspace file to run agents.",
    twice.name,
  );
}

/** True when agents may run here at all; else it says why not, with the way to change that. */
export async function mayRunHere(): Promise<boolean> {
  const { l10n, workspace } = vscode;
  if ((workspace.workspaceFolders ?? []).length === 0) {
    const open = "workbench.action.files.openFolder";
    return refuse(l10n.t("Agents work inside a folder."), l10n.t("Open Folder"), open);
  }
  if (rootHere() === undefined) return refuse(l10n.t("Agents need files on disk."));
  if (!workspace.isTrusted) {
    const text = l10n.t("Restricted Mode: the record is readable; agents cannot run.");
    return refuse(text, l10n.t("Manage Workspace Trust"), "workbench.trust.manage");
  }
  const clash = clashHere();
  return clash === undefined || refuse(clash);
}

/** Tells why not, with the way to change that. */
export async function refuse(text: string, button?: string, command?: string): Promise<false> {
  const chosen = await vscode.window.showWarningMessage(text, ...(button === undefined ? [] : [button]));
  if (chosen !== undefined && command !== undefined) await vscode.commands.executeCommand(command);
  return false;
}

/** True when there is a record, whoever made it. */
export async function hasRecord(root: RootFolder): Promise<boolean> {
  const uri = vscode.Uri.joinPath(vscode.Uri.file(root.path), ".agentlibos", "identity.json");
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}
