// Folders: the folders of this window, and the reasons why agents may not run in them.
import * as vscode from "vscode";
import type { RootFolder } from "../../abi/record.ts";
import { foldCase, fsResource, fsSegments } from "../../abi/resource.ts";
import { visibleLine } from "../../views/words/visible.ts";
import { warnWithButton } from "./messages.ts";

/** The folders on disk, in which agents can work. */
export function localFolders(): readonly RootFolder[] {
  const all = vscode.workspace.workspaceFolders ?? [];
  return all.filter((f) => f.uri.scheme === "file").map((f) => ({ name: f.name, path: f.uri.fsPath }));
}

/** The folder that holds `.agentlibos`; undefined when agents cannot work in this window. */
export function rootFolder(): RootFolder | undefined {
  return vscode.workspace.workspaceFolders?.[0]?.uri.scheme === "file" ? localFolders()[0] : undefined;
}

/** The file of a resource, by the folders of the record. */
export function fileAt(roots: readonly RootFolder[], resource: string): vscode.Uri | undefined {
  const [folder, ...segments] = fsSegments(resource);
  const root = roots.find((r) => r.name === folder);
  return root === undefined ? undefined : vscode.Uri.joinPath(vscode.Uri.file(root.path), ...segments);
}

/** The resource of a file, by the folders of the record; undefined for one in none of them. */
export function resourceAt(roots: readonly RootFolder[], uri: vscode.Uri): string | undefined {
  if (uri.scheme !== "file") return undefined;
  for (const { name, path } of roots) {
    const folder = vscode.Uri.file(path).path;
    if (uri.path !== folder && !uri.path.startsWith(`${folder}/`)) continue;
    return fsResource(
      name,
      uri.path
        .slice(folder.length)
        .split("/")
        .filter((segment) => segment !== ""),
    );
  }
  return undefined;
}

/** Names the clash of two folders. Authority is written with folder names, so they must differ. */
export function folderClash(): string | undefined {
  const folders = localFolders();
  const names = folders.map((f) => foldCase(f.name));
  const twice = folders.find((f, i) => names.indexOf(foldCase(f.name)) !== i);
  if (twice === undefined) return undefined;
  return vscode.l10n.t(
    "Two folders are named “{0}”. Rename one in the workspace file to run agents.",
    visibleLine(twice.name),
  );
}

/** True when agents may run in this window. Otherwise it warns with the reason and a way to change it. */
export async function checkMayRun(): Promise<boolean> {
  const { l10n, workspace } = vscode;
  if ((workspace.workspaceFolders ?? []).length === 0) {
    const open = "workbench.action.files.openFolder";
    return warnWithButton(l10n.t("Agents work inside a folder."), l10n.t("Open Folder"), open);
  }
  if (rootFolder() === undefined) return warnWithButton(l10n.t("Agents need files on disk."));
  if (!workspace.isTrusted) {
    const text = l10n.t("Restricted Mode: the record is readable; agents cannot run.");
    return warnWithButton(text, l10n.t("Manage Workspace Trust"), "workbench.trust.manage");
  }
  const clash = folderClash();
  return clash === undefined || warnWithButton(clash);
}

/** True when there is a record, whatever wrote it. */
export async function hasRecord(root: RootFolder): Promise<boolean> {
  const uri = vscode.Uri.joinPath(vscode.Uri.file(root.path), ".agentlibos", "identity.json");
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}
