// Objects: which ones there are and whose, and a row of each and of its versions.
import { INIT } from "../../kernel/state/life.ts";
import type { ObjectVersion, State, StoredObject } from "../../kernel/state/rows.ts";
import type { Translate } from "../words/translate.ts";
import { visibleLine } from "../words/visible.ts";
import { processWords } from "../words/processes.ts";

/** The process whose own namespace this is; undefined for what the workspace shares. */
export function ownerOf(state: State, namespace: string): number | undefined {
  const pid = Number(namespace.slice(1));
  return namespace === `p${pid}` && pid !== INIT && state.processes.has(pid) ? pid : undefined;
}

/** The objects of a process, and for init those that the workspace shares; what was deleted is none any more. */
export function objectsOf(state: State, pid: number): StoredObject[] {
  return [...heldIn(state, pid)];
}

/** Whether there is any of {@link objectsOf}. */
export function holdsObjects(state: State, pid: number): boolean {
  return heldIn(state, pid).next().done !== true;
}

function* heldIn(state: State, pid: number): Generator<StoredObject, void> {
  const own = state.objects.get(`p${pid}`);
  const spaces = pid === INIT ? state.objects : own === undefined ? [] : [[`p${pid}`, own] as const];
  for (const [namespace, names] of spaces) {
    if (pid === INIT && ownerOf(state, namespace) !== undefined) continue;
    for (const object of names.values()) if (isHeld(object)) yield object;
  }
}

/** The object of that name, unless it was deleted or let go. */
export function objectAt(state: State, namespace: string, name: string): StoredObject | undefined {
  const object = state.objects.get(namespace)?.get(name);
  return object !== undefined && isHeld(object) ? object : undefined;
}

export function isHeld({ versions }: StoredObject): boolean {
  return versions.length > 0;
}

/** One object in a list: all strings are safe to show as plain text. */
export interface ObjectRowText {
  readonly name: string;
  readonly description: string;
  /** For a screen reader. */
  readonly label: string;
  readonly tooltip: string;
}

/** How an object reads in a list; one that is shared is named with its namespace. */
export function objectRow(t: Translate, state: State, object: StoredObject): ObjectRowText {
  const shared = ownerOf(state, object.namespace) === undefined;
  const name = visibleLine(shared ? `${object.namespace}/${object.name}` : object.name);
  const last = object.versions.at(-1);
  if (last === undefined) return { name, description: "", label: name, tooltip: name };
  const words = [visibleLine(last.type), t("version {0}", last.version), putBy(t, state, last)];
  const label = [name, ...words].join(", ");
  return { name, description: words.join(" · "), label, tooltip: `${label}\n${last.time}` };
}

/** How many objects, in words. */
export function countWords(t: Translate, count: number): string {
  return count === 1 ? t("1 object") : t("{0} objects", count);
}

/** One version in a list, newest first. */
export interface VersionRow {
  readonly version: number;
  readonly name: string;
  readonly description: string;
}

export function versionRows(t: Translate, state: State, { versions }: StoredObject): VersionRow[] {
  return versions
    .map((one) => ({
      version: one.version,
      name: t("version {0}", one.version),
      description: madeWords(t, state, one, visibleLine(one.type)),
    }))
    .reverse();
}

/** Which versions there were that can no longer be read; empty when all can. */
export function lostWords(t: Translate, { since, versions }: StoredObject): string {
  const lost = (versions[0]?.version ?? since) - 1;
  if (lost < since) return "";
  return lost === since
    ? t("Version {0} is no longer held; the record keeps it.", since)
    : t("Versions {0} to {1} are no longer held; the record keeps them.", since, lost);
}

function putBy(t: Translate, state: State, { by }: ObjectVersion): string {
  return by === INIT ? t("put by the workspace") : t("put by {0}", processWords(t, state, by));
}

/** What is said of one version beside its number; `type` is safe to show. */
export function madeWords(t: Translate, state: State, version: ObjectVersion, type: string): string {
  return [type, putBy(t, state, version), version.time].join(" · ");
}
