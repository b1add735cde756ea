// The plain values of the editor's interface: places in texts, events, rows, pictures, and the kinds of tabs.
import type * as vscode from "vscode";
import { fail, owners, type Owner } from "../desk/clock.ts";
import type { Uri } from "./uri.ts";

/** Something that can be let go once. */
export class Disposable implements vscode.Disposable {
  #end: (() => unknown) | undefined;
  constructor(end: () => unknown) {
    this.#end = end;
  }
  static from(...all: { dispose(): unknown }[]): Disposable {
    return new Disposable(() => {
      for (const each of all) each.dispose();
    });
  }
  dispose(): void {
    const end = this.#end;
    this.#end = undefined;
    end?.();
  }
  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** An event and who listens to it. What a listener throws is the failure of the next wait, as nobody else hears of it. */
export class EventEmitter<T> implements vscode.EventEmitter<T> {
  readonly #listeners = new Map<object, { owner: Owner | undefined; call: (value: T) => unknown }>();
  readonly event: vscode.Event<T> = (listener, self, disposables) => {
    const key = {};
    const owner = owners.getStore();
    // What listens runs as a part of its own extension host, whoever fires.
    const run = (value: T): unknown => listener.call(self, value);
    this.#listeners.set(key, {
      owner,
      call: owner === undefined ? run : (value) => owners.run(owner, run, value),
    });
    const end = new Disposable(() => this.#listeners.delete(key));
    disposables?.push(end);
    return end;
  };
  fire(value: T): void {
    for (const { owner, call } of [...this.#listeners.values()]) {
      if (owner?.dead === true) continue;
      try {
        call(value);
      } catch (error) {
        fail(error);
      }
    }
  }
  dispose(): void {
    this.#listeners.clear();
  }
}

/** A place in a text. */
export class Position implements Pick<vscode.Position, "line" | "character" | "isEqual" | "isBefore"> {
  readonly line: number;
  readonly character: number;
  constructor(line: number, character: number) {
    if (line < 0 || character < 0) throw new Error("illegal argument: a place in a text is not negative");
    this.line = line;
    this.character = character;
  }
  isEqual(other: Position): boolean {
    return this.line === other.line && this.character === other.character;
  }
  isBefore(other: Position): boolean {
    return this.line < other.line || (this.line === other.line && this.character < other.character);
  }
}

/** From one place to another, the earlier one first. */
export class Range {
  readonly start: Position;
  readonly end: Position;
  constructor(...given: [Position, Position] | [number, number, number, number]) {
    const [from, to] =
      given.length === 2 ? given : [new Position(given[0], given[1]), new Position(given[2], given[3])];
    [this.start, this.end] = to.isBefore(from) ? [to, from] : [from, to];
  }
  get isEmpty(): boolean {
    return this.start.isEqual(this.end);
  }
}

/** What is marked, with the end where the cursor is. */
export class Selection extends Range {
  readonly anchor: Position;
  readonly active: Position;
  constructor(...given: [Position, Position] | [number, number, number, number]) {
    super(...given);
    [this.anchor, this.active] =
      given.length === 2 ? given : [new Position(given[0], given[1]), new Position(given[2], given[3])];
  }
}

export class ThemeColor {
  readonly id: string;
  constructor(id: string) {
    this.id = id;
  }
}

export class ThemeIcon {
  readonly id: string;
  readonly color: ThemeColor | undefined;
  constructor(id: string, color?: ThemeColor) {
    this.id = id;
    this.color = color;
  }
}

export class TreeItem implements vscode.TreeItem {
  label?: string | vscode.TreeItemLabel;
  id?: string;
  collapsibleState?: vscode.TreeItemCollapsibleState;
  constructor(label: string | vscode.TreeItemLabel, collapsibleState = TreeItemCollapsibleState.None) {
    this.label = label;
    this.collapsibleState = collapsibleState;
  }
}

export class CodeLens {
  range: Range;
  command: vscode.Command | undefined;
  constructor(range: Range, command?: vscode.Command) {
    this.range = range;
    this.command = command;
  }
  get isResolved(): boolean {
    return this.command !== undefined;
  }
}

export class DocumentLink {
  range: Range;
  target: vscode.Uri | undefined;
  tooltip: string | undefined;
  constructor(range: Range, target?: vscode.Uri) {
    this.range = range;
    this.target = target;
  }
}

/** A refusal of the file system. */
export class FileSystemError extends Error {
  readonly code: string;
  constructor(about?: string | vscode.Uri, code = "Unknown") {
    super(`${code}: ${String(about ?? "")}`);
    this.code = code;
  }
  static FileNotFound(about?: string | vscode.Uri): FileSystemError {
    return new FileSystemError(about, "FileNotFound");
  }
  static NoPermissions(about?: string | vscode.Uri): FileSystemError {
    return new FileSystemError(about, "NoPermissions");
  }
}

/** Tells somebody that their answer is not wanted any more. */
export class CancellationTokenSource {
  readonly #cancelled = new EventEmitter<unknown>();
  readonly token = { isCancellationRequested: false, onCancellationRequested: this.#cancelled.event };
  cancel(): void {
    if (this.token.isCancellationRequested) return;
    this.token.isCancellationRequested = true;
    this.#cancelled.fire(undefined);
  }
  dispose(): void {
    this.#cancelled.dispose();
  }
}

/** The kinds of things that a tab can show. */
export class TabInputText {
  readonly uri: Uri;
  constructor(uri: Uri) {
    this.uri = uri;
  }
}
export class TabInputTextDiff {
  readonly original: Uri;
  readonly modified: Uri;
  constructor(original: Uri, modified: Uri) {
    this.original = original;
    this.modified = modified;
  }
}
export class TabInputCustom {}
export class TabInputWebview {}
export class TabInputNotebook {}
export class TabInputNotebookDiff {}
export class TabInputTerminal {}

/** Parts of what is said to and by a model of the editor. */
export class LanguageModelTextPart {
  readonly value: string;
  constructor(value: string) {
    this.value = value;
  }
}
export class LanguageModelToolCallPart {
  readonly callId: string;
  readonly name: string;
  readonly input: object;
  constructor(callId: string, name: string, input: object) {
    [this.callId, this.name, this.input] = [callId, name, input];
  }
}
export class LanguageModelDataPart {
  readonly data: Uint8Array;
  readonly mimeType: string;
  constructor(data: Uint8Array, mimeType: string) {
    this.data = data;
    this.mimeType = mimeType;
  }
}
/** Not yet in the declared interface, but there. */
export class LanguageModelThinkingPart {
  readonly value: string | string[];
  readonly id: string | undefined;
  readonly metadata: Readonly<Record<string, unknown>> | undefined;
  constructor(value: string | string[], id?: string, metadata?: Readonly<Record<string, unknown>>) {
    this.value = value;
    this.id = id;
    this.metadata = metadata;
  }
}
export class LanguageModelToolResultPart {
  readonly callId: string;
  readonly content: unknown[];
  constructor(callId: string, content: unknown[]) {
    [this.callId, this.content] = [callId, content];
  }
}
export class LanguageModelToolResult {
  readonly content: unknown[];
  constructor(content: unknown[]) {
    this.content = content;
  }
}
export class LanguageModelChatMessage {
  readonly role: 1 | 2;
  readonly content: unknown[];
  constructor(role: 1 | 2, content: string | unknown[]) {
    this.role = role;
    this.content = typeof content === "string" ? [new LanguageModelTextPart(content)] : content;
  }
  static User(content: string | unknown[]): LanguageModelChatMessage {
    return new LanguageModelChatMessage(1, content);
  }
  static Assistant(content: string | unknown[]): LanguageModelChatMessage {
    return new LanguageModelChatMessage(2, content);
  }
}
export class LanguageModelError extends Error {
  readonly code: string;
  constructor(message = "", code = "Unknown") {
    super(message);
    this.code = code;
  }
}

export const TreeItemCollapsibleState = { None: 0, Collapsed: 1, Expanded: 2 } as const;
export const TreeItemCheckboxState = { Unchecked: 0, Checked: 1 } as const;
export const QuickPickItemKind = { Separator: -1, Default: 0 } as const;
export const ProgressLocation = { SourceControl: 1, Window: 10, Notification: 15 } as const;
export const StatusBarAlignment = { Left: 1, Right: 2 } as const;
export const ExtensionMode = { Production: 1, Development: 2, Test: 3 } as const;
export const FileType = { Unknown: 0, File: 1, Directory: 2, SymbolicLink: 64 } as const;
export const FileChangeType = { Changed: 1, Created: 2, Deleted: 3 } as const;
export const ConfigurationTarget = { Global: 1, Workspace: 2, WorkspaceFolder: 3 } as const;
export const TextEditorSelectionChangeKind = { Keyboard: 1, Mouse: 2, Command: 3 } as const;
