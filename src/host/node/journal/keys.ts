// Keys: making, loading and reading the Ed25519 key that signs a journal.
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import type { Identity } from "../../../abi/record/identity.ts";
import type { Signer } from "../../../kernel/ports.ts";
import { nodeDigests, publicKeyOf } from "../digests.ts";

/** A new journal's identity and the private key that goes with it, as a PEM text. */
export function newIdentity(): { identity: Identity; privateKey: string } {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  const id = nodeDigests.sha256(pem).slice(0, 32);
  return {
    identity: { format: 1, id, publicKey: pem },
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** The signing half of a journal's key; undefined when this private key is not that journal's. */
export function signerOf(identity: Identity, privateKey: string): Signer | undefined {
  const key = createPrivateKey(privateKey);
  if (!createPublicKey(key).equals(publicKeyOf(identity.publicKey))) return undefined;
  return {
    journalId: identity.id,
    publicKey: identity.publicKey,
    sign: (message) => sign(null, Buffer.from(message), key).toString("hex"),
  };
}

/**
 * Reads a public key that a person brought: a PEM text, an identity.json, or the 32 raw bytes in hex. The result is the
 * PEM text that identity.json would hold; undefined when it is none of these.
 */
export function readPublicKey(text: string): string | undefined {
  try {
    const plain = text.trim();
    if (plain.includes("PRIVATE KEY")) return undefined;
    if (/^[0-9a-f]{64}$/iu.test(plain)) {
      const der = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), Buffer.from(plain, "hex")]);
      return exported(createPublicKey({ key: der, format: "der", type: "spki" }));
    }
    const json: unknown = plain.startsWith("{") ? JSON.parse(plain) : { publicKey: plain };
    if (typeof json !== "object" || json === null || !("publicKey" in json)) return undefined;
    return typeof json.publicKey === "string" ? exported(createPublicKey(json.publicKey)) : undefined;
  } catch {
    return undefined;
  }
}

function exported(key: KeyObject): string | undefined {
  if (key.asymmetricKeyType !== "ed25519") return undefined;
  return key.export({ type: "spki", format: "pem" }).toString();
}
