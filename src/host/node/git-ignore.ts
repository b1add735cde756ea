// What git does not ignore: a listing by git itself, run so that nothing a repository configures can run a program.
import type { Ignores } from "../../primitives/fs-backend.ts";

/** Which names below a folder belong to the listing. */
export async function gitShows(
  _root: string,
  _below: readonly string[],
  _signal: AbortSignal,
): Promise<Ignores> {
  return { shows: () => true, note: "Not filtered: git is not asked yet." };
}
