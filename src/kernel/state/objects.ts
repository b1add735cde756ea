// The fold of what is kept by name: images, and objects: versions that never change, links between them, and when a namespace is let go.
import type { AnyRecord } from "../../abi/record.ts";
import { EVERY_NAMESPACE, objectNamespaceOf, ownerOf } from "../authority/namespace.ts";
import { INIT, VERSIONS_HELD, type State, type StoredObject } from "./rows.ts";

/** Applies what a record says of one object or image. Only the fold may call it. */
export function foldObject(
  state: State,
  record: Extract<AnyRecord, { kind: "object.put" | "object.link" | "object.delete" | "image.register" }>,
): void {
  if (record.kind === "image.register") {
    const { image, hash, by } = record.data;
    state.images.set(hash, image);
    if (by !== "kernel") state.registered.set(image.name, hash);
    return;
  }
  const { namespace, name } = record.data;
  const names = state.objects.get(namespace) ?? new Map<string, StoredObject>();
  state.objects.set(namespace, names);
  const fresh = { namespace, name, version: 0, since: 1, versions: [], links: [] };
  const object: StoredObject = names.get(name) ?? fresh;
  names.set(name, object);
  if (record.kind === "object.link") {
    const { to, relation } = record.data;
    object.links.push({ to, relation });
  } else if (record.kind === "object.delete") {
    object.versions.length = 0;
    object.links.length = 0;
  } else {
    const { namespace: _, name: __, ...version } = record.data;
    if (object.versions.length === 0) object.since = version.version;
    object.version = version.version;
    object.versions.push({ ...version, by: record.pid ?? INIT, time: record.time, seq: record.seq });
    if (object.versions.length > VERSIONS_HELD) object.versions.shift();
  }
}

/**
 * Lets go of what nobody can reach any more. The private namespace of a process lives as long as the process, and after
 * it was reaped as long as somebody who lives holds anything that leads into it; so it is looked at when its process is
 * reaped, and again when one who held a way in is reaped or loses it. A namespace of another name stays. The bodies stay
 * in the record, where no line may change.
 */
export function releaseNamespaces(state: State, namespaces: Iterable<string | undefined>): void {
  for (const namespace of namespaces) {
    if (namespace === undefined || isReachable(state, namespace)) continue;
    // Nobody reaches everything any more, so any of it may now be out of reach.
    if (namespace === EVERY_NAMESPACE) releaseNamespaces(state, [...state.objects.keys()]);
    const owner = ownerOf(namespace);
    if (owner !== undefined && state.processes.get(owner)?.life.reaped === true)
      state.objects.delete(namespace);
  }
}

/** A process was reaped: it holds no way into anything any more, and its own namespace is its no longer. */
export function releaseOfReaped(state: State, pid: number): void {
  const { capabilities } = state;
  capabilities.forgetHolder(pid);
  releaseNamespaces(state, [
    `p${pid}`,
    ...capabilities.heldBy(pid).map(({ cap }) => objectNamespaceOf(cap.resource)),
  ]);
}

function isReachable(state: State, namespace: string): boolean {
  const at = { now: Date.parse(state.time), placeOf: () => undefined };
  const table = state.capabilities;
  for (const held of table.capabilitiesInto(namespace)) {
    const holder = state.processes.get(held.cap.holder);
    if (holder !== undefined && holder.life.ended === undefined && table.live(held, at)) return true;
  }
  return false;
}
