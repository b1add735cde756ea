// Namespaces of objects: whose a private one is, and which one a resource leads into.
import { foldCase, isTree, stem } from "../../abi/resource.ts";

/** What stands for every namespace at once. */
export const EVERY_NAMESPACE = "";

const OBJECT_ROOT = "object:/";

/** The process whose private namespace it is; undefined for a namespace of another name. */
export function ownerOf(namespace: string): number | undefined {
  const owner = /^p(\d+)$/u.exec(namespace)?.[1];
  return owner === undefined ? undefined : Number(owner);
}

/** The namespace that an object resource leads into, {@link EVERY_NAMESPACE} for all, as far as letters tell; else undefined. */
export function objectNamespaceOf(resource: string): string | undefined {
  if (!resource.startsWith("object:")) return undefined;
  const name = foldCase(stem(resource)).slice(OBJECT_ROOT.length).split("/")[0] ?? "";
  return name === "" && !isTree(resource) ? undefined : name;
}
