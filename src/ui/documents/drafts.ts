// Drafts: writable documents of the scheme `agentlibos-draft:`, kept with the workspace, and the action of Send for
// each kind.
import * as vscode from "vscode";
import { inform, withoutIcons, withoutLinks } from "../session/messages.ts";

/** The scheme of drafts. */
export const DRAFT_SCHEME = "agentlibos-draft";
/** A file in the workspace's storage folder. The editor writes its own memory to the disk seconds later. */
const FILE = "drafts.json";

/** The target of a draft. The gesture that opened the draft fixes it; neither text nor address can change it. */
export type DraftTarget =
  | { readonly kind: "goal" }
  | { readonly kind: "message" | "interrupt"; readonly pid: number; readonly started: string }
  | { readonly kind: "answer" | "note"; readonly id: string; readonly digest: string };

interface Draft {
  readonly target: DraftTarget;
  readonly text: string;
  readonly time: number;
}

/** The action for one kind of draft. */
export interface DraftSender {
  /** Says in a sentence what Send will do. It is written above the text and is not sent. */
  hint(target: DraftTarget): string;
  /** Sends the text. False when nothing was sent; then the draft stays. */
  send(target: DraftTarget, text: string): Promise<boolean>;
}

/** An input line that can continue as a document. */
export interface InputLine {
  readonly title: string;
  readonly prompt?: string;
  readonly placeholder?: string;
  readonly value?: string;
  /** The name of the document, without a file extension. */
  readonly name: string;
  readonly typed?: (text: string) => void;
}

/** The file system of drafts, and the command Send. */
export class Drafts implements vscode.FileSystemProvider, vscode.Disposable {
  readonly #folder: vscode.Uri | undefined;
  #drafts = new Map<string, Draft>();
  #loaded: Promise<void> | undefined;
  #saved: Promise<void> = Promise.resolve();
  readonly #senders = new Map<DraftTarget["kind"], DraftSender>();
  readonly #changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly onDidChangeFile = this.#changed.event;
  readonly #listening: vscode.Disposable[];
  #sending = false;

