// Namespaces: the owner of a private one, the one that a resource leads into, and who reaches into which.
import type { Capability } from "../../abi/capability.ts";
import type { Kinds } from "../../abi/kind.ts";

/** The name for every namespace at once. */
export const EVERY_NAMESPACE = "";

/** The process that owns a private namespace; undefined for a namespace with another name. */
export function ownerOf(namespace: string): number | undefined {
  const owner = /^p(\d+)$/u.exec(namespace)?.[1];
  return owner === undefined ? undefined : Number(owner);
}

/** The namespace that a resource leads into, {@link EVERY_NAMESPACE} for all; undefined for one in no namespace. */
export function namespaceOf(resource: string, kinds: Kinds): string | undefined {
  return kinds.of(resource)?.namespaceOf?.(resource);
}

/** A capability as the table holds it. */
interface Leader {
  readonly cap: Pick<Capability, "effect" | "holder" | "resource">;
}

/** True for every namespace at once, or the private one of another process: access to it keeps it alive. */
function isForeign(namespace: string, holder: number): boolean {
  const owner = ownerOf(namespace);
  return namespace === EVERY_NAMESPACE || (owner !== undefined && owner !== holder);
}

/** The capabilities that lead into private namespaces of processes other than their holder, by namespace. */
export class Leading<H extends Leader> {
  readonly #byNamespace = new Map<string, Set<H>>();
  /** The namespace of each. Most capabilities lead nowhere, and a revoke asks for every one. */
  readonly #into = new Map<H, string>();
  /** By holder, all that it was given into such a namespace and still has, also revoked ones and denies. */
  readonly #byHolder = new Map<number, Set<H>>();
  readonly #kinds: Kinds;
  /** The private namespaces of reaped processes that are still there. */
  readonly left = new Set<string>();

  constructor(kinds: Kinds) {
    this.#kinds = kinds;
  }

  add(held: H): void {
    const { effect, holder, resource } = held.cap;
    const namespace = namespaceOf(resource, this.#kinds);
    if (namespace === undefined || !isForeign(namespace, holder)) return;
    addTo(this.#byHolder, holder, held);
    if (effect === "deny") return;
    addTo(this.#byNamespace, namespace, held);
    this.#into.set(held, namespace);
  }

  drop(held: H): void {
    const namespace = this.#into.get(held);
    if (namespace === undefined) return;
    this.#into.delete(held);
    const known = this.#byNamespace.get(namespace);
    if (known?.delete(held) === true && known.size === 0) this.#byNamespace.delete(namespace);
  }

  /** Those that name exactly this private namespace, or {@link EVERY_NAMESPACE}. */
  into(namespace: string): Iterable<H> {
    return this.#byNamespace.get(namespace) ?? [];
  }

  /** Drops one that goes to another holder. */
  leave(held: H): void {
    this.drop(held);
    this.#byHolder.get(held.cap.holder)?.delete(held);
  }

  /** Drops all of a holder that has ended: it uses no capability any more. */
  end(holder: number): void {
    for (const held of this.#byHolder.get(holder) ?? []) this.drop(held);
  }

  /** The namespaces that those of a holder led into, and forgets the holder. */
  takeNamespaces(holder: number): Set<string> {
    const all = [...(this.#byHolder.get(holder) ?? [])];
    this.#byHolder.delete(holder);
    return new Set(all.flatMap(({ cap }) => namespaceOf(cap.resource, this.#kinds) ?? []));
  }
}

function addTo<K, V>(sets: Map<K, Set<V>>, key: K, value: V): void {
  const known = sets.get(key);
  if (known === undefined) sets.set(key, new Set([value]));
  else known.add(value);
}
