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
  readonly #kinds: Kinds;
  #widened = false;

  constructor(kinds: Kinds) {
    this.#kinds = kinds;
  }

  add(held: H): void {
    const { effect, holder, resource } = held.cap;
    const namespace = effect === "deny" ? undefined : namespaceOf(resource, this.#kinds);
    if (namespace === undefined || !isForeign(namespace, holder)) return;
    this.#widened ||= namespace === EVERY_NAMESPACE;
    const known = this.#byNamespace.get(namespace);
    if (known === undefined) this.#byNamespace.set(namespace, new Set([held]));
    else known.add(held);
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

  /** True when one into every namespace was added since this was last asked. */
  takeWidened(): boolean {
    const was = this.#widened;
    this.#widened = false;
    return was;
  }
}
