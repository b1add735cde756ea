// The folders of the editor that runs this extension, as it names them itself.
import * as vscode from "vscode";

/** Absolute paths; one that the editor keeps nowhere on this disk is missing. */
export interface EditorFolders {
  /** The editor's own program. */
  readonly program: string;
  /** The installed extension; undefined while it is developed, when its folder is a repository that agents work on. */
  readonly extension: string | undefined;
  /** Where the editor keeps things for this extension. */
  readonly storage: readonly string[];
}

/** Reads the folders from what the extension was activated with. */
export function foldersOf(context: vscode.ExtensionContext): EditorFolders {
  const { extensionUri, extensionMode, globalStorageUri, storageUri, logUri } = context;
  const installed = extensionMode === vscode.ExtensionMode.Production;
  const stored = [globalStorageUri, logUri, ...(storageUri === undefined ? [] : [storageUri])];
  return {
    program: vscode.env.appRoot,
    extension: installed ? extensionUri.fsPath : undefined,
    storage: stored.filter((uri) => uri.scheme === "file").map((uri) => uri.fsPath),
  };
}
