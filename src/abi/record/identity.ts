// The identity of a journal: its id, and the key that signs its heads.
import * as z from "zod";

/** The text of identity.json: one line and a newline. Its SHA-256 is the `prev` of the first record. */
export const identitySchema = z.strictObject({
  format: z.literal(1),
  /** The first 32 hex digits of the SHA-256 of `publicKey`, so that no other key can claim this id. */
  id: z.string().regex(/^[0-9a-f]{32}$/u),
  /** Ed25519, as a PEM text. */
  publicKey: z.string(),
});
export type Identity = z.infer<typeof identitySchema>;
