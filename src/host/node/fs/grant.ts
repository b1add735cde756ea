// The last look at a witness before a file is touched: alive, of the mode that is needed, for the name that is meant.
import type { Right } from "../../../abi/resource.ts";
import { isLiveGrant, type Grant } from "../../../kernel/witness.ts";
import { refuse } from "./errno.ts";

/** Refuses unless `grant` is a live one for each right on each resource; `full` is needed for every effect. */
export function demand(
  grant: unknown,
  mode: "look" | "full",
  needs: readonly { readonly right: Right; readonly resource: string }[],
): void {
  if (!isLiveGrant(grant)) refuse("EACCES", "This call was not authorised, or it has ended.");
  if (mode === "full" && grant.mode !== "full") refuse("EACCES", "This call may only look.");
  const stray = needs.find((n) => !grant.permits(n.right, n.resource));
  if (stray !== undefined)
    refuse("EACCES", `This call was not authorised to ${stray.right} ${stray.resource}.`);
}

/** Refuses unless each folder that is to be made was a need of the call, or may be written without asking. */
export function demandFolders(grant: Grant, folders: readonly string[]): void {
  const stray = folders.find((f) => !grant.permits("write", f) && !grant.entry("write", f));
  if (stray !== undefined) refuse("EACCES", `This call was not authorised to make ${stray}.`);
}

/** One right on a real name and on every other name of the same place. */
export function each(
  right: Right,
  spot: { readonly resource: string; readonly aliases: readonly string[] },
): { right: Right; resource: string }[] {
  return [spot.resource, ...spot.aliases].map((resource) => ({ right, resource }));
}
