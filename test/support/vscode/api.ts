// `vscode` for one extension host of a window: what the extension uses of it, and an error with the name of all else.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type * as vscode from "vscode";
import { Ask } from "./asks.ts";
import { missing, strict } from "./modules.ts";
import { Tree } from "./trees.ts";
import { Uri } from "./uri.ts";
import * as values from "./values.ts";
import type { Host } from "../desk/host.ts";
import type { DeskWindow } from "../desk/window.ts";

const { Disposable } = values;
/** Members of an interface of the editor, by its names only: one that it has not is a mistake of ours. */
type Only<T> = { readonly [K in keyof T]?: unknown };

/** An event that never happens here. */
const never: vscode.Event<never> = () => new Disposable(() => undefined);

/** The interface for a host. */
export function apiOf(window: DeskWindow, host: Host): object {
  const { editor, texts, tabs, asks, notes } = window;
  /** Keeps what an extension adds until it or its host goes away. */
  const adds = <T>(all: Set<T>, one: T): vscode.Disposable => {
    all.add(one);
    return new Disposable(() => all.delete(one));
  };
  const message =
    (severity: "info" | "warning" | "error") =>
    (text: string, ...rest: unknown[]): Promise<unknown> =>
      host.dead ? new Promise(() => undefined) : notes.show(severity, text, ...rest);
  const show = async (
    what: vscode.TextDocument | vscode.Uri,
    { preview = true, preserveFocus = false, selection }: vscode.TextDocumentShowOptions = {},
  ): Promise<unknown> => {
    const uri = "uri" in what ? what.uri : what;
    const shown = await tabs.openText(await texts.openDocument(uri), preview);
    if (selection !== undefined)
      shown.select(
        new values.Selection(
          selection.start.line,
          selection.start.character,
          selection.end.line,
          selection.end.character,
        ),
      );
    if (!preserveFocus) window.focusOn("editor");
    return shown;
  };

  return strict("vscode", {
    ...values,
    Uri,
    missing,
    version: "1.110.0",
    window: strict("vscode.window", {
      createTreeView: (id: string, options: vscode.TreeViewOptions<unknown>) => {
        const closed = editor.manifest.isClosed(id);
        const tree = new Tree(id, options, () => window.container === "agentlibos", closed);
        window.trees.set(id, tree);
        const { visibility, selected, checks, expanded, collapsed } = tree;
        return strict(
          "vscode.TreeView",
          Object.assign(tree, {
            onDidChangeVisibility: visibility.event,
            onDidChangeSelection: selected.event,
            onDidChangeCheckboxState: checks.event,
            onDidExpandElement: expanded.event,
            onDidCollapseElement: collapsed.event,
          }),
        );
      },
      showQuickPick: asks.pick.bind(asks),
      showInputBox: asks.line.bind(asks),
      createQuickPick: () => strict("vscode.QuickPick", new Ask(asks, "list")),
      createInputBox: () => strict("vscode.InputBox", new Ask(asks, "line")),
      showSaveDialog: (options: vscode.SaveDialogOptions) => window.askForFile(options),
      showInformationMessage: message("info"),
      showWarningMessage: message("warning"),
      showErrorMessage: message("error"),
      withProgress: notes.progress.bind(notes),
      setStatusBarMessage: notes.message.bind(notes),
      createStatusBarItem: (id: string) => notes.item(id),
      createOutputChannel: () => strict("vscode.LogOutputChannel", window.log),
      registerUriHandler: (handler: vscode.UriHandler) => adds(host.links, handler),
      showTextDocument: show,
      get activeTextEditor() {
        return tabs.activeEditor;
      },
      get visibleTextEditors() {
        return tabs.activeEditor === undefined ? [] : [tabs.activeEditor];
      },
      get state() {
        return { focused: window.focused, active: window.focused };
      },
      onDidChangeActiveTextEditor: tabs.activeChanged.event,
      onDidChangeTextEditorSelection: tabs.selected.event,
      onDidChangeWindowState: window.focusChanged.event,
      tabGroups: strict("vscode.window.tabGroups", {
        all: [tabs],
        activeTabGroup: tabs,
        close: tabs.close.bind(tabs),
        onDidChangeTabs: tabs.changed.event,
        onDidChangeTabGroups: tabs.groupsChanged.event,
      } satisfies Only<typeof vscode.window.tabGroups>),
    } satisfies Only<typeof vscode.window>),
    workspace: strict("vscode.workspace", {
      get workspaceFolders() {
        return window.folders.length === 0 ? undefined : window.folders;
      },
      get isTrusted() {
        return window.trusted;
      },
      get textDocuments() {
        return [...texts.open.values()];
      },
      fs: strict("vscode.workspace.fs", texts.fs),
      openTextDocument: (what: vscode.Uri) => texts.openDocument(what),
      asRelativePath: (what: vscode.Uri) => relativePath(window, what),
      getWorkspaceFolder: (uri: vscode.Uri) =>
        window.folders.find((folder) => `${uri.path}/`.startsWith(`${folder.uri.path}/`)),
      getConfiguration: (section: string) => editor.settings.section(section),
      registerTextDocumentContentProvider: texts.provide.bind(texts),
      registerFileSystemProvider: texts.mount.bind(texts),
      onDidChangeConfiguration: editor.settings.changed.event,
      onDidChangeWorkspaceFolders: window.foldersChanged.event,
      onDidGrantWorkspaceTrust: window.trustGranted.event,
      onDidOpenTextDocument: texts.opened.event,
      onDidCloseTextDocument: texts.closed.event,
      onDidSaveTextDocument: texts.saved.event,
      onDidChangeTextDocument: (listener: (event: object) => unknown) =>
        texts.changed.event((document) => listener({ document, contentChanges: [] })),
    } satisfies Only<typeof vscode.workspace>),
    commands: strict("vscode.commands", {
      registerCommand: (id: string, run: (...args: unknown[]) => unknown) => {
        if (host.commands.has(id)) throw new Error(`command '${id}' already exists`);
        host.commands.set(id, run);
        return new Disposable(() => host.commands.delete(id));
      },
      executeCommand: (id: string, ...args: unknown[]) => window.execute(id, ...args),
    } satisfies Only<typeof vscode.commands>),
    languages: strict("vscode.languages", {
      registerCodeLensProvider: (_selector: unknown, provider: vscode.CodeLensProvider) =>
        adds(host.lenses, provider),
      registerDocumentLinkProvider: (_selector: unknown, provider: vscode.DocumentLinkProvider) =>
        adds(host.textLinks, provider),
      setTextDocumentLanguage: async (document: vscode.TextDocument, language: string) => {
        const held = await texts.openDocument(document.uri);
        return texts.setLanguage(held, language);
      },
      getDiagnostics: () => window.problems,
      onDidChangeDiagnostics: window.problemsChanged.event,
    } satisfies Only<typeof vscode.languages>),
    l10n: strict("vscode.l10n", {
      t: (what: string | { message: string; args?: unknown }, ...args: unknown[]) => {
        const text = typeof what === "string" ? what : what.message;
        const given = typeof what === "string" ? args : [what.args ?? []].flat();
        const [first] = given;
        const by = typeof first === "object" && first !== null ? (first as Record<string, unknown>) : given;
        return editor.manifest
          .translated(text)
          .replace(/\{([^}]+)\}/gu, (whole, key: string) =>
            written((by as Record<string, unknown>)[key], whole),
          );
      },
    } satisfies Only<typeof vscode.l10n>),
    env: strict("vscode.env", {
      appName: "Visual Studio Code",
      appRoot: join(editor.folder, "editor/resources/app"),
      get language() {
        return editor.manifest.language;
      },
      clipboard: {
        writeText: async (text: string) => void (editor.clipboard = text),
        readText: async () => editor.clipboard,
      },
    } satisfies Only<typeof vscode.env>),
    lm: strict("vscode.lm", {
      selectChatModels: async ({ id, family }: vscode.LanguageModelChatSelector = {}) =>
        editor.models.filter(
          (model) =>
            (id === undefined || model.id === id) && (family === undefined || model.family === family),
        ),
      onDidChangeChatModels: never,
      registerTool: (name: string, tool: vscode.LanguageModelTool<unknown>) => {
        host.tools.set(name, tool);
        return new Disposable(() => host.tools.delete(name));
      },
    } satisfies Only<typeof vscode.lm>),
    chat: strict("vscode.chat", {
      createChatParticipant: (id: string, handler: vscode.ChatRequestHandler) => {
        host.participants.set(id, handler);
        return { id, iconPath: undefined, dispose: () => void host.participants.delete(id) };
      },
    } satisfies Only<typeof vscode.chat>),
  });
}

