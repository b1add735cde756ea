// The folders of the editor that runs this extension, as it names them itself, and its settings for files.
import * as vscode from "vscode";
import type { Conventions } from "../../primitives/fs/text/form.ts";

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

/** The settings by which the editor itself reads and writes the text of a file. */
export function editorTexts(file: string): Pick<Conventions, "encoding" | "guess"> {
  const files = vscode.workspace.getConfiguration("files", vscode.Uri.file(file));
  const [encoding, guess] = [files.get<unknown>("encoding"), files.get<unknown>("autoGuessEncoding")];
  return {
    ...(typeof encoding === "string" ? { encoding } : {}),
    ...(typeof guess === "boolean" ? { guess } : {}),
  };
}
