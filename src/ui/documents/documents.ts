// Documents: read-only documents of the scheme `agentlibos:`, written when shown and again when their content
// changes.
import * as vscode from "vscode";

/** The scheme of our read-only documents. */
export const SCHEME = "agentlibos";

/** Writes a document from the segments of its path after the first. */
export type Writer = (segments: readonly string[]) => string | Promise<string>;

/** The least time between two updates of an open document, in milliseconds: four updates a second. */
const PACE = 250;

/** Provides the documents, each kind by its writer. */
export class Documents implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #writers = new Map<string, Writer>();
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#changed.event;
  readonly #registered: vscode.Disposable;
  readonly #stale = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    this.#registered = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);
  }

  /** Adds a kind of document. The kind is the first segment of the path. */
  add(kind: string, writer: Writer): void {
    this.#writers.set(kind, writer);
  }

  provideTextDocumentContent(uri: vscode.Uri): string | Promise<string> {
    const [kind = "", ...segments] = documentAddress(uri).split("/");
    return this.#writers.get(kind)?.(segments) ?? "";
  }

  /** Opens a document. The last segment is the name of its tab. */
  async show(
    kind: string,
    segments: readonly string[],
    options: vscode.TextDocumentShowOptions = {},
  ): Promise<vscode.TextDocument> {
    const uri = documentUri(kind, segments);
    if (vscode.workspace.textDocuments.some((d) => d.uri.toString() === uri.toString()))
      this.#changed.fire(uri);
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { preview: true, ...options });
    return document;
  }

  /** Schedules an update of the open documents of a kind; with a segment, only of those that begin with it. */
  refresh(kind: string, segment?: string): void {
    this.#stale.add(segment === undefined ? `${kind}/` : `${kind}/${segment}/`);
    this.#timer ??= setTimeout(() => this.#flush(), PACE);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#registered.dispose();
    this.#changed.dispose();
  }

  #flush(): void {
    this.#timer = undefined;
    const stale = [...this.#stale];
    this.#stale.clear();
    for (const { uri } of vscode.workspace.textDocuments)
      if (uri.scheme === SCHEME && stale.some((start) => documentAddress(uri).startsWith(start)))
        this.#changed.fire(uri);
  }
}

/** The kind and segments of a document. They are in its path, or in its query when the path is that of a file. */
export function documentAddress({ path, query }: vscode.Uri): string {
  return query === "" ? path.slice(1) : query;
}

/** A slash in a name would start another segment. */
export function documentUri(kind: string, segments: readonly string[]): vscode.Uri {
  const path = [kind, ...segments].map((s) => s.replace(/[/\\]/gu, "∕")).join("/");
  return vscode.Uri.from({ scheme: SCHEME, path: `/${path}` });
}

/** A document under the path of a file, so that a comparison with that file is one of the same name. */
export function documentAt(file: vscode.Uri, kind: string, segments: readonly string[]): vscode.Uri {
  return vscode.Uri.from({ scheme: SCHEME, path: file.path, query: [kind, ...segments].join("/") });
}

/** Keeps a growing document at its end, unless a person has scrolled up in it. */
export class TailFollower implements vscode.Disposable {
  readonly #followed = new Set<string>();
  readonly #listening: vscode.Disposable[];

  constructor() {
    this.#listening = [
      // Only a person's selection has a kind. One made by us or by the editor has none.
      vscode.window.onDidChangeTextEditorSelection(({ textEditor, kind }) => {
        if (kind !== undefined && isGrowing(textEditor.document)) this.#noteSelection(textEditor);
      }),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (this.#followed.has(document.uri.toString())) this.#scrollToEnd(document);
      }),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#followed.delete(uri.toString())),
    ];
  }

  /** Scrolls to the end and follows it from then on. */
  follow(document: vscode.TextDocument): void {
    this.#followed.add(document.uri.toString());
    this.#scrollToEnd(document);
  }

  dispose(): void {
    for (const each of this.#listening.splice(0)) each.dispose();
  }

  #noteSelection({ document, selection }: vscode.TextEditor): void {
    const atEnd = selection.active.line >= document.lineCount - 1;
    if (atEnd) this.#followed.add(document.uri.toString());
    else this.#followed.delete(document.uri.toString());
  }

  #scrollToEnd(document: vscode.TextDocument): void {
    const end = document.lineAt(document.lineCount - 1).range.end;
    for (const editor of vscode.window.visibleTextEditors) {
      if (editor.document !== document) continue;
      editor.selection = new vscode.Selection(end, end);
      editor.revealRange(new vscode.Range(end, end));
    }
  }
}

function isGrowing({ uri }: vscode.TextDocument): boolean {
  return uri.scheme === SCHEME && /^\/(?:transcript|output)\//u.test(uri.path);
}
