// Heads: the signed ends of batches, and which of them prove what stands before them.
import type { SignatureCheck } from "../../ports.ts";
import type { Defect, Scanned } from "../../ports/files.ts";
import type { HeadMark } from "../../ports/store.ts";
import { headMessage } from "../line.ts";

/** A head that continues the chain, with the data to check its signature and to continue after it. */
export interface Head extends HeadMark {
  readonly bareHash: string;
  readonly signature: string;
  readonly at: Defect;
  readonly end: Scanned["end"];
}

/** Where a reading stands that has just read this head. */
export function positionOf({ seq, hash, end }: Head): Pick<Scanned, "last" | "end"> {
  return { last: { seq, hash }, end };
}

/** The identity whose key must have signed. */
interface Signatory {
  readonly id: string;
  readonly publicKey: string;
}

/** True when the key of this identity signed the head. */
export function isSigned(
  signatures: SignatureCheck,
  { id, publicKey }: Signatory,
  { bareHash, signature }: Pick<Head, "bareHash" | "signature">,
): boolean {
  return signatures.verifies(publicKey, headMessage(id, bareHash), signature);
}

/**
 * Finds the last good head among those of a segment, in order, and the first bad one. Through the chain a signature
 * covers everything before it, so a good last one is enough. Only when it is bad, earlier ones are checked in turn; when
 * `late` says that the time is over, the next one counts as bad.
 */
export function judgeHeads(
  heads: readonly Head[],
  signed: (head: Head) => boolean,
  late: () => boolean,
): { readonly good?: Head | undefined; readonly bad?: Head | undefined } {
  const last = heads.at(-1);
  if (last === undefined || signed(last)) return { good: last };
  const bad = heads.findIndex((head) => late() || !signed(head));
  return { good: heads[bad - 1], bad: heads[bad] ?? last };
}
