// Watching a record that somebody else writes: the folder, its coming and going, and the segments in it.
import * as vscode from "vscode";

/** How long to wait for more before looking, in milliseconds: a batch is several events. */
const SETTLE = 250;

export class RecordWatch implements vscode.Disposable {
  readonly #watchers: vscode.FileSystemWatcher[] = [];
  readonly #look: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(root: string, look: () => void) {
    this.#look = look;
    const folder = vscode.Uri.file(root);
    const record = vscode.Uri.joinPath(folder, ".agentlibos");
    for (const [base, pattern] of [
      [folder, ".agentlibos"],
      [record, "identity.json"],
      [vscode.Uri.joinPath(record, "journal"), "*.jsonl"],
    ] as const) {
      const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(base, pattern));
      this.#watchers.push(watcher);
      watcher.onDidCreate(() => this.#soon());
      watcher.onDidChange(() => this.#soon());
      watcher.onDidDelete(() => this.#soon());
    }
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const watcher of this.#watchers.splice(0)) watcher.dispose();
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#look();
    }, SETTLE);
  }
}
