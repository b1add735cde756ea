// Digests and signature checks by node:crypto: what a journal is hashed and checked with.
import { createHash, createPublicKey, hash, verify, type KeyObject } from "node:crypto";
import type { Digests, SignatureCheck } from "../../kernel/ports.ts";

export const nodeDigests: Digests = {
  sha256: (data) => hash("sha256", data, "hex"),
  begin() {
    const sum = createHash("sha256");
    return { add: (data) => void sum.update(data), end: () => sum.digest("hex") };
  },
};

const parsed = new Map<string, KeyObject>();

/** The key of this PEM text, parsed once. Throws when it is none. */
export function publicKeyOf(pem: string): KeyObject {
  const known = parsed.get(pem);
  if (known !== undefined) return known;
  const key = createPublicKey(pem);
  if (parsed.size > 64) parsed.clear();
  parsed.set(pem, key);
  return key;
}

export const nodeSignatures: SignatureCheck = {
  verifies(publicKey, message, signature) {
    try {
      if (!/^[0-9a-f]{128}$/u.test(signature)) return false;
      const key = publicKeyOf(publicKey);
      return (
        key.asymmetricKeyType === "ed25519" &&
        verify(null, Buffer.from(message), key, Buffer.from(signature, "hex"))
      );
    } catch {
      return false;
    }
  },
};
