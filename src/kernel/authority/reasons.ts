// Reasons of the asks that the kernel itself has, for the person who is asked: their keys, and their words.
import { reasonsOf, type SayNote } from "../../abi/kind.ts";

/** Values are the id of a capability and its resource. No kind has a note of the same key. */
export const kernelReasons = {
  heldAsk: (t, id = "", resource = "") => t("{0} says ask for {1}", id, resource),
  loop: (t) => t("the same call gave the same result twice, with nothing changed in between"),
} satisfies Readonly<Record<string, SayNote>>;

/** Makes the reason of an ask of the kernel. */
export const kernelReason = reasonsOf(kernelReasons);
