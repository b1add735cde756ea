// Object documents: each object as a read-only document, and two versions of one side by side.
import * as vscode from "vscode";
import { INIT } from "../../kernel/state/life.ts";
import type { State, StoredObject } from "../../kernel/state/rows.ts";
import {
  lostVersionWords,
  objectAt,
  objectRow,
  objectsOf,
  versionRows,
} from "../../views/objects/objects.ts";
import { visibleLine } from "../../views/words/visible.ts";
import { agentsOf, agentName } from "../session/agents.ts";
import { documentAddress, documentUri, SCHEME, type Documents } from "./documents.ts";
import { choose, inform } from "../session/messages.ts";
import { markRow, ObjectRow, ownRow } from "../session/rows.ts";
import type { Runtime } from "../session/runtime.ts";
import type { Session } from "../session/session.ts";

const { t } = vscode.l10n;

/** The commands that open and compare objects. */
export class ObjectDocuments implements vscode.Disposable {
  readonly #session: Session;
  readonly #documents: Documents;
  readonly #listening: vscode.Disposable[];
  #runtime: Runtime | undefined;

  constructor(session: Session, documents: Documents) {
    this.#session = session;
    this.#documents = documents;
    documents.add("object", (segments) => this.#text(segments));
    documents.add("value", (segments) => this.#value(segments));
    this.#listening = [
      session.onRecord(({ kind }) => {
        if (kind.startsWith("object.") || kind === "process.reap") documents.refresh("object");
      }),
      session.onDidChange(() => {
        if (session.runtime === this.#runtime) return;
        this.#runtime = session.runtime;
        for (const kind of ["object", "value"]) documents.refresh(kind);
      }),
    ];
  }

  /** Opens the document of an object: that of a row, or a chosen one. */
  async open(args: readonly unknown[]): Promise<void> {
    const object = this.#of(ownRow(args[0], ObjectRow)) ?? (await this.#choose(t("Open which object?"), 1));
    if (object === undefined) return;
    const { namespace, name } = object;
    await this.#documents.show("object", [...[namespace, name].map(nameSegment), `${visibleLine(name)}.md`]);
  }

  /** Shows the change of the newest version. */
  async comparePrevious(args: readonly unknown[]): Promise<void> {
    const object = await this.#several(args);
    const [older, newer] = object?.versions.slice(-2) ?? [];
    if (object !== undefined && older !== undefined && newer !== undefined)
      await showComparison(object, older.version, newer.version);
  }

  /** Shows the change between two chosen versions. */
  async compareVersions(args: readonly unknown[]): Promise<void> {
    const object = await this.#several(args);
    const one = object === undefined ? undefined : await this.#version(object);
    const other = object === undefined || one === undefined ? undefined : await this.#version(object, one);
    if (object !== undefined && one !== undefined && other !== undefined)
      await showComparison(object, Math.min(one, other), Math.max(one, other));
  }

  dispose(): void {
    for (const each of this.#listening.splice(0)) each.dispose();
  }

  get #state(): State | undefined {
    return this.#session.runtime?.kernel.state;
  }

  #of(row: Pick<ObjectRow, "namespace" | "name"> | undefined): StoredObject | undefined {
    const state = this.#state;
    return state === undefined || row === undefined ? undefined : objectAt(state, row.namespace, row.name);
  }

  /** The object that a command means: of its row, in front, or chosen. It has several versions. */
  async #several(args: readonly unknown[]): Promise<StoredObject | undefined> {
    const meant = this.#of(ownRow(args[0], ObjectRow) ?? frontObject());
    const object = meant ?? (await this.#choose(t("Compare versions of which object?"), 2));
    if (object === undefined || object.versions.length > 1) return object;
    const none = t("There is no other version of “{0}” that can be read.", visibleLine(object.name));
    void inform(`${none} ${lostVersionWords(t, object)}`.trim());
    return undefined;
  }

  /** Offers every object with at least this many versions, grouped by owner. */
  async #choose(title: string, versions: number): Promise<StoredObject | undefined> {
    const kernel = this.#session.runtime?.kernel;
    if (kernel === undefined) return undefined;
    const { state } = kernel;
    const holders = [
      { pid: INIT, name: t("Shared objects") },
      ...agentsOf(kernel)
        .reverse()
        .map((p) => ({ pid: p.pid, name: t("{0} (process {1})", agentName(p), p.pid) })),
    ];
    const items = holders.flatMap(({ pid, name }) => {
      const held = objectsOf(state, pid).filter((o) => o.versions.length >= versions);
      if (held.length === 0) return [];
      return [
        { label: name, kind: vscode.QuickPickItemKind.Separator, object: undefined },
        ...held.map((object) => {
          const row = objectRow(t, state, object);
          return { label: row.name, description: row.description, object };
        }),
      ];
    });
    if (items.length === 0) {
      const none =
        versions > 1 ? t("There is no object with several versions.") : t("There is no object here.");
      void inform(none);
      return undefined;
    }
    const options = { title, matchOnDescription: true };
    return (await choose(items, options))?.object;
  }

