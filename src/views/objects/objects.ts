// Objects: which objects exist, who owns them, and a row for each object and each version.
import { INIT } from "../../kernel/state/life.ts";
import type { ObjectVersion, State, StoredObject } from "../../kernel/state/rows.ts";
import type { Translate } from "../words/translate.ts";
import { visibleLine } from "../words/visible.ts";
import { processWords } from "../words/processes.ts";

/** The process that owns this namespace; undefined for a namespace that the workspace shares. */
export function namespaceOwner(state: State, namespace: string): number | undefined {
  const pid = Number(namespace.slice(1));
  return namespace === `p${pid}` && pid !== INIT && state.processes.has(pid) ? pid : undefined;
}

/** The objects of a process, without deleted ones. For init: the objects that the workspace shares. */
export function objectsOf(state: State, pid: number): StoredObject[] {
  return [...heldObjects(state, pid)];
}

/** Tells whether {@link objectsOf} would list any object. */
export function holdsObjects(state: State, pid: number): boolean {
  return heldObjects(state, pid).next().done !== true;
}

function* heldObjects(state: State, pid: number): Generator<StoredObject, void> {
  const own = state.objects.get(`p${pid}`);
  const spaces = pid === INIT ? state.objects : own === undefined ? [] : [[`p${pid}`, own] as const];
  for (const [namespace, names] of spaces) {
    if (pid === INIT && namespaceOwner(state, namespace) !== undefined) continue;
    for (const object of names.values()) if (hasVersions(object)) yield object;
  }
}

/** The object of that name, unless it was deleted or released. */
export function objectAt(state: State, namespace: string, name: string): StoredObject | undefined {
  const object = state.objects.get(namespace)?.get(name);
  return object !== undefined && hasVersions(object) ? object : undefined;
}

/** True while an object has a version that can be read. */
export function hasVersions({ versions }: StoredObject): boolean {
  return versions.length > 0;
}

/** One object in a list. All strings are safe to show as text. */
export interface ObjectRowText {
  readonly name: string;
  readonly description: string;
  /** The label for a screen reader. */
  readonly label: string;
  readonly tooltip: string;
}

/** The row of an object. A shared object is named with its namespace. */
export function objectRow(t: Translate, state: State, object: StoredObject): ObjectRowText {
  const shared = namespaceOwner(state, object.namespace) === undefined;
  const name = visibleLine(shared ? `${object.namespace}/${object.name}` : object.name);
  const last = object.versions.at(-1);
  if (last === undefined) return { name, description: "", label: name, tooltip: name };
  const words = [visibleLine(last.type), t("version {0}", last.version), putByWords(t, state, last)];
  const label = [name, ...words].join(", ");
  return { name, description: words.join(" · "), label, tooltip: `${label}\n${last.time}` };
}

/** The number of objects in words. */
export function objectCountWords(t: Translate, count: number): string {
  return count === 1 ? t("1 object") : t("{0} objects", count);
}

/** One version in a list, newest first. */
export interface VersionRow {
  readonly version: number;
  readonly name: string;
  readonly description: string;
}

/** The rows of an object's versions, newest first. */
export function versionRows(t: Translate, state: State, { versions }: StoredObject): VersionRow[] {
  return versions
    .map((one) => ({
      version: one.version,
      name: t("version {0}", one.version),
      description: versionWords(t, state, one, visibleLine(one.type)),
    }))
    .reverse();
}

/** Says which versions can no longer be read; empty when all can. */
export function lostVersionWords(t: Translate, { since, versions }: StoredObject): string {
  const lost = (versions[0]?.version ?? since) - 1;
  if (lost < since) return "";
  return lost === since
    ? t("Version {0} is no longer held; the record keeps it.", since)
    : t("Versions {0} to {1} are no longer held; the record keeps them.", since, lost);
}

function putByWords(t: Translate, state: State, { by }: ObjectVersion): string {
  return by === INIT ? t("put by the workspace") : t("put by {0}", processWords(t, state, by));
}

/** Describes one version beside its number: type, writer and time. `type` must be safe to show. */
export function versionWords(t: Translate, state: State, version: ObjectVersion, type: string): string {
  return [type, putByWords(t, state, version), version.time].join(" · ");
}
