// Commands of the editor that the extension runs, as far as they can be done at the desk.
import type * as vscode from "vscode";
import type { Uri } from "../vscode/uri.ts";
import { fail } from "./clock.ts";
import type { DeskWindow } from "./window.ts";

/** One of them; its arguments are what the command takes. */
export type BuiltIn = (window: DeskWindow, ...args: never[]) => unknown;

/** By their ids; `focus` stands for the focus command of each view. */
export const BUILT_IN: Readonly<Record<string, BuiltIn>> = {
  focus: (window) => window.show("agentlibos"),
  "vscode.open": async (window, uri: vscode.Uri) => {
    await window.tabs.openText(await window.texts.openDocument(uri), true);
    window.focusOn("editor");
  },
  "vscode.diff": async (window, left: Uri, right: Uri, title: string, options?: { preview?: boolean }) => {
    await window.tabs.openDiff(left, right, title, options?.preview !== false);
    window.focusOn("editor");
  },
  "vscode.changes": async (window, title: string, files: [Uri, Uri?, Uri?][]) => {
    await window.tabs.openChanges(
      title,
      files.map(([file, left, right]) => [file, left, right]),
    );
    window.focusOn("editor");
  },
  "vscode.openFolder": (window, uri: Uri) => void window.editor.another(uri.fsPath).catch(fail),
  revealInExplorer: (window) => window.show("explorer"),
  "workbench.action.openSettings": () => undefined,
  "workbench.action.openWalkthrough": () => undefined,
  "workbench.action.files.openFolder": () => undefined,
  "workbench.trust.manage": () => undefined,
};
