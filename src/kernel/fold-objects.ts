// The fold of what is kept by name: images, and objects: versions that never change, links between them, and when a namespace is let go.
import type { AnyRecord } from "../abi/record.ts";
import { encodeName, overlaps } from "../abi/resource.ts";
import { INIT, VERSIONS_HELD, type State, type StoredObject } from "./state.ts";

/** Applies what a record says of one object or image. Only the fold may call it. */
export function keep(
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
    object.versions.push({ ...version, by: record.pid ?? INIT, time: record.time });
    if (object.versions.length > VERSIONS_HELD) object.versions.shift();
  }
}

/**
 * Lets go of what nobody can reach any more. The private namespace of a process lives as long as the process, and after
 * it was reaped as long as somebody who lives holds anything that leads into it. A namespace of another name stays.
 * The bodies stay in the record, where no line may change.
 */
export function release(state: State): void {
  for (const namespace of state.objects.keys()) {
    const owner = /^p(\d+)$/u.exec(namespace)?.[1];
    const life = owner === undefined ? undefined : state.processes.get(Number(owner))?.life;
    if (life?.reaped === true && !isReached(state, namespace)) state.objects.delete(namespace);
  }
}

function isReached(state: State, namespace: string): boolean {
  const tree = `object:/${encodeName(namespace)}/**`;
  const at = { now: Date.parse(state.time), placeOf: () => undefined };
  for (const { pid, life } of state.processes.values()) {
    if (life.ended !== undefined) continue;
    for (const held of state.capabilities.heldBy(pid))
      if (
        held.cap.effect !== "deny" &&
        held.cap.resource.startsWith("object:") &&
        overlaps(held.cap.resource, tree) &&
        state.capabilities.live(held, at)
      )
        return true;
  }
  return false;
}