/** What the extension gets when it is activated. */
export function contextOf(window: DeskWindow): object {
  const { editor } = window;
  const root = join(import.meta.dirname, "../../..");
  return strict("vscode.ExtensionContext", {
    subscriptions: [],
    extensionUri: Uri.file(root),
    extensionPath: root,
    extensionMode: values.ExtensionMode.Development,
    extension: { id: "agentlibos.agentlibos", packageJSON: editor.manifest.json },
    globalStorageUri: Uri.file(join(editor.data, "User/globalStorage/agentlibos.agentlibos")),
    logUri: Uri.file(join(editor.data, "logs/agentlibos.agentlibos")),
    storageUri: window.storage === undefined ? undefined : Uri.file(window.storage),
    workspaceState: memento(join(window.storage ?? editor.folder, "state.json")),
    globalState: memento(join(editor.data, "User/globalStorage/state.json")),
    secrets: strict("vscode.SecretStorage", {
      get: async (key: string) => editor.secrets.get(key),
      store: async (key: string, value: string) => void editor.secrets.set(key, value),
      delete: async (key: string) => void editor.secrets.delete(key),
      onDidChange: never,
    } satisfies Only<vscode.SecretStorage>),
    languageModelAccessInformation: strict("vscode.LanguageModelAccessInformation", {
      canSendRequest: ({ id }: vscode.LanguageModelChat) => editor.allowedModels.has(id) || undefined,
      onDidChange: never,
    }),
  } satisfies Only<vscode.ExtensionContext>);
}

/** What the editor keeps for the extension, by name. */
function memento(file: string): object {
  const read = (): Record<string, unknown> =>
    existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>) : {};
  return strict("vscode.Memento", {
    keys: () => Object.keys(read()),
    get: (key: string, otherwise?: unknown) => read()[key] ?? otherwise,
    update: async (key: string, value: unknown) => {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, JSON.stringify({ ...read(), [key]: value }));
    },
    setKeysForSync: () => undefined,
  } satisfies Only<vscode.ExtensionContext["globalState"]>);
}

function relativePath({ folders }: DeskWindow, { fsPath }: vscode.Uri): string {
  const folder = folders.find((each) => fsPath.startsWith(`${each.uri.fsPath}/`));
  if (folder === undefined) return fsPath;
  const path = relative(folder.uri.fsPath, fsPath);
  return folders.length > 1 ? `${folder.name}/${path}` : path;
}

function written(value: unknown, otherwise: string): string {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : otherwise;
}
