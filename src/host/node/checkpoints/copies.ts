// Copies: the texts that changes replaced, read again, and the room that all of them take.
import { keptText } from "../fs/preimage.ts";
import { roomTaken } from "./room.ts";

/** The copies in a folder; undefined where none are kept. `most` gives the bound in bytes. */
export function copiesOf(folder: string | undefined, most: () => number) {
  return {
    /** The text of a copy by the digest of its bytes; undefined when there is none. */
    kept: (sha256: string): Promise<string | undefined> => keptText(folder ?? "", sha256),
    copies: async () => ({ bytes: await roomTaken(folder), most: most() }),
  };
}
