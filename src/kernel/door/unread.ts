// What the record keeps of a read: everything, unless a file that holds secrets was read.
import type { Need } from "../../abi/resource.ts";
import { holdsSecrets } from "../authority/classes.ts";
import type { Operation } from "../operation.ts";

const REDACTED = "[redacted:secret]";

/**
 * What was read from a file that holds secrets is for the caller alone, in whatever form a secret may have: the record
 * keeps the shape of the answer and no text of it but the names that were asked for.
 */
export function unread(op: Operation | undefined, needs: readonly Need[], value: unknown): unknown {
  const secret = (n: Need): boolean => n.right === "read" && holdsSecrets(n.resource);
  if (op?.effect !== "read" || !needs.some(secret)) return value;
  const names = new Set(needs.map((n) => n.resource));
  const blank = (_: string, v: unknown): unknown => (typeof v === "string" && !names.has(v) ? REDACTED : v);
  return JSON.parse(JSON.stringify(value, blank));
}
