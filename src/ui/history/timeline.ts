// File timeline: who read or changed a file when, with each change as a diff. The editor's own timeline is not open to
// extensions: its providers are proposed API. So this is a list that is asked for from the menus of the file.
import * as vscode from "vscode";
import { fsSegments } from "../../abi/resource.ts";
import { fileEvents, fileEventWords, textsAfter, type FileEvent } from "../../views/history/file-events.ts";
import type { RecordHistory } from "../../views/history/history.ts";
import { callName } from "../../views/record/calls.ts";
import { visibleName } from "../../views/words/visible.ts";
import { documentAt, type Documents } from "../documents/documents.ts";
import { fileAt, resourceAt } from "../session/folders.ts";
import { choose, inform, type Choice } from "../session/messages.ts";
import type { Runtime } from "../session/runtime.ts";
import type { Session } from "../session/session.ts";
import type { PastDocuments } from "./documents.ts";
import { pastName } from "./items.ts";

const { t } = vscode.l10n;
/** So many events come at once. */
const PAGE = 50;

interface Item extends Choice {
  readonly does: () => Promise<unknown>;
}

/** The parts of the surface that a timeline leads to. */
export interface TimelineParts {
  readonly session: Session;
  readonly documents: Documents;
  readonly past: PastDocuments;
  readonly history: () => Promise<RecordHistory>;
  /** Shows the calls about these resources in the History view. */
  readonly show: (resources: readonly string[]) => Promise<void>;
}

/** The timeline of a file. */
export class FileTimeline {
  readonly #parts: TimelineParts;
  /** The texts of changes, by digest and call, as long as the window is open. */
  readonly #texts = new Map<string, string>();

  constructor(parts: TimelineParts) {
    this.#parts = parts;
    parts.documents.add("past", ([digest = ""]) => this.#textOf(digest));
  }

  /** Lists what was done to the file of a menu, or to the one in front. A folder is shown in the History view. */
  async show([first]: readonly unknown[]): Promise<void> {
    const { session } = this.#parts;
    const runtime = session.runtime;
    const uri = first instanceof vscode.Uri ? first : vscode.window.activeTextEditor?.document.uri;
    if (runtime === undefined) return void inform(t("There is no record here yet."));
    const resource = uri === undefined ? undefined : resourceAt(runtime.kernel.state.roots, uri);
    if (uri === undefined || resource === undefined)
      return void inform(t("This is no file in a folder that agents work in."));
    const isFolder = await vscode.workspace.fs.stat(uri).then(
      ({ type }) => type === vscode.FileType.Directory,
      () => false,
    );
    if (isFolder) return this.#parts.show([resource]);
    await this.#list(runtime, resource, uri);
  }

  async #list(runtime: Runtime, resource: string, uri: vscode.Uri, before?: number): Promise<void> {
    const history = await this.#parts.history();
    const page = await history.calls({ resources: [resource] }, { before, most: PAGE });
    const events = fileEvents(page.rows, resource);
    const name = visibleName(fsSegments(resource).join("/"));
    if (events.length === 0 && page.before === undefined && before === undefined)
      return void inform(t("No agent read or changed {0}.", name));
    const items: Item[] = events.map((event) => this.#item(runtime, event, uri));
    if (page.before !== undefined) {
      const does = () => this.#list(runtime, resource, uri, page.before);
      items.push({ label: `$(ellipsis) ${t("Earlier…")}`, ours: true, does });
    }
    const inHistory = `$(history) ${t("Show All of This in History")}`;
    items.push({ label: inHistory, ours: true, does: () => this.#parts.show([resource]) });
    const title = t("Who read or changed {0}?", name);
    await (await choose(items, { title, matchOnDescription: true, matchOnDetail: true }))?.does();
  }

  #item(runtime: Runtime, event: FileEvent, uri: vscode.Uri): Item {
    const { row, change, denied } = event;
    const words = fileEventWords(t, event, pastName(runtime.kernel, row.json.pid));
    return {
      label: words,
      description: callName(row.json),
      detail: new Date(row.time).toLocaleString(vscode.env.language),
      iconPath: new vscode.ThemeIcon(denied ? "circle-slash" : change === undefined ? "eye" : "edit"),
      does: () =>
        change === undefined ? this.#parts.past.call(row.json.call) : this.#compare(runtime, event, uri),
    };
  }

  /** Compares the file before a change with the file after it. */
  async #compare(runtime: Runtime, { row, change }: FileEvent, uri: vscode.Uri): Promise<void> {
    if (change === undefined) return;
    const { pre, post, resource } = change;
    const before = pre === "absent" ? "" : await runtime.kept(pre);
    for (const text of textsAfter(row, before))
      if (runtime.kernel.digests.sha256(text) === post) this.#texts.set(post, text);
    const now = await vscode.workspace.fs.readFile(uri).then(
      (bytes) => runtime.kernel.digests.sha256(bytes),
      () => "absent",
    );
    const name = fsSegments(resource).at(-1) ?? "";
    const at = fileAt(runtime.kernel.state.roots, resource);
    const right = now === post && at !== undefined ? at : documentAt(uri, "past", [post]);
    const title = t("{0}: call {1} by {2}", name, row.json.call, pastName(runtime.kernel, row.json.pid));
    await vscode.commands.executeCommand("vscode.diff", documentAt(uri, "past", [pre]), right, title);
  }

  async #textOf(digest: string): Promise<string> {
    if (digest === "absent") return "";
    const text = this.#texts.get(digest) ?? (await this.#parts.session.runtime?.kept(digest));
    return text ?? t("No copy of this text is kept.");
  }
}
