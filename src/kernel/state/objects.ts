// The fold of images, registered operations and objects: versions, links, and the release of namespaces.
import type { Image } from "../../abi/image.ts";
import type { AnyRecord } from "../../abi/record.ts";
import { EVERY_NAMESPACE, ownerOf } from "../authority/namespace.ts";
import { INIT, VERSIONS_HELD, type Process, type State, type StoredObject } from "./rows.ts";

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
  if (outlives(state, namespace)) state.capabilities.leading.left.add(namespace);
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
  if (named.length === 0) return;
  const { left } = state.capabilities.leading;
  const reached = leadsInto(state, EVERY_NAMESPACE);
  // When nobody can reach every namespace any more, each one that outlived its process may be unreachable.
  const all = named.includes(EVERY_NAMESPACE) && !reached ? new Set([...named, ...left]) : named;
  for (const namespace of all) {
    if (!outlives(state, namespace)) continue;
    if (reached || leadsInto(state, namespace)) left.add(namespace);
    else {
      state.objects.delete(namespace);
      left.delete(namespace);
    }
  }
}

/** True for the private namespace of a process that was reaped. */
function outlives(state: State, namespace: string): boolean {
  const owner = ownerOf(namespace);
  return owner !== undefined && state.processes.get(owner)?.life.reaped === true;
}

/** Releases the namespaces that a reaped process kept alive: its own, and those its capabilities led into. */
export function releaseOfReaped(state: State, pid: number): void {
  releaseNamespaces(state, [`p${pid}`, ...state.capabilities.leading.takeNamespaces(pid)]);
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

/** The image that a process runs: the content it was started from, whatever image now has its name. */
export function imageOf(
  state: Readonly<State>,
  builtIn: ReadonlyMap<string, Image>,
  process: Process,
): Image | undefined {
  return state.images.get(process.imageHash) ?? builtIn.get(process.image);
}
