// The editors of a window: tabs in one group, the one in front, and what is marked in its text.
import type { Doc, Texts } from "./texts.ts";
import { Uri } from "./uri.ts";
import { EventEmitter, Selection, TabInputText, TabInputTextDiff, type Range } from "./values.ts";

/** Several files shown beneath one another; extensions are told no kind of input for it. */
export interface Changes {
  readonly uri: Uri;
  readonly files: readonly (readonly [Uri, Uri | undefined, Uri | undefined])[];
}

/** One tab. */
export interface Tab {
  readonly label: string;
  readonly input: TabInputText | TabInputTextDiff | undefined;
  readonly changes?: Changes;
  readonly isActive: boolean;
  readonly isDirty: boolean;
  readonly isPinned: boolean;
  isPreview: boolean;
  readonly group: Tabs;
}

/** A text in an editor. */
export class Editor {
  readonly document: Doc;
  readonly #tabs: Tabs;
  #selection = new Selection(0, 0, 0, 0);
  readonly viewColumn = 1;
  readonly options = {};

  constructor(tabs: Tabs, document: Doc) {
    this.#tabs = tabs;
    this.document = document;
  }
  get selection(): Selection {
    return this.#selection;
  }
  set selection(selection: Selection) {
    this.select(selection);
  }
  get selections(): readonly Selection[] {
    return [this.#selection];
  }
  revealRange(_range: Range): void {
    // What is on the screen is not kept: a text is read whole here.
  }
  /** Marks something; `kind` is 1 when a person does it by keyboard, 2 by mouse. */
  select(selection: Selection, kind?: 1 | 2): void {
    this.#selection = selection;
    this.#tabs.selected.fire({ textEditor: this, selections: [selection], kind });
  }
}

/** The one group of tabs of a window. */
export class Tabs {
  readonly viewColumn = 1;
  readonly isActive = true;
  readonly tabs: Tab[] = [];
  readonly changed = new EventEmitter<{ opened: Tab[]; closed: Tab[]; changed: Tab[] }>();
  readonly groupsChanged = new EventEmitter<{ opened: Tabs[]; closed: Tabs[]; changed: Tabs[] }>();
  readonly activeChanged = new EventEmitter<Editor | undefined>();
  readonly selected = new EventEmitter<{
    textEditor: Editor;
    selections: Selection[];
    kind: 1 | 2 | undefined;
  }>();
  activeTab: Tab | undefined;
  readonly #texts: Texts;
  #editor: Editor | undefined;

  constructor(texts: Texts) {
    this.#texts = texts;
  }

  /** The text that has the focus: of a diff its right side. */
  get activeEditor(): Editor | undefined {
    return this.#editor;
  }

  /** The address that conditions and title buttons mean. */
  get resource(): Uri | undefined {
    const { input, changes } = this.activeTab ?? {};
    return input instanceof TabInputTextDiff ? input.modified : (input?.uri ?? changes?.uri);
  }

  async openText(document: Doc, preview: boolean): Promise<Editor> {
    const input = new TabInputText(document.uri);
    this.#show(this.#same(input) ?? this.#add(nameOf(document.uri), input, preview), preview);
    return this.#front(document);
  }

  /** Shows two texts beside each other. */
  async openDiff(left: Uri, right: Uri, title: string, preview: boolean): Promise<void> {
    await this.#texts.openDocument(left);
    const document = await this.#texts.openDocument(right);
    const input = new TabInputTextDiff(left, right);
    this.#show(this.#same(input) ?? this.#add(title, input, preview), preview);
    this.#front(document);
  }

  /** Shows several files; what stands on the right of each is asked for at once. */
  async openChanges(title: string, files: Changes["files"]): Promise<void> {
    const sides = files.flatMap(([, left, right]) => [left, right]).filter((uri) => uri !== undefined);
    for (const uri of sides) await this.#texts.openDocument(uri);
    const count = `${files.length} ${files.length === 1 ? "file" : "files"}`;
    const uri = Uri.from({ scheme: "multi-diff-editor", path: `/${title}` });
    this.#show(this.#add(`${title} (${count})`, undefined, true, { uri, files }), true);
    this.#setEditor(undefined);
  }

