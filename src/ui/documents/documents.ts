// Read-only documents of the scheme `agentlibos:`, made when they are shown and again when what they tell changes.
import * as vscode from "vscode";

export const SCHEME = "agentlibos";

/** Makes the text of a document from the segments of its path after the first. */
export type Writer = (segments: readonly string[]) => string | Promise<string>;

/** How often an open document may change, in milliseconds: four times a second. */
const PACE = 250;

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

  /** Adds a kind of document; it is the first segment of the path. */
  add(kind: string, writer: Writer): void {
    this.#writers.set(kind, writer);
  }

  provideTextDocumentContent(uri: vscode.Uri): string | Promise<string> {
    const [kind = "", ...segments] = addressOf(uri).split("/");
    return this.#writers.get(kind)?.(segments) ?? "";
  }

  /** Opens a document; the last segment is what its tab is called. */
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

  /** Makes open documents of a kind anew, soon; with a segment, only those that begin with it. */
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
      if (uri.scheme === SCHEME && stale.some((start) => addressOf(uri).startsWith(start)))
        this.#changed.fire(uri);
  }
}

/** What a document is: its kind and segments stand in its path, or in its query where the path is that of a file. */
export function addressOf({ path, query }: vscode.Uri): string {
  return query === "" ? path.slice(1) : query;
}

/** A slash in a name would be a segment of its own. */
export function documentUri(kind: string, segments: readonly string[]): vscode.Uri {
  const path = [kind, ...segments].map((s) => s.replace(/[/\\]/gu, "∕")).join("/");
  return vscode.Uri.from({ scheme: SCHEME, path: `/${path}` });
}

export class Tail implements vscode.Disposable {
  readonly #followed = new Set<string>();
  readonly #listening: vscode.Disposable[];

  constructor() {
    this.#listening = [
      // A selection without a kind is one that we or the editor made, not a person.
      vscode.window.onDidChangeTextEditorSelection(({ textEditor, kind }) => {
        if (kind !== undefined && isTranscript(textEditor.document)) this.#note(textEditor);
      }),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (this.#followed.has(document.uri.toString())) this.#go(document);
      }),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#followed.delete(uri.toString())),
    ];
  }

  /** Begins to follow, at the end. */
  follow(document: vscode.TextDocument): void {
    this.#followed.add(document.uri.toString());
    this.#go(document);
  }

  dispose(): void {
    for (const each of this.#listening.splice(0)) each.dispose();
  }

  #note({ document, selection }: vscode.TextEditor): void {
    const atEnd = selection.active.line >= document.lineCount - 1;
    if (atEnd) this.#followed.add(document.uri.toString());
    else this.#followed.delete(document.uri.toString());
  }

  #go(document: vscode.TextDocument): void {
    const end = document.lineAt(document.lineCount - 1).range.end;
    for (const editor of vscode.window.visibleTextEditors) {
      if (editor.document !== document) continue;
      editor.selection = new vscode.Selection(end, end);
      editor.revealRange(new vscode.Range(end, end));
    }
  }
}

function isTranscript({ uri }: vscode.TextDocument): boolean {
  return uri.scheme === SCHEME && uri.path.startsWith("/transcript/");
}
