// Roots at run time: adds workspace folders for a process or a person, and removes them again.
import { fault, type Fault } from "../../abi/errors.ts";
import { quotedName } from "../../abi/quoted.ts";
import { rootFolderSchema, type RootFolder } from "../../abi/record.ts";
import { commit, living, type Core } from "../core.ts";
import { clashOf, ROOTS_MOST, type WorkspaceRoot } from "../state/roots.ts";
import { isLiveGrant, isPerson, type Grant, type Person } from "../witness.ts";

/** The longest name and the longest path of a folder, in characters. */
const LONGEST = { name: 255, path: 4096 };
const ABSOLUTE = /^(?:\/|[A-Za-z]:[\\/]|\\\\)/u;
const UNCLEAN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/**
 * Adds a workspace folder for the process of a running call, or for a person. `path` is its real path; the host checks
 * at each access that the folder is still there. The folder opens nothing: each grant on it is judged like any other. A
 * folder of a process goes with the process.
 */
export function addRoot(core: Core, who: Grant | Person, folder: RootFolder): Fault | undefined {
  const owner = ownerOf(core, who);
  if (typeof owner !== "string") return owner;
  const wrong = rootFault(core, folder);
  if (wrong !== undefined) return wrong;
  const full = crowdFault(core, folder);
  if (full !== undefined) return full;
  commit(core, "root.add", { ...folder, owner }, placeOf(owner));
  return undefined;
}

/** Why there is no place for a folder among those that are there. */
export function crowdFault({ state: { roots } }: Core, folder: RootFolder): Fault | undefined {
  if (roots.length >= ROOTS_MOST)
    return fault("EDQUOT", `There are ${ROOTS_MOST} workspace folders.`, "Remove one first.");
  const other = clashOf(folder, roots);
  if (other === undefined) return undefined;
  const why = `There is a workspace folder ${quotedName(other.name)} at ${quotedName(other.path)}.`;
  return fault("EEXIST", why, "Take a name and a place of its own.");
}

/** Removes a folder that was added. A process removes its own ones; a person removes any. */
export function removeRoot(core: Core, who: Grant | Person, name: string, reason: string): Fault | undefined {
  const owner = ownerOf(core, who);
  if (typeof owner !== "string") return owner;
  const root = core.state.roots.find((each) => each.name === name);
  if (root === undefined)
    return fault("ENOENT", `There is no workspace folder ${quotedName(name)}.`, "See the list of folders.");
  if (root.owner === undefined)
    return fault("EACCES", `A person opened ${quotedName(name)}.`, "It is closed where it was opened.");
  if (owner !== "person" && owner !== root.owner)
    return fault("EACCES", `${quotedName(name)} is not its own.`, "Who added it can remove it.");
  remove(core, root, owner, reason);
  return undefined;
}

/** Removes the folders of a process that ends. Its worktree stays: work may be in it. */
export function removeRootsOf(core: Core, pid: number, reason: string): void {
  for (const root of core.state.roots)
    if (root.owner === `pid:${pid}` && root.worktree === undefined) remove(core, root, "kernel", reason);
}

/** Removes the folders of all processes at an opening, except worktrees: nobody looked after them meanwhile. */
export function removeLeftRoots(core: Core): void {
  for (const root of core.state.roots)
    if (root.owner?.startsWith("pid:") === true && root.worktree === undefined)
      remove(core, root, "kernel", "the runtime was started anew");
}

/** Records that a worktree is gone. Nothing happens while the process that owns it lives. */
export function closeWorktree(core: Core, name: string, reason: string): void {
  const root = core.state.roots.find((each) => each.name === name);
  if (core.sealed !== undefined || root?.worktree === undefined) return;
  if (living(core, placeOf(root.owner ?? "").pid ?? 0) !== undefined) return;
  remove(core, root, "kernel", reason);
}

function remove(core: Core, { name, owner = "" }: WorkspaceRoot, by: string, reason: string): void {
  commit(core, "root.remove", { name, by, reason }, placeOf(owner));
}

/** The process of an owner, as the place of a record. */
function placeOf(owner: string): { pid?: number } {
  return owner.startsWith("pid:") ? { pid: Number(owner.slice(4)) } : {};
}

/** The owner that a witness proves. */
function ownerOf(core: Core, who: Grant | Person): string | Fault {
  if (core.sealed !== undefined) return core.sealed;
  if (isLiveGrant(who)) {
    // A folder is there for everybody and outlives the call, so a part of a process has no say about it.
    if (who.authority.within !== undefined)
      return fault("EACCES", "A part of an agent changes no folders.", "The agent itself can.");
    if (who.mode === "full" && living(core, who.pid) !== undefined) return `pid:${who.pid}`;
  } else if (isPerson(who) && who.as === "person") return "person";
  return fault("EACCES", "Only a running call or a person changes the folders.", "Call through the door.");
}

/** Why a folder cannot be one of the workspace, whatever else is. */
export function rootFault(core: Core, folder: RootFolder): Fault | undefined {
  const { name, path, opened } = folder;
  const hint = "Take a plain name and the real, absolute path of a folder.";
  if (!rootFolderSchema.safeParse(folder).success) return fault("EINVAL", "This is no folder.", hint);
  const badName = name === "" || name === "." || name === ".." || name.length > LONGEST.name;
  if (badName || /[/\\:]/u.test(name) || UNCLEAN.test(name) || name.trim() !== name || !name.isWellFormed())
    return fault("EINVAL", `${quotedName(name.slice(0, LONGEST.name))} is no name for a folder.`, hint);
  for (const each of opened === undefined ? [path] : [path, opened])
    if (!ABSOLUTE.test(each) || each.length > LONGEST.path || each.includes("\0") || !each.isWellFormed())
      return fault("EINVAL", "The path of the folder is not absolute.", hint);
  const { redactor } = core.journal;
  if ([name, path, opened ?? ""].some((text) => redactor.text(text, true) !== text))
    return fault("EINVAL", "The folder is named like a secret, which the record leaves out.", hint);
  return undefined;
}
