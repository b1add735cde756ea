// Undo This Turn: shows the file changes of a turn as diffs, lets a person choose files, and reverts them. The undo
// can be undone.
import * as vscode from "vscode";
import { isFault } from "../../abi/errors.ts";
import { fsSegments } from "../../abi/resource.ts";
import type { FileChange } from "../../abi/record/files.ts";
import { callsOf } from "../../views/record/calls.ts";
import { changedTurns, type TurnChanges } from "../../views/record/changes.ts";
import { AGENT_STATES, chooseAgent } from "../session/agents.ts";
import { documentUri, type Documents } from "./documents.ts";
import { fileAt } from "../session/folders.ts";
import { choose, chooseSeveral, inform, showFault } from "../session/messages.ts";
import type { Runtime } from "../session/runtime.ts";
import type { Session } from "../session/session.ts";

const { t } = vscode.l10n;
/** The most bytes of a file that a diff shows. Larger files can still be restored. */
const MAX_SHOWN = 5 * 1024 * 1024;

interface FoundFile extends FileChange {
  readonly uri: vscode.Uri;
  /** The reason why the file cannot be restored. */
  readonly stays: string | undefined;
}

interface Item extends vscode.QuickPickItem {
  readonly file: FoundFile;
}

/** The command Undo This Turn. */
export class TurnUndo {
  readonly #session: Session;

  constructor(session: Session, documents: Documents) {
    this.#session = session;
    documents.add("kept", async ([digest = ""]) => (await session.runtime?.kept(digest)) ?? "");
    documents.add("nothing", () => "");
  }

  /** Previews the changes, lets a person choose files, and restores the files that nobody changed since. */
  async undoTurn(args: readonly unknown[]): Promise<void> {
    const agent = await chooseAgent(this.#session, args, AGENT_STATES);
    if (agent === undefined) return;
    const turn = await this.#turn(agent.pid);
    const runtime = turn === undefined ? undefined : await this.#session.takeRuntime();
    if (turn === undefined || runtime === undefined) return;
    const files = await Promise.all(turn.files.map((file) => this.#inspectFile(runtime, file)));
    await this.#show(turn.turn, files);
    const chosen = await this.#choose(turn, files);
    if (chosen.length > 0) await this.#restore(chosen);
  }

  async #turn(pid: number): Promise<TurnChanges | undefined> {
    const { runtime, history } = this.#session;
    if (runtime === undefined) return undefined;
    const key = `undo/${pid}`;
    const rows = callsOf(await history.of(key, { pids: [pid] }));
    history.release(key);
    const turns = changedTurns(rows);
    if (turns.length === 0) {
      void inform(t("This agent changed no files."));
      return undefined;
    }
    if (turns.length === 1) return turns[0];
    const items = turns.map((turn) => ({
      label: t("Turn {0}", turn.turn + 1),
      description: turn.files.map((f) => fileName(f.resource)).join(", "),
      turn,
    }));
    return (await choose(items, { title: t("Undo which turn?") }))?.turn;
  }

  async #inspectFile(runtime: Runtime, file: FileChange): Promise<FoundFile> {
    const uri = fileAt(runtime.kernel.state.roots, file.resource) ?? vscode.Uri.file("/");
    const dirty = vscode.workspace.textDocuments.some(
      (d) => d.isDirty && d.uri.toString() === uri.toString(),
    );
    const now = await vscode.workspace.fs.readFile(uri).then(
      (bytes) => runtime.kernel.digests.sha256(bytes),
      () => "absent",
    );
    const stays = dirty
      ? t("has changes that are not saved; stays as it is")
      : now === file.post
        ? undefined
        : t("was changed since; stays as it is");
    return { ...file, uri, stays };
  }

  async #show(turn: number, files: readonly FoundFile[]): Promise<void> {
    const side = async (file: FoundFile): Promise<[vscode.Uri, vscode.Uri, vscode.Uri]> => {
      const name = fileName(file.resource);
      const there = await vscode.workspace.fs.stat(file.uri).then(
        ({ size }) => size <= MAX_SHOWN,
        () => false,
      );
      const left = there ? file.uri : documentUri("nothing", [name]);
      const right =
        file.pre === "absent" ? documentUri("nothing", [name]) : documentUri("kept", [file.pre, name]);
      return [file.uri, left, right];
    };
    const changes = await Promise.all(files.filter((f) => f.stays === undefined).map(side));
    if (changes.length > 0)
      await vscode.commands.executeCommand("vscode.changes", t("Undo turn {0}", turn + 1), changes);
  }

  async #choose(turn: TurnChanges, files: readonly FoundFile[]): Promise<readonly FoundFile[]> {
    const items: Item[] = files.map((file) => ({
      label: fsSegments(file.resource).join("/"),
      description: file.stays ?? (file.pre === "absent" ? t("is removed again") : t("is brought back")),
      picked: file.stays === undefined,
      file,
    }));
    const beyond =
      turn.beyond.length === 0
        ? ""
        : ` ${t("({0} changes of folders cannot be undone)", turn.beyond.length)}`;
    const chosen = await chooseSeveral(items, {
      title: t("Undo turn {0}: which files?", turn.turn + 1) + beyond,
      ignoreFocusOut: true,
    });
    return chosen.map((item) => item.file).filter((file) => file.stays === undefined);
  }

  /** Gives one order for each file. A file that fails does not keep the others from being restored. */
  async #restore(files: readonly FileChange[]): Promise<void> {
    const runtime = await this.#session.takeRuntime();
    if (runtime === undefined) return;
    const done: FileChange[] = [];
    for (const file of files) {
      const path = fsSegments(file.resource).join("/");
      const args = { path, from: file.post, to: file.pre };
      const result = await runtime.kernel.order(runtime.person, "fs.restore", args);
      if (isFault(result)) showFault(result);
      else done.push({ ...file, pre: file.post, post: file.pre });
    }
    await runtime.kernel.durable().catch(() => undefined);
    if (done.length === 0) return;
    const again = t("Undo the Undo");
    const text = t("Brought back: {0}", done.map((f) => fileName(f.resource)).join(", "));
    void inform(text, again).then(async (chosen) => {
      if (chosen === again) await this.#restore([...done].reverse());
    });
  }
}

function fileName(resource: string): string {
  return fsSegments(resource).at(-1) ?? "";
}
