// Documents of a window: texts with their unsaved state, who provides them, and the files below.
import { existsSync, readFileSync } from "node:fs";
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import type * as vscode from "vscode";
import { work } from "../desk/clock.ts";
import { Uri } from "./uri.ts";
import { Disposable, EventEmitter, FileSystemError, Position, Range } from "./values.ts";

/** A text document as the editor holds it. */
export class Doc {
  readonly uri: Uri;
  readonly isUntitled = false;
  languageId = "plaintext";
  version = 1;
  isDirty = false;
  isClosed = false;
  readonly eol = 1;
  readonly #texts: Texts;
  #text: string;

  constructor(texts: Texts, uri: Uri, text: string) {
    this.#texts = texts;
    this.uri = uri;
    this.#text = text;
    const ending = /\.(\w+)$/u.exec(uri.path)?.[1] ?? "";
    this.languageId = { md: "markdown", js: "javascript", json: "json" }[ending] ?? "plaintext";
  }

  get fileName(): string {
    return this.uri.fsPath;
  }
  get lineCount(): number {
    return this.#lines().length;
  }

  getText(range?: Range): string {
    this.#lookAgain();
    return range === undefined
      ? this.#text
      : this.#text.slice(this.offsetAt(range.start), this.offsetAt(range.end));
  }
  lineAt(where: number | Position): {
    lineNumber: number;
    text: string;
    range: Range;
    isEmptyOrWhitespace: boolean;
  } {
    const line = typeof where === "number" ? where : where.line;
    const text = this.#lines()[line];
    if (text === undefined) throw new Error(`illegal value for line: ${line}`);
    const range = new Range(line, 0, line, text.length);
    return { lineNumber: line, text, range, isEmptyOrWhitespace: text.trim() === "" };
  }
  offsetAt({ line, character }: Position): number {
    const before = this.#lines().slice(0, line);
    return before.reduce((sum, each) => sum + each.length + 1, 0) + character;
  }
  positionAt(offset: number): Position {
    const lines = this.#text.slice(0, offset).split("\n");
    return new Position(lines.length - 1, lines.at(-1)?.length ?? 0);
  }
  save(): Promise<boolean> {
    return this.#texts.save(this);
  }

  /** What a person or a provider makes of it. */
  become(text: string, dirty: boolean): void {
    const changed = text !== this.#text;
    this.isDirty = dirty;
    if (!changed) return;
    this.#text = text;
    this.version += 1;
    this.#texts.changed.fire(this);
  }

  #lines(): string[] {
    return this.getText().split("\n");
  }

  /** A file that others wrote is read again, as the editor does, unless changes of it are not saved. */
  #lookAgain(): void {
    if (this.uri.scheme !== "file" || this.isDirty || !existsSync(this.uri.fsPath)) return;
    this.#text = readFileSync(this.uri.fsPath, "utf8");
  }
}

/** The documents of a window, and where their texts come from. */
export class Texts {
  readonly open = new Map<string, Doc>();
  readonly changed = new EventEmitter<Doc>();
  readonly opened = new EventEmitter<Doc>();
  readonly closed = new EventEmitter<Doc>();
  readonly saved = new EventEmitter<Doc>();
  readonly #writers = new Map<string, vscode.TextDocumentContentProvider>();
  readonly #systems = new Map<string, vscode.FileSystemProvider>();

