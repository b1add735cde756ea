// A window at the desk: its views, tabs and questions, and the extension host in it that comes and goes.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type * as vscode from "vscode";
import { apiOf, contextOf } from "../vscode/api.ts";
import { Asks } from "../vscode/asks.ts";
import { freeLocksOf, load } from "../vscode/modules.ts";
import { Notes } from "../vscode/notes.ts";
import { Tabs } from "../vscode/tabs.ts";
import { Texts } from "../vscode/texts.ts";
import type { Tree } from "../vscode/trees.ts";
import { Uri } from "../vscode/uri.ts";
import { EventEmitter, TabInputText, TabInputTextDiff } from "../vscode/values.ts";
import { holds } from "../vscode/when.ts";
import { BUILT_IN, type BuiltIn } from "./built-in.ts";
import { dropTimersOf, fail, idle, owners } from "./clock.ts";
import type { DeskEditor } from "./editor.ts";
import { Host } from "./host.ts";
import { cutOff } from "./network.ts";

let hosts = 0;

/** One window. What can be done in it stands in gestures.ts. */
export class DeskWindow {
  readonly editor: DeskEditor;
  readonly texts = new Texts();
  readonly tabs = new Tabs(this.texts);
  readonly asks = new Asks();
  readonly notes = new Notes();
  readonly trees = new Map<string, Tree>();
  readonly context = new Map<string, unknown>();
  /** Commands of the editor itself that were run, with what they were given. */
  readonly ran: { readonly command: string; readonly args: readonly unknown[] }[] = [];
  /** What the Problems panel lists. */
  problems: [Uri, vscode.Diagnostic[]][] = [];
  readonly problemsChanged = new EventEmitter<{ uris: readonly Uri[] }>();
  readonly foldersChanged = new EventEmitter<object>();
  readonly trustGranted = new EventEmitter<void>();
  readonly focusChanged = new EventEmitter<vscode.WindowState>();
  /** What the log of the extension says. */
  readonly logged: string[] = [];
  folders: { readonly uri: Uri; readonly name: string; readonly index: number }[];
  trusted: boolean;
  focused = true;
  container: "agentlibos" | "explorer" = "agentlibos";
  focus: "editor" | "sideBar" | "panel" = "sideBar";
  host = new Host("none");
  /** The folder that the editor keeps for this workspace. */
  readonly storage: string | undefined;

  constructor(editor: DeskEditor, open: string | null) {
    this.editor = editor;
    this.trusted = editor.options.trust !== false || editor.trustedPlaces.has(open ?? "");
    this.folders = foldersOf(open);
    const hash = createHash("sha256")
      .update(open ?? "")
      .digest("hex")
      .slice(0, 32);
    const all = join(editor.data, "User/workspaceStorage");
    this.storage = open === null ? undefined : join(all, hash, "agentlibos.agentlibos");
    const always = editor.settings.user("security.workspace.trust.startupPrompt") === "always";
    if (!this.trusted && always && open !== null)
      void this.notes
        .show(
          "info",
          "Do you trust the authors of the files in this folder?",
          { modal: true },
          "Yes, I trust",
          "No",
        )
        .then((chosen) => (chosen === "Yes, I trust" ? this.trust() : undefined));
  }

  get log(): object {
    const say = (text: unknown): void => void this.logged.push(String(text));
    const levels = { trace: say, debug: say, info: say, warn: say, error: say };
    return { ...levels, show: () => this.run("log.show"), dispose: () => undefined };
  }

  /** What a condition asks for. */
  readonly look = (key: string): unknown => {
    const { resource, activeTab, activeEditor } = this.tabs;
    switch (key) {
      case "isWorkspaceTrusted":
        return this.trusted;
      case "workspaceFolderCount":
        return this.folders.length;
      case "virtualWorkspace":
        return this.folders.some(({ uri }) => uri.scheme !== "file")
          ? this.folders[0]?.uri.scheme
          : undefined;
      case "resourceScheme":
        return resource?.scheme;
      case "resourcePath":
        return resource?.path;
      case "activeEditor":
        if (activeTab === undefined) return undefined;
        if (activeTab.input instanceof TabInputText) return "workbench.editors.files.textFileEditor";
        return activeTab.input instanceof TabInputTextDiff
          ? "workbench.editors.textDiffEditor"
          : "multiDiffEditor";
      case "editorHasSelection":
        return activeEditor !== undefined && !activeEditor.selection.isEmpty;
      case "editorTextFocus":
        return this.focus === "editor" && activeEditor !== undefined && this.asks.open === undefined;
      case "sideBarFocus":
        return this.focus === "sideBar" && this.asks.open === undefined;
      case "panelFocus":
        return this.focus === "panel";
      case "inQuickOpen":
        return this.asks.open !== undefined;
      default:
        return this.context.get(key);
    }
  };

