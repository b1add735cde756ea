// Following the tail: a growing document stays at its end for those who stand there, and still for those who read.
import * as vscode from "vscode";
import { SCHEME } from "./documents.ts";

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
