// The identity of a journal: reading identity.json, whose exact bytes the first record continues.
import { identitySchema, type Identity } from "../abi/record.ts";
import { textOf } from "./bytes.ts";
import { jsonOf } from "./line.ts";
import type { Defect, Digests } from "./ports.ts";

/** The identity that these bytes hold, or what is wrong with them. `wanted` is the only public key that will do. */
export function readIdentity(bytes: Uint8Array, digests: Digests, wanted?: string): Identity | Defect {
  const fail = (what: string): Defect => ({ file: "identity.json", line: 1, byte: 0, what });
  const parsed = identitySchema.safeParse(jsonOf(textOf(bytes)));
  if (!parsed.success) return fail("it is no identity of this format");
  const { id, publicKey } = parsed.data;
  if (digests.sha256(publicKey).slice(0, 32) !== id)
    return fail("the journal id does not belong to the public key");
  if (wanted !== undefined && wanted !== publicKey)
    return fail("the public key is not the one that was given");
  return parsed.data;
}