  /** Offers the available versions, newest first. The last row names those that are not available. */
  async #version(object: StoredObject, other?: number): Promise<number | undefined> {
    const state = this.#state;
    if (state === undefined) return undefined;
    const rows = versionRows(t, state, object).filter(({ version }) => version !== other);
    const lost = lostVersionWords(t, object);
    const items: (vscode.QuickPickItem & { version?: number })[] = [
      ...rows.map(({ version, name, description }) => ({ label: name, description, version })),
      ...(lost === "" ? [] : [{ label: lost, kind: vscode.QuickPickItemKind.Separator }]),
    ];
    const name = visibleLine(object.name);
    const title =
      other === undefined
        ? t("Compare which version of {0}?", name)
        : t("Compare version {0} of {1} with which?", other, name);
    return (await choose(items, { title }))?.version;
  }

  async #text(segments: readonly string[]): Promise<string> {
    const { objectDocument } = await import("../../views/objects/document.ts");
    const kernel = this.#session.runtime?.kernel;
    if (kernel === undefined) return t("There is no record here yet.");
    const object = this.#of(objectIn(segments));
    const { digests } = kernel;
    return object === undefined
      ? t("There is no such object any more.")
      : objectDocument(t, kernel.state, object, (text) => digests.sha256(text));
  }

  async #value(segments: readonly string[]): Promise<string> {
    const { versionText } = await import("../../views/objects/document.ts");
    const wanted = Number(segments[2]);
    const version = this.#of(objectIn(segments))?.versions.find((v) => v.version === wanted);
    return version === undefined
      ? t("Version {0} is no longer held; the record keeps it.", wanted)
      : versionText(version);
  }
}

/** The row of the object that a document shows. */
export function objectRowOf(uri: vscode.Uri): ObjectRow | undefined {
  const [kind, ...segments] = uri.scheme === SCHEME ? documentAddress(uri).split("/") : [];
  if (kind !== "object" && kind !== "value") return undefined;
  const { namespace, name } = objectIn(segments);
  return markRow(new ObjectRow(namespace, name));
}

function frontObject(): ObjectRow | undefined {
  const uri = vscode.window.activeTextEditor?.document.uri;
  return uri === undefined ? undefined : objectRowOf(uri);
}

async function showComparison(object: StoredObject, older: number, newer: number): Promise<void> {
  const name = visibleLine(object.name);
  const side = (version: number): vscode.Uri => {
    const tab = `${t("{0}, version {1}", name, version)}.txt`;
    return documentUri("value", [...[object.namespace, object.name].map(nameSegment), `${version}`, tab]);
  };
  const title = t("{0}: version {1} ↔ version {2}", name, older, newer);
  await vscode.commands.executeCommand("vscode.diff", side(older), side(newer), title, { preview: true });
}

/** Encodes a name as one segment of a path. Any name stays one segment and decodes to itself. */
function nameSegment(name: string): string {
  const units = (text: string): string[] =>
    text.split("").map((c) => c.charCodeAt(0).toString(16).padStart(4, "0"));
  return name.replace(/[^\w-]/gu, (c) =>
    units(c)
      .map((unit) => `~${unit}`)
      .join(""),
  );
}

function objectIn([namespace = "", name = ""]: readonly string[]): { namespace: string; name: string } {
  const decoded = (text: string): string =>
    text.replace(/~([0-9a-f]{4})/gu, (_, unit: string) => String.fromCharCode(parseInt(unit, 16)));
  return { namespace: decoded(namespace), name: decoded(name) };
}
