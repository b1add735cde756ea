// The fold of images, registered operations and objects: versions, links, and the release of namespaces.
import type { AnyRecord } from "../../abi/record.ts";
import { EVERY_NAMESPACE, namespaceOf, ownerOf } from "../authority/namespace.ts";
import { INIT, VERSIONS_HELD, type State, type StoredObject } from "./rows.ts";

/** Applies a record about one object or image. Only fold.ts calls it. */
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

/** Applies a record about one registered operation; a name that is taken stays what it is. Only fold.ts calls it. */
export function foldOperation(
  state: State,
  { kind, data }: Extract<AnyRecord, { kind: "operation.add" | "operation.remove" }>,
): void {
  if (kind === "operation.remove") state.operations.delete(data.name);
  else if (!state.operations.has(data.name)) state.operations.set(data.name, data);
}

/**
 * Releases namespaces that nobody can reach. A private namespace lives as long as its process. After the reap it lives
 * as long as a living process holds a capability that leads into it. So it is checked at that reap, and again when such
 * a holder is reaped or loses the capability. A namespace with another name stays. The bodies stay in the record,
 * because no line of the record may change.
 */
export function releaseNamespaces(state: State, namespaces: Iterable<string | undefined>): void {
  const named = [...new Set(namespaces)].filter((namespace) => namespace !== undefined);
  if (named.length === 0 || leadsInto(state, EVERY_NAMESPACE)) return;
  // Nobody can reach every namespace any more, so each one may now be unreachable, once.
  const freed =
    named.includes(EVERY_NAMESPACE) && state.capabilities.leading.takeWidened()
      ? state.objects.keys()
      : named;
  for (const namespace of freed) {
    const owner = ownerOf(namespace);
    const over = owner !== undefined && state.processes.get(owner)?.life.reaped === true;
    if (over && !leadsInto(state, namespace)) state.objects.delete(namespace);
  }
}

/** Releases the namespaces that a reaped process kept alive: its own, and those its capabilities led into. */
export function releaseOfReaped(state: State, pid: number): void {
  releaseNamespaces(state, [
    `p${pid}`,
    ...state.capabilities.heldBy(pid).map(({ cap }) => namespaceOf(cap.resource, state.kinds)),
  ]);
}

/** True when a living process holds a live capability that names exactly this namespace. */
function leadsInto(state: State, namespace: string): boolean {
  const at = { now: Date.parse(state.time), placeOf: () => undefined };
  const table = state.capabilities;
  for (const held of table.leading.into(namespace)) {
    const holder = state.processes.get(held.cap.holder);
    if (holder !== undefined && holder.life.ended === undefined && table.live(held, at)) return true;
  }
  return false;
}
