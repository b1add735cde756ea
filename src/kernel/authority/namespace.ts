// Namespaces of objects: the owner of a private namespace, and the namespace that a resource leads into.
import { foldCase, isTree, stem } from "../../abi/resource.ts";

/** The name for every namespace at once. */
export const EVERY_NAMESPACE = "";

const OBJECT_ROOT = "object:/";

/** The process that owns a private namespace; undefined for a namespace with another name. */
export function ownerOf(namespace: string): number | undefined {
  const owner = /^p(\d+)$/u.exec(namespace)?.[1];
  return owner === undefined ? undefined : Number(owner);
}

/** The namespace of an object resource by its text, {@link EVERY_NAMESPACE} for all; undefined for other resources. */
export function objectNamespaceOf(resource: string): string | undefined {
  if (!resource.startsWith("object:")) return undefined;
  const name = foldCase(stem(resource)).slice(OBJECT_ROOT.length).split("/")[0] ?? "";
  return name === "" && !isTree(resource) ? undefined : name;
}