  /** Whether a condition holds here; `more` are keys of the place where it is asked. */
  holds(when: string | undefined, more: Readonly<Record<string, unknown>> = {}): boolean {
    return holds(when, (key) => (key in more ? more[key] : this.look(key)));
  }

  focusOn(part: "editor" | "sideBar"): void {
    this.focus = part;
    this.asks.leave();
  }

  /** Shows the views of the extension, or hides them behind something else. */
  show(container: "agentlibos" | "explorer"): void {
    this.focus = "sideBar";
    if (this.container === container) return;
    this.container = container;
    for (const tree of this.trees.values()) tree.visibility.fire({ visible: container === "agentlibos" });
  }

  trust(): void {
    if (this.trusted) return;
    this.trusted = true;
    this.trustGranted.fire();
  }

  /** Other folders than before. */
  setFolders(folders: readonly { path: string; name: string }[]): void {
    this.folders = folders.map(({ path, name }, index) => ({ uri: Uri.file(path), name, index }));
    this.foldersChanged.fire({ added: [], removed: [] });
  }

  /** Runs a command of the extension or of the editor. */
  async execute(command: string, ...args: unknown[]): Promise<unknown> {
    const own = this.host.commands.get(command);
    if (own !== undefined) return owners.run(this.host, () => own(...args));
    if (command === "setContext") return void this.context.set(String(args[0]), args[1]);
    this.trees.get(command.replace(/\.focus$/u, ""))?.unfold();
    const run = BUILT_IN[command] ?? (command.endsWith(".focus") ? BUILT_IN["focus"] : undefined);
    if (run === undefined) throw new Error(`command '${command}' not found`);
    return this.run(command, run, args);
  }

  /** Notes that the editor was asked for something, and does it as far as it can be done here. */
  run(command: string, act?: BuiltIn, args: readonly unknown[] = []): unknown {
    this.ran.push({ command, args });
    return act?.(this, ...(args as never[]));
  }

  /** A person runs it: whatever comes of it, they go on. */
  start(command: string, ...args: unknown[]): void {
    this.execute(command, ...args).catch(fail);
  }

  /** `window.showSaveDialog`, which in the browser is a line at the top. */
  askForFile({ title, defaultUri }: vscode.SaveDialogOptions): Promise<Uri | undefined> {
    return this.asks
      .line({
        ...(title === undefined ? {} : { title }),
        value: defaultUri?.fsPath ?? "",
        ignoreFocusOut: true,
      })
      .then((path) => (path === undefined ? undefined : Uri.file(path)));
  }

  /** Starts an extension host; the modules of the extension are loaded anew for it. */
  async begin(): Promise<void> {
    const host = new Host(String(++hosts));
    this.host = host;
    const extension = await load(host.id, apiOf(this, host));
    host.extension = extension;
    owners.run(host, () => extension.activate(contextOf(this)));
    await idle();
  }

  /** The extension host goes away in good order. */
  async end(): Promise<void> {
    const { host } = this;
    await owners.run(host, () => host.extension?.deactivate());
    await idle();
    this.#forget();
  }

  /** Developer: Reload Window: the tabs stay, and everything else begins anew. */
  async reload(): Promise<void> {
    await this.end();
    await this.begin();
  }

  /**
   * The extension host is gone at once, as far as one process can do that: nothing of it is closed, its timers never
   * fire, nothing reaches it, its connections are cut, and its lock is free. The editor starts another one, with the
   * same tabs.
   */
  async lose(): Promise<void> {
    await idle();
    this.kill();
    await this.begin();
  }

  kill(): void {
    const { host } = this;
    host.dead = true;
    dropTimersOf(host);
    freeLocksOf(host);
    cutOff(host);
    this.#forget();
  }

  async close(): Promise<void> {
    this.editor.windows.splice(this.editor.windows.indexOf(this), 1);
    if (!this.host.dead) await this.end();
  }

  #forget(): void {
    this.host.dead = true;
    dropTimersOf(this.host);
    this.host.commands.clear();
    this.texts.forgetProviders();
    for (const tree of this.trees.values()) tree.dispose();
    this.trees.clear();
    this.context.clear();
    this.asks.forget();
    this.notes.forget();
  }
}

function foldersOf(open: string | null): DeskWindow["folders"] {
  if (open === null) return [];
  const entries = open.endsWith(".code-workspace")
    ? (JSON.parse(readFileSync(open, "utf8")) as { folders: { path: string; name?: string }[] }).folders
    : [{ path: open }];
  return entries.map(({ path, ...rest }, index) => {
    const full = resolve(dirname(open), path);
    return { uri: Uri.file(full), name: "name" in rest && rest.name ? rest.name : basename(full), index };
  });
}
