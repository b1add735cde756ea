// Drafts: writable documents of the scheme `agentlibos-draft:`, kept with the workspace, and what Send does with each.
import * as vscode from "vscode";

export const DRAFT_SCHEME = "agentlibos-draft";
const KEPT = "agentlibos.drafts";

/** Where a draft goes. It is fixed by the gesture that opened it; neither its text nor its address can change it. */
export type Target =
  | { readonly kind: "goal" }
  | { readonly kind: "message" | "interrupt"; readonly pid: number; readonly started: string }
  | { readonly kind: "answer" | "note"; readonly id: string; readonly digest: string };

interface Draft {
  readonly target: Target;
  text: string;
  time: number;
}

/** What one kind of draft is for. */
export interface Sender {
  /** What Send will do, in a sentence; it stands above the text and is not sent. */
  hint(target: Target): string;
  /** Sends the text; false when nothing was sent, and then the draft stays. */
  send(target: Target, text: string): Promise<boolean>;
}

/** A line to type, with the way to go on in a document. */
export interface Line {
  readonly title: string;
  readonly prompt?: string;
  readonly placeholder?: string;
  readonly value?: string;
  /** What the document is called, without an ending. */
  readonly name: string;
  readonly typed?: (text: string) => void;
}

export class Drafts implements vscode.FileSystemProvider, vscode.Disposable {
  readonly #memory: vscode.Memento;
  readonly #drafts: Map<string, Draft>;
  readonly #senders = new Map<Target["kind"], Sender>();
  readonly #changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly onDidChangeFile = this.#changed.event;
  readonly #listening: vscode.Disposable[];
  #sending = false;

  constructor(memory: vscode.Memento) {
    this.#memory = memory;
    this.#drafts = new Map(Object.entries(memory.get<Record<string, Draft>>(KEPT, {})));
    this.#listening = [
      vscode.workspace.registerFileSystemProvider(DRAFT_SCHEME, this),
      vscode.window.onDidChangeActiveTextEditor(() => this.#context()),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        if (bodyOf(this.#drafts.get(uri.path)?.text ?? "-") === "") this.#drop(uri);
      }),
      this.#changed,
    ];
    this.#context();
  }

  add(kind: Target["kind"], sender: Sender): void {
    this.#senders.set(kind, sender);
  }

  /**
   * Asks for one line. Undefined when nothing was typed or the text went on as a document; a document that is kept for
   * the same target is opened at once, so that nothing written there is forgotten.
   */
  async line(line: Line, target: Target): Promise<string | undefined> {
    const kept = this.#drafts.get(addressOf(line.name, target).path);
    if (kept !== undefined && same(kept.target, target) && bodyOf(kept.text) !== "") {
      await this.open(line.name, target);
      return undefined;
    }
    const input = vscode.window.createInputBox();
    const { title, prompt, placeholder, value = "" } = line;
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
   * Opens the document of a target, with the text that was there before, if any, and the cursor at its end. A text that
   * is brought never takes the place of another.
   */
  async open(name: string, target: Target, text = "", nth = 1): Promise<void> {
    const uri = addressOf(nth === 1 ? name : `${name} ${nth}`, target);
    const kept = this.#drafts.get(uri.path);
    if (text !== "" && bodyOf(kept?.text ?? "") !== "") return this.open(name, target, text, nth + 1);
    if (kept === undefined || !same(kept.target, target) || text !== "") {
      const hint = (this.#senders.get(target.kind)?.hint(target) ?? "").replace(/-{2,}/gu, "–");
      const said = vscode.l10n.t("This comment is not sent.");
      this.#keep(uri, { target, text: `<!-- ${hint} ${said} -->\n\n${text}`, time: Date.now() });
      this.#changed.fire([{ type: vscode.FileChangeType.Changed, uri }]);
    }
    const editor = await vscode.window.showTextDocument(uri, { preview: false });
    const end = editor.document.lineAt(editor.document.lineCount - 1).range.end;
    editor.selection = new vscode.Selection(end, end);
  }

  /** Sends the draft that has the focus; whatever the command was called with means nothing. */
  async send(): Promise<void> {
    const document = vscode.window.activeTextEditor?.document;
    const draft = document?.uri.scheme === DRAFT_SCHEME ? this.#drafts.get(document.uri.path) : undefined;
    if (document === undefined || draft === undefined || this.#sending) return;
    const text = bodyOf(document.getText());
    if (text === "")
      return void vscode.window.showInformationMessage(vscode.l10n.t("Nothing is written yet."));
    this.#sending = true;
    try {
      if ((await this.#senders.get(draft.target.kind)?.send(draft.target, text)) !== true) return;
      await document.save();
      const { uri } = document;
      const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
      const shown = tabs.filter(
        (tab) => tab.input instanceof vscode.TabInputText && isAt(tab.input.uri, uri),
      );
      await vscode.window.tabGroups.close(shown);
      this.#drop(uri);
    } finally {
      this.#sending = false;
    }
  }

  watch(): vscode.Disposable {
    return new vscode.Disposable(() => undefined);
  }

  stat(uri: vscode.Uri): vscode.FileStat {
    const { text, time } = this.#at(uri);
    return { type: vscode.FileType.File, ctime: 0, mtime: time, size: new TextEncoder().encode(text).length };
  }

  readFile(uri: vscode.Uri): Uint8Array {
    return new TextEncoder().encode(this.#at(uri).text);
  }

  /** Only a document that a gesture has opened can be written: nobody makes a draft by writing to its address. */
  writeFile(uri: vscode.Uri, content: Uint8Array): void {
    const draft = this.#at(uri);
    this.#keep(uri, { ...draft, text: new TextDecoder().decode(content), time: Date.now() });
  }

  delete(uri: vscode.Uri): void {
    this.#at(uri);
    this.#drop(uri);
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

  #at(uri: vscode.Uri): Draft {
    const draft = this.#drafts.get(uri.path);
    if (draft === undefined) throw vscode.FileSystemError.FileNotFound(uri);
    return draft;
  }

  #keep(uri: vscode.Uri, draft: Draft): void {
    this.#drafts.set(uri.path, draft);
    void this.#memory.update(KEPT, Object.fromEntries(this.#drafts));
  }

  #drop(uri: vscode.Uri): void {
    if (this.#drafts.delete(uri.path)) void this.#memory.update(KEPT, Object.fromEntries(this.#drafts));
  }

  #context(): void {
    const active = vscode.window.activeTextEditor?.document.uri.scheme === DRAFT_SCHEME;
    void vscode.commands.executeCommand("setContext", "agentlibos.draftActive", active);
  }
}

/** What is sent of a document: all but the comment that it begins with. */
export function bodyOf(text: string): string {
  return text.replace(/^\s*<!--[^]*?-->/u, "").trim();
}

function isAt(one: vscode.Uri, other: vscode.Uri): boolean {
  return one.toString() === other.toString();
}

function same(one: Target, other: Target): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function addressOf(name: string, target: Target): vscode.Uri {
  const whose = "pid" in target ? `-${target.pid}` : "id" in target ? `-${target.id}` : "";
  const file = name.replace(/[/\\?#]/gu, "∕");
  return vscode.Uri.from({ scheme: DRAFT_SCHEME, path: `/${target.kind}${whose}/${file}.md` });
}
