// Calls of git: the repository that a call is about, what its verb needs, and words that its previews share.
import type { Note } from "../../abi/question.ts";
import { gitNote } from "./notes.ts";
import { gitResource, type GitVerb, type Need } from "../../abi/resource.ts";
import type { View } from "../../kernel/operation.ts";
import type { Place } from "../fs/backend.ts";
import { placeOfResource } from "../fs/change.ts";
import { pathOf } from "../fs/path.ts";
import { quotedName } from "../../abi/quoted.ts";
import type { GitFile } from "./backend.ts";

/** The place whose repository a call is about: the working directory of its process. */
export function here({ cwd }: Pick<View, "cwd">): Place {
  return placeOfResource(cwd);
}

/** The need of one verb on the repositories of the folder that the working directory is in. */
export function verbNeed(view: Pick<View, "cwd">, right: "read" | "write", verb: GitVerb): Need {
  return { right, resource: gitResource(here(view).folder, verb) };
}

/** The most files that a preview names. */
const NAMED = 3;

/** Files in one line of a preview. */
export function filesLine(files: readonly GitFile[]): string {
  const names = files.slice(0, NAMED).map(({ place }) => quotedName(pathOf(place)));
  return [...names, ...(files.length > NAMED ? [`… (+${files.length - NAMED})`] : [])].join(", ");
}

/** A note about the hooks that are left out; none when there are none. */
export function hooksNote(hooks: readonly string[]): Note[] {
  return hooks.length === 0 ? [] : [gitNote("hooks", hooks.length, hooks.map(quotedName).join(", "))];
}