  async close(which: Tab | readonly Tab[]): Promise<boolean> {
    const closing = [which].flat().filter((tab): tab is Tab => this.tabs.includes(tab));
    for (const tab of closing) this.tabs.splice(this.tabs.indexOf(tab), 1);
    if (closing.length === 0) return true;
    const front = this.activeTab;
    if (front !== undefined && closing.includes(front)) await this.front(this.tabs.at(-1));
    this.#tell({ opened: [], closed: closing, changed: [] });
    this.#closeUnseen(closing);
    return true;
  }

  /** Brings a tab to the front, with its text. */
  async front(tab: Tab | undefined): Promise<void> {
    this.activeTab = tab;
    const { input } = tab ?? {};
    const uri = input instanceof TabInputTextDiff ? input.modified : input?.uri;
    if (uri === undefined) this.#setEditor(undefined);
    else this.#front(await this.#texts.openDocument(uri));
    this.#tell({ opened: [], closed: [], changed: tab === undefined ? [] : [tab] });
  }

  #add(label: string, input: Tab["input"], preview: boolean, changes?: Changes): Tab {
    const replaced = preview ? this.tabs.find((tab) => tab.isPreview) : undefined;
    const at = replaced === undefined ? this.tabs.length : this.tabs.indexOf(replaced);
    const tab = this.#tab(label, input, preview, changes);
    this.tabs.splice(at, replaced === undefined ? 0 : 1, tab);
    this.activeTab = tab;
    this.#tell({ opened: [tab], closed: replaced === undefined ? [] : [replaced], changed: [] });
    if (replaced !== undefined) this.#closeUnseen([replaced]);
    return tab;
  }

  #tab(label: string, input: Tab["input"], isPreview: boolean, changes?: Changes): Tab {
    const active = (tab: Tab): boolean => this.activeTab === tab;
    const dirty = (): boolean => {
      const uri = input instanceof TabInputTextDiff ? input.modified : input?.uri;
      return uri !== undefined && this.#texts.open.get(uri.toString())?.isDirty === true;
    };
    return {
      ...{ label, input, isPreview, isPinned: false, group: this },
      ...(changes === undefined ? {} : { changes }),
      get isActive() {
        return active(this);
      },
      get isDirty() {
        return dirty();
      },
    };
  }

  #show(tab: Tab, preview: boolean): void {
    if (!preview) tab.isPreview = false;
    if (this.activeTab === tab) return;
    this.activeTab = tab;
    this.#tell({ opened: [], closed: [], changed: [tab] });
  }

  #same(input: TabInputText | TabInputTextDiff): Tab | undefined {
    const key = (one: Tab["input"]): string =>
      one instanceof TabInputTextDiff ? `${String(one.original)} ${String(one.modified)}` : String(one?.uri);
    return this.tabs.find((tab) => tab.input !== undefined && key(tab.input) === key(input));
  }

  #front(document: Doc): Editor {
    if (this.#editor?.document !== document) this.#setEditor(new Editor(this, document));
    return this.#editor ?? new Editor(this, document);
  }

  #setEditor(editor: Editor | undefined): void {
    if (this.#editor === editor) return;
    this.#editor = editor;
    this.activeChanged.fire(editor);
  }

  #tell(change: { opened: Tab[]; closed: Tab[]; changed: Tab[] }): void {
    this.changed.fire(change);
    this.groupsChanged.fire({ opened: [], closed: [], changed: [this] });
  }

  /** A text that no tab shows any more is closed. */
  #closeUnseen(closed: readonly Tab[]): void {
    const seen = new Set(this.tabs.flatMap(urisOf).map(String));
    for (const uri of closed.flatMap(urisOf)) {
      const document = this.#texts.open.get(uri.toString());
      if (document !== undefined && !seen.has(uri.toString())) this.#texts.close(document);
    }
  }
}

function urisOf({ input, changes }: Tab): Uri[] {
  if (changes !== undefined)
    return changes.files.flatMap(([, left, right]) => [left, right]).filter((uri) => uri !== undefined);
  if (input instanceof TabInputTextDiff) return [input.original, input.modified];
  return input === undefined ? [] : [input.uri];
}

function nameOf(uri: Uri): string {
  return uri.path.split("/").at(-1) ?? "";
}
