// The Problems panel as a backend: the problems of a file or folder, once language support had time to find
// them.
import * as vscode from "vscode";
import { fault } from "../../abi/errors.ts";
import { fsResource } from "../../abi/resource.ts";
import { isLiveGrant } from "../../kernel/witness.ts";
import type { DiagnosticsBackend, FileProblem } from "../../primitives/fs/diagnostics.ts";

/** The quiet time after which the panel counts as settled, and the longest wait; in milliseconds. */
const QUIET = 600;
const MOST = 5000;

const SEVERITIES = ["error", "warning", "information", "hint"] as const;

/** The problems of this window. */
export const editorDiagnostics: DiagnosticsBackend = {
  async problems(place, kind, grant, signal) {
    if (!isLiveGrant(grant) || !grant.permits("read", fsResource(place.folder, place.segments)))
      return fault("EACCES", "This call was not authorised to look at problems.");
    const root = vscode.workspace.workspaceFolders?.find((f) => f.name === place.folder);
    if (root === undefined)
      return fault("EUNAVAILABLE", "Its folder is not open here.", "Read the file instead.");
    const uri = vscode.Uri.joinPath(root.uri, ...place.segments);
    // Language support checks open documents; opening one shows nothing.
    if (kind === "file") await Promise.resolve(vscode.workspace.openTextDocument(uri)).catch(() => undefined);
    await settled(signal);
    if (signal.aborted) return fault("EINTR", "Interrupted.");
    return vscode.languages
      .getDiagnostics()
      .filter(([of]) => of.scheme === "file" && within(of, uri))
      .flatMap(([of, all]) => all.map((one) => problem(of, one)))
      .filter((one) => one !== undefined);
  },
};

function within(uri: vscode.Uri, base: vscode.Uri): boolean {
  return uri.path === base.path || uri.path.startsWith(`${base.path.replace(/\/$/u, "")}/`);
}

function problem(uri: vscode.Uri, one: vscode.Diagnostic): FileProblem | undefined {
  const folder = vscode.workspace.getWorkspaceFolder(uri);
  if (folder === undefined) return undefined;
  const segments = uri.path.slice(folder.uri.path.length).split("/");
  return {
    resource: fsResource(
      folder.name,
      segments.filter((s) => s !== ""),
    ),
    line: one.range.start.line + 1,
    column: one.range.start.character + 1,
    severity: SEVERITIES[one.severity] ?? "information",
    message: one.message,
    ...(one.source === undefined ? {} : { source: one.source }),
  };
}

/** Resolves when the panel has been quiet for a while, after the longest wait, or at an abort. */
function settled(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(quiet);
      clearTimeout(most);
      changes.dispose();
      signal.removeEventListener("abort", end);
      resolve();
    };
    let quiet = setTimeout(end, QUIET);
    const most = setTimeout(end, MOST);
    const changes = vscode.languages.onDidChangeDiagnostics(() => {
      clearTimeout(quiet);
      quiet = setTimeout(end, QUIET);
    });
    signal.addEventListener("abort", end);
  });
}