  constructor(folder: vscode.Uri | undefined) {
    this.#folder = folder;
    this.#listening = [
      vscode.workspace.registerFileSystemProvider(DRAFT_SCHEME, this),
      vscode.window.onDidChangeActiveTextEditor(() => this.#context()),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        if (draftBody(this.#drafts.get(uri.path)?.text ?? "-") === "") void this.#drop(uri);
      }),
      this.#changed,
    ];
    this.#context();
  }

  add(kind: DraftTarget["kind"], sender: DraftSender): void {
    this.#senders.set(kind, sender);
  }

  /**
   * Asks for one line. Undefined when nothing was typed, or when the text continued as a document. If a draft exists
   * for the same target, it is opened at once, so that its text is not forgotten.
   */
  async askLine(line: InputLine, target: DraftTarget): Promise<string | undefined> {
    const kept = await this.#find(draftUri(line.name, target));
    if (kept !== undefined && sameTarget(kept.target, target) && draftBody(kept.text) !== "") {
      await this.open(line.name, target);
      return undefined;
    }
    const input = vscode.window.createInputBox();
    const { title, placeholder, value = "" } = line;
    const prompt = line.prompt === undefined ? undefined : withoutIcons(withoutLinks(line.prompt));
    Object.assign(input, { title, prompt, placeholder, value, ignoreFocusOut: true });
    const tooltip = vscode.l10n.t("Open in Editor");
    input.buttons = [{ iconPath: new vscode.ThemeIcon("go-to-file"), tooltip }];
    return new Promise((resolve) => {
      const done = (text: string | undefined): void => {
        resolve(text);
        input.dispose();
      };
      input.onDidChangeValue((text) => line.typed?.(text));
      input.onDidAccept(() => {
        if (input.value.trim() !== "") done(input.value.trim());
      });
      input.onDidTriggerButton(() => {
        void this.open(line.name, target, input.value);
        done(undefined);
      });
      input.onDidHide(() => done(undefined));
      input.show();
    });
  }

  /**
   * Opens the document of a target, with its kept text and the cursor at the end. A given text never replaces another
   * one.
   */
  async open(name: string, target: DraftTarget, text = "", nth = 1): Promise<void> {
    const uri = draftUri(nth === 1 ? name : `${name} ${nth}`, target);
    const kept = await this.#find(uri);
    if (text !== "" && draftBody(kept?.text ?? "") !== "") return this.open(name, target, text, nth + 1);
    if (kept === undefined || !sameTarget(kept.target, target) || text !== "") {
      const hint = (this.#senders.get(target.kind)?.hint(target) ?? "").replace(/-{2,}/gu, "–");
      const said = vscode.l10n.t("This comment is not sent.");
      await this.#keep(uri, { target, text: `<!-- ${hint} ${said} -->\n\n${text}`, time: Date.now() });
      this.#changed.fire([{ type: vscode.FileChangeType.Changed, uri }]);
    }
    const document = await vscode.workspace.openTextDocument(uri);
    const end = document.lineAt(document.lineCount - 1).range.end;
    await vscode.window.showTextDocument(document, {
      preview: false,
      selection: new vscode.Range(end, end),
    });
  }

  /** Sends the focused draft. The arguments of the command are ignored. */
  async send(): Promise<void> {
    const document = vscode.window.activeTextEditor?.document;
    const draft = document?.uri.scheme === DRAFT_SCHEME ? await this.#find(document.uri) : undefined;
    if (document === undefined || draft === undefined || this.#sending) return;
    const text = draftBody(document.getText());
    if (text === "") return void inform(vscode.l10n.t("Nothing is written yet."));
    this.#sending = true;
    try {
      if ((await this.#senders.get(draft.target.kind)?.send(draft.target, text)) !== true) return;
      await document.save();
      const { uri } = document;
      const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
      const shown = tabs.filter(
        (tab) => tab.input instanceof vscode.TabInputText && sameUri(tab.input.uri, uri),
      );
      await vscode.window.tabGroups.close(shown);
      await this.#drop(uri);
    } finally {
      this.#sending = false;
    }
  }

  watch(): vscode.Disposable {
    return new vscode.Disposable(() => undefined);
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const { text, time } = await this.#at(uri);
    return { type: vscode.FileType.File, ctime: 0, mtime: time, size: new TextEncoder().encode(text).length };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return new TextEncoder().encode((await this.#at(uri)).text);
  }

  /** Only a document that a gesture opened can be written. Nobody can make a draft by writing to its address. */
  async writeFile(uri: vscode.Uri, content: Uint8Array): Promise<void> {
    const { target } = await this.#at(uri);
    await this.#keep(uri, { target, text: new TextDecoder().decode(content), time: Date.now() });
  }

  async delete(uri: vscode.Uri): Promise<void> {
    await this.#at(uri);
    await this.#drop(uri);
  }

  readDirectory(): [string, vscode.FileType][] {
    return [];
  }

  createDirectory(uri: vscode.Uri): void {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  rename(uri: vscode.Uri): void {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  dispose(): void {
    for (const each of this.#listening.splice(0)) each.dispose();
  }

  async #at(uri: vscode.Uri): Promise<Draft> {
    const draft = await this.#find(uri);
    if (draft === undefined) throw vscode.FileSystemError.FileNotFound(uri);
    return draft;
  }

  async #find(uri: vscode.Uri): Promise<Draft | undefined> {
    await (this.#loaded ??= this.#load());
    return this.#drafts.get(uri.path);
  }

  async #load(): Promise<void> {
    if (this.#folder === undefined) return;
    try {
      const bytes = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(this.#folder, FILE));
      const kept = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, Draft>;
      this.#drafts = new Map(Object.entries(kept));
    } catch {
      // There are no drafts yet, or the file cannot be read. Start without drafts.
    }
  }

  #keep(uri: vscode.Uri, draft: Draft): Promise<void> {
    this.#drafts.set(uri.path, draft);
    return this.#save();
  }

  async #drop(uri: vscode.Uri): Promise<void> {
    if (this.#drafts.delete(uri.path)) await this.#save();
  }

  /** Writes one after another. A draft that cannot be saved can still be sent. */
  #save(): Promise<void> {
    const folder = this.#folder;
    if (folder === undefined) return Promise.resolve();
    const text = JSON.stringify(Object.fromEntries(this.#drafts));
    this.#saved = this.#saved
      .then(async () => {
        await vscode.workspace.fs.createDirectory(folder);
        await vscode.workspace.fs.writeFile(
          vscode.Uri.joinPath(folder, FILE),
          new TextEncoder().encode(text),
        );
      })
      .catch(() => undefined);
    return this.#saved;
  }

  #context(): void {
    const active = vscode.window.activeTextEditor?.document.uri.scheme === DRAFT_SCHEME;
    void vscode.commands.executeCommand("setContext", "agentlibos.draftActive", active);
  }
}

/** The part of a document that is sent: everything after its first comment. */
export function draftBody(text: string): string {
  return text.replace(/^\s*<!--[^]*?-->/u, "").trim();
}

function sameUri(one: vscode.Uri, other: vscode.Uri): boolean {
  return one.toString() === other.toString();
}

function sameTarget(one: DraftTarget, other: DraftTarget): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function draftUri(name: string, target: DraftTarget): vscode.Uri {
  const whose = "pid" in target ? `-${target.pid}` : "id" in target ? `-${target.id}` : "";
  const file = name.replace(/[/\\?#]/gu, "∕");
  return vscode.Uri.from({ scheme: DRAFT_SCHEME, path: `/${target.kind}${whose}/${file}.md` });
}
