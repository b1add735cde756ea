// Commands of the editor itself that a person runs from the palette, and what they do at the desk.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Ask } from "../vscode/asks.ts";
import { Uri } from "../vscode/uri.ts";
import { fail } from "./clock.ts";
import type { DeskWindow } from "./window.ts";

type Run = (window: DeskWindow) => unknown;

/** By their titles. */
export const HERE: Readonly<Record<string, Run>> = {
  "Go to File...": goToFile,
  "View: Show Explorer": (window) => window.show("explorer"),
  "View: Close Editor": (window) => window.tabs.activeTab && window.tabs.close(window.tabs.activeTab),
  "View: Close All Editors": (window) => window.tabs.close([...window.tabs.tabs]),
  "View: Toggle Primary Side Bar Visibility": (window) =>
    window.show(window.container === "explorer" ? "agentlibos" : "explorer"),
  "Developer: Reload Window": (window) => window.reload(),
  "File: Save": (window) => window.tabs.activeEditor?.document.save(),
  "Focus on Agents View": (window) => window.execute("agentlibos.agents.focus"),
  "Focus on Approvals View": (window) => window.execute("agentlibos.approvals.focus"),
  "Workspaces: Remove Folder from Workspace...": removeFolder,
};

/** A list of the files of the folders, to open one of them. */
function goToFile(window: DeskWindow): void {
  const ask = new Ask(window.asks, "list");
  const files = window.folders.flatMap(({ uri }) =>
    readdirSync(uri.fsPath, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.includes("/.git"))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  ask.items = files.map((path) => ({ label: path.split("/").at(-1) ?? "", description: path }));
  ask.onDidAccept(() => {
    const path = ask.selectedItems[0]?.description;
    ask.hide();
    if (path === undefined) return;
    const open = async (): Promise<void> => {
      await window.tabs.openText(await window.texts.openDocument(Uri.file(path)), false);
      window.focusOn("editor");
    };
    open().catch(fail);
  });
  ask.show();
}

/** A list of the folders, to leave one out. */
function removeFolder(window: DeskWindow): void {
  const ask = new Ask(window.asks, "list");
  ask.items = window.folders.map(({ name }) => ({ label: name }));
  ask.onDidAccept(() => {
    const gone = ask.selectedItems[0]?.label;
    ask.hide();
    const left = window.folders.filter(({ name }) => name !== gone);
    window.setFolders(left.map(({ uri, name }) => ({ path: uri.fsPath, name })));
  });
  ask.show();
}
