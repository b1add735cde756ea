// Objects: each as a document that can only be read, and any two versions of one beside each other.
import * as vscode from "vscode";
import { INIT } from "../../kernel/state/life.ts";
import type { State, StoredObject } from "../../kernel/state/rows.ts";
import { lostWords, objectAt, objectRow, objectsOf, versionRows } from "../../views/objects/objects.ts";
import { visibleLine } from "../../views/words/visible.ts";
import { agentsOf, nameOf } from "../session/agents.ts";
import { addressOf, documentUri, SCHEME, type Documents } from "./documents.ts";
import { lettered, unlinked } from "../session/messages.ts";
import { mark, ObjectRow, ours } from "../session/rows.ts";
import type { Runtime } from "../session/runtime.ts";
import type { Session } from "../session/session.ts";

const { t } = vscode.l10n;

export class Objects implements vscode.Disposable {
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

  /** The whole of an object: the one of a row, or one that is chosen. */
  async open(args: readonly unknown[]): Promise<void> {
    const object = this.#of(ours(args[0], ObjectRow)) ?? (await this.#choose(t("Open which object?"), 1));
    if (object === undefined) return;
    const { namespace, name } = object;
    await this.#documents.show("object", [...[namespace, name].map(segment), `${visibleLine(name)}.md`]);
  }

  /** What the newest version changed. */
  async comparePrevious(args: readonly unknown[]): Promise<void> {
    const object = await this.#several(args);
    const [older, newer] = object?.versions.slice(-2) ?? [];
    if (object !== undefined && older !== undefined && newer !== undefined)
      await compare(object, older.version, newer.version);
  }

  /** What changed between two versions that a person names. */
  async compareVersions(args: readonly unknown[]): Promise<void> {
    const object = await this.#several(args);
    const one = object === undefined ? undefined : await this.#version(object);
    const other = object === undefined || one === undefined ? undefined : await this.#version(object, one);
    if (object !== undefined && one !== undefined && other !== undefined)
      await compare(object, Math.min(one, other), Math.max(one, other));
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

  /** The object a command means: that of its row, the one in front, or one that is chosen; it has versions to compare. */
  async #several(args: readonly unknown[]): Promise<StoredObject | undefined> {
    const meant = this.#of(ours(args[0], ObjectRow) ?? inFront());
    const object = meant ?? (await this.#choose(t("Compare versions of which object?"), 2));
    if (object === undefined || object.versions.length > 1) return object;
    const none = t("There is no other version of “{0}” that can be read.", visibleLine(object.name));
    void vscode.window.showInformationMessage(unlinked(`${none} ${lostWords(t, object)}`.trim()));
    return undefined;
  }

  /** Offers every object that has so many versions, by whose it is. */
  async #choose(title: string, versions: number): Promise<StoredObject | undefined> {
    const kernel = this.#session.runtime?.kernel;
    if (kernel === undefined) return undefined;
    const { state } = kernel;
    const holders = [
      { pid: INIT, name: t("Shared objects") },
      ...agentsOf(kernel)
        .reverse()
        .map((p) => ({ pid: p.pid, name: t("{0} (process {1})", nameOf(p), p.pid) })),
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
      void vscode.window.showInformationMessage(none);
      return undefined;
    }
    const options = { title, matchOnDescription: true };
    return (await vscode.window.showQuickPick(lettered(items), options))?.object;
  }

  /** Offers the versions that are held, newest first; those that are not are named at the end. */
  async #version(object: StoredObject, other?: number): Promise<number | undefined> {
    const state = this.#state;
    if (state === undefined) return undefined;
    const rows = versionRows(t, state, object).filter(({ version }) => version !== other);
    const lost = lostWords(t, object);
    const items: (vscode.QuickPickItem & { version?: number })[] = [
      ...rows.map(({ version, name, description }) => ({ label: name, description, version })),
      ...(lost === "" ? [] : [{ label: lost, kind: vscode.QuickPickItemKind.Separator }]),
    ];
    const name = visibleLine(object.name);
    const title =
      other === undefined
        ? t("Compare which version of {0}?", name)
        : t("Compare version {0} of {1} with which?", other, name);
    return (await vscode.window.showQuickPick(lettered(items), { title }))?.version;
  }

  async #text(segments: readonly string[]): Promise<string> {
    const { objectDocument } = await import("../../views/objects/document.ts");
    const kernel = this.#session.runtime?.kernel;
    if (kernel === undefined) return t("There is no record here yet.");
    const object = this.#of(named(segments));
    const { digests } = kernel.core;
    return object === undefined
      ? t("There is no such object any more.")
      : objectDocument(t, kernel.state, object, (text) => digests.sha256(text));
  }

  async #value(segments: readonly string[]): Promise<string> {
    const { versionText } = await import("../../views/objects/document.ts");
    const wanted = Number(segments[2]);
    const version = this.#of(named(segments))?.versions.find((v) => v.version === wanted);
    return version === undefined
      ? t("Version {0} is no longer held; the record keeps it.", wanted)
      : versionText(version);
  }
}

/** The object whose document is in front, with whatever lens stands over it. */
export function objectRowOf(uri: vscode.Uri): ObjectRow | undefined {
  const [kind, ...segments] = uri.scheme === SCHEME ? addressOf(uri).split("/") : [];
  if (kind !== "object" && kind !== "value") return undefined;
  const { namespace, name } = named(segments);
  return mark(new ObjectRow(namespace, name));
}

function inFront(): ObjectRow | undefined {
  const uri = vscode.window.activeTextEditor?.document.uri;
  return uri === undefined ? undefined : objectRowOf(uri);
}

async function compare(object: StoredObject, older: number, newer: number): Promise<void> {
  const name = visibleLine(object.name);
  const side = (version: number): vscode.Uri => {
    const tab = `${t("{0}, version {1}", name, version)}.txt`;
    return documentUri("value", [...[object.namespace, object.name].map(segment), `${version}`, tab]);
  };
  const title = t("{0}: version {1} ↔ version {2}", name, older, newer);
  await vscode.commands.executeCommand("vscode.diff", side(older), side(newer), title, { preview: true });
}

/** A name as a segment of a path, and the name of a segment: whatever is in a name, it stays one and comes back the same. */
function segment(name: string): string {
  const units = (text: string): string[] =>
    text.split("").map((c) => c.charCodeAt(0).toString(16).padStart(4, "0"));
  return name.replace(/[^\w-]/gu, (c) =>
    units(c)
      .map((unit) => `~${unit}`)
      .join(""),
  );
}

function named([namespace = "", name = ""]: readonly string[]): { namespace: string; name: string } {
  const decoded = (text: string): string =>
    text.replace(/~([0-9a-f]{4})/gu, (_, unit: string) => String.fromCharCode(parseInt(unit, 16)));
  return { namespace: decoded(namespace), name: decoded(name) };
}