  /** Adds who writes the documents of a scheme; those that are open are asked for anew. */
  provide(scheme: string, writer: vscode.TextDocumentContentProvider): Disposable {
    this.#writers.set(scheme, writer);
    const listening = writer.onDidChange?.((uri) => this.#again(uri));
    for (const { uri } of this.open.values()) if (uri.scheme === scheme) this.#again(uri);
    return new Disposable(() => {
      listening?.dispose();
      if (this.#writers.get(scheme) === writer) this.#writers.delete(scheme);
    });
  }

  mount(scheme: string, system: vscode.FileSystemProvider): Disposable {
    this.#systems.set(scheme, system);
    const listening = system.onDidChangeFile((events) => {
      for (const { uri } of events) if (this.open.get(uri.toString())?.isDirty === false) this.#again(uri);
    });
    return new Disposable(() => {
      listening.dispose();
      if (this.#systems.get(scheme) === system) this.#systems.delete(scheme);
    });
  }

  /** Forgets all that an extension host had added. */
  forgetProviders(): void {
    this.#writers.clear();
    this.#systems.clear();
  }

  async openDocument(where: vscode.Uri): Promise<Doc> {
    const uri = Uri.from(where);
    const known = this.open.get(uri.toString());
    if (known !== undefined) return known;
    const text = await this.#read(uri);
    const again = this.open.get(uri.toString());
    if (again !== undefined) return again;
    const document = new Doc(this, uri, text);
    this.open.set(uri.toString(), document);
    this.opened.fire(document);
    return document;
  }

  close(document: Doc): void {
    if (!this.open.delete(document.uri.toString())) return;
    document.isClosed = true;
    this.closed.fire(document);
  }

  /** Another language closes a document and opens it again, as the editor tells it. */
  setLanguage(document: Doc, language: string): Doc {
    if (document.languageId === language) return document;
    document.languageId = language;
    this.closed.fire(document);
    this.opened.fire(document);
    return document;
  }

  async save(document: Doc): Promise<boolean> {
    if (!document.isDirty) return true;
    await this.fs.writeFile(document.uri, new TextEncoder().encode(document.getText()));
    document.isDirty = false;
    this.saved.fire(document);
    return true;
  }

  async #read(uri: Uri): Promise<string> {
    const writer = this.#writers.get(uri.scheme);
    const token = {
      isCancellationRequested: false,
      onCancellationRequested: new EventEmitter<unknown>().event,
    };
    if (writer !== undefined) return (await writer.provideTextDocumentContent(uri, token)) ?? "";
    return new TextDecoder().decode(await this.fs.readFile(uri));
  }

  #again(uri: vscode.Uri): void {
    work(async () => {
      const document = this.open.get(uri.toString());
      if (document === undefined) return;
      const text = await this.#read(document.uri).catch(() => document.getText());
      if (!document.isDirty && !document.isClosed) document.become(text, false);
    });
  }

  /** `vscode.workspace.fs`: the files of the machine, and what extensions mount. */
  readonly fs = {
    stat: async (uri: vscode.Uri): Promise<vscode.FileStat> => {
      const system = this.#systems.get(uri.scheme);
      if (system !== undefined) return system.stat(uri);
      const found = await onDisk(uri, (path) => stat(path));
      const type = found.isDirectory() ? 2 : found.isFile() ? 1 : 0;
      return { type, size: found.size, mtime: found.mtimeMs, ctime: found.ctimeMs };
    },
    readFile: async (uri: vscode.Uri): Promise<Uint8Array> => {
      const system = this.#systems.get(uri.scheme);
      return system === undefined ? onDisk(uri, (path) => readFile(path)) : system.readFile(uri);
    },
    writeFile: async (uri: vscode.Uri, bytes: Uint8Array): Promise<void> => {
      const system = this.#systems.get(uri.scheme);
      if (system === undefined) return onDisk(uri, (path) => writeFile(path, bytes));
      await system.writeFile(uri, bytes, { create: true, overwrite: true });
    },
    createDirectory: (uri: vscode.Uri): Promise<void> =>
      onDisk(uri, async (path) => void (await mkdir(path, { recursive: true }))),
    delete: (uri: vscode.Uri): Promise<void> => onDisk(uri, (path) => rm(path, { recursive: true })),
  };
}

async function onDisk<T>(uri: vscode.Uri, act: (path: string) => Promise<T>): Promise<T> {
  if (uri.scheme !== "file") throw FileSystemError.FileNotFound(uri);
  try {
    return await act(uri.fsPath);
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    throw missing ? FileSystemError.FileNotFound(uri) : error;
  }
}
