// Pinned copies: the contents that must stay kept, whatever room they take.
import * as z from "zod";
import type { State } from "../state/rows.ts";

const marks = z.looseObject({ pre: z.string().optional(), post: z.string().optional() });
const DIGEST = /^(?:folder:)?([0-9a-f]{64})$/u;

/**
 * The digests of the copies that a named checkpoint, an unfinished call or a restore may need. A folder's is that of the
 * list of its files; those files are then needed, too.
 */
export function pinnedCopies(state: Readonly<State>): Set<string> {
  const pinned = new Set<string>();
  const pin = (mark: string | undefined): void => {
    const [, digest] = DIGEST.exec(mark ?? "") ?? [];
    if (digest !== undefined) pinned.add(digest);
  };
  let named = false;
  for (const { before, changes } of state.checkpoints.values()) {
    named ||= before === undefined;
    if (named) for (const { pre } of changes.values()) pin(pre);
  }
  for (const { prestate, noted } of state.open.values()) {
    const was = marks.safeParse(prestate).data;
    pin(was?.pre);
    pin(was?.post);
    // A command that has run notes what it left, in whatever shape; its calls are still to come.
    for (const [digest] of JSON.stringify(noted ?? null).matchAll(/[0-9a-f]{64}/gu)) pinned.add(digest);
  }
  for (const { files } of state.restores)
    for (const { from, to } of files) {
      pin(from);
      pin(to);
    }
  return pinned;
}
