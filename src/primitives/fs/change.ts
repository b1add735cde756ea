// Changes: the steps that all changing operations share, from the path without links to the probe after a
// crash.
import { quotedName } from "../../abi/quoted.ts";
import { fsNote } from "./classes/notes.ts";
import { fault, isFault, type Fault } from "../../abi/errors.ts";
import type { Note, Preview } from "../../abi/question.ts";
import type { RootFolder } from "../../abi/record.ts";
import type { FileChange } from "../../abi/record/files.ts";
import { fsSegments, type Right } from "../../abi/resource.ts";
import { classifyResource } from "./classes/classes.ts";
import type { Invocation, Probe, Resolved, View } from "../../kernel/operation.ts";
import type { Grant } from "../../kernel/witness.ts";
import { tempKey, type FsBackend, type Place, type Spot } from "./backend.ts";
import { missingFault, refuseAmbiguous, refuseNew, refuseTwin } from "./near.ts";
import { locateInside, realNeeds } from "./path.ts";

/** Texts up to this size are shown whole to a person; of larger ones, sizes and digests are shown. */
export const MAX_TEXT = 1024 * 1024;

/** Marks that are digests of content, so they can be compared with the content that a process has read. */
const SHA256 = /^[0-9a-f]{64}$/u;

/**
 * Opens a path that is written for the first time. No link is followed, and folders to make join the needs. A path that
 * is read, too, must be there. Something new must not pass for what is there, unless it was there before.
 */
export async function reachForWrite(
  backend: FsBackend,
  path: string,
  rights: readonly Right[],
  view: View,
  look: Grant,
  wasThere = false,
): Promise<Resolved<Spot> | Fault> {
  const [right = "write"] = rights;
  const place = locateInside(path, view);
  if (isFault(place)) return place;
  const spot = await backend.reach(place, right, look);
  if (isFault(spot)) return spot;
  const wrong =
    refuseNonFile(spot) ??
    (wasThere ? undefined : await refuseUnclear(backend, path, spot, rights, view, look));
  return wrong ?? { needs: realNeeds(spot, rights, place, look), state: spot };
}

function refuseUnclear(
  backend: FsBackend,
  path: string,
  spot: Spot,
  rights: readonly Right[],
  view: View,
  look: Grant,
): Promise<Fault | undefined> {
  if (spot.kind !== "absent") return refuseAmbiguous(backend, path, spot, view, look);
  if (rights.includes("read")) return missingFault(backend, path, spot.place, view, look);
  return refuseNew(backend, path, spot, view, look);
}

/** Writes change regular files only. The refusal of a link names its target. */
function refuseNonFile(spot: Spot): Fault | undefined {
  if (spot.kind === "link") {
    const target = JSON.stringify(spot.link ?? "");
    return fault(
      "EACCES",
      `${spot.resource} is a link to ${target}: nothing is written through links.`,
      "Name the real file instead.",
    );
  }
  if (spot.kind === "folder") return fault("EINVAL", `${spot.resource} is a folder.`, "Name a file in it.");
  if (spot.kind === "other") {
    return fault(
      "EINVAL",
      `${spot.resource} is no regular file (a pipe, socket or device).`,
      "Only regular files can be written.",
    );
  }
  return undefined;
}

/**
 * Reaches the place again before a preview. Gives ESTALE unless the same thing is there. Gives EEXIST if something that
 * looks the same as a new name has come meanwhile.
 */
export async function recheckSpot(
  backend: FsBackend,
  path: string,
  right: Right,
  state: Spot | undefined,
  view: View,
  look: Grant,
  wasThere = false,
): Promise<Spot | Fault> {
  const place = locateInside(path, view);
  if (isFault(place)) return place;
  const now = await backend.reach(place, right, look);
  if (isFault(now)) return now;
  const same =
    state !== undefined &&
    now.identity === state.identity &&
    now.kind === state.kind &&
    now.resource === state.resource &&
    now.missing.every((folder) => state.missing.includes(folder));
  if (!same)
    return fault("ESTALE", `${now.resource} changed since it was looked at.`, "Look again, then repeat.");
  // Where no name came since the last look, no look-alike did, and a large folder is not listed again.
  const quiet = now.around !== undefined && now.around === state.around;
  const isNew = now.kind === "absent" && !wasThere && !quiet;
  const twin = isNew ? await refuseTwin(backend, now, view, look) : undefined;
  return twin ?? now;
}

/** The digest of the content that a write replaces, and its bytes when they are few enough to show. */
export async function readBefore(
  backend: FsBackend,
  spot: Spot,
  right: Right,
  look: Grant,
  signal: AbortSignal,
): Promise<{ pre: string; bytes?: Uint8Array } | Fault> {
  if (spot.kind === "absent") return { pre: "absent" };
  if ((spot.mode & 0o222) === 0) {
    return fault(
      "EACCES",
      `${spot.resource} is read-only (mode ${spot.mode.toString(8)}).`,
      "Ask a person to make it writable.",
    );
  }
  if (spot.size > MAX_TEXT) {
    const pre = await backend.mark(spot, right, look, signal);
    return isFault(pre) ? pre : { pre };
  }
  const got = await backend.content(spot, right, MAX_TEXT, look, signal);
  return isFault(got) ? got : { pre: got.sha256, bytes: got.bytes };
}

/**
 * ESTALE when this process has read or written the file and the content has changed since. A file it never
 * read is fine.
 */
export function staleFault(view: View, spot: Spot, pre: string): Fault | undefined {
  const seen = view.seen(spot.resource);
  if (seen === undefined || pre === "absent" || pre === seen) return undefined;
  return fault(
    "ESTALE",
    `${spot.resource} changed since this process read it.`,
    "Read it again, then repeat the change.",
  );
}

/** The risk shown to a person. Secrets and files that run later are always high. */
export function riskOf(
  spot: Spot,
  roots: readonly RootFolder[],
  right: "write" | "delete",
  least: Preview["risk"],
): Preview["risk"] {
  const { asks } = classifyResource(spot.resource, right, roots);
  if (asks.some((a) => a.once)) return "high";
  return asks.length > 0 && least === "low" ? "medium" : least;
}

/** The sizes that replace texts that are not shown, and the reason. */
export function noteSizes(change: { pre: string; post: string; oldSize: number; bytes: number }): Note[] {
  const { pre, post, oldSize, bytes } = change;
  return [
    fsNote(Math.max(oldSize, bytes) > MAX_TEXT ? "tooLargeToCompare" : "noTextToCompare"),
    pre === "absent" ? fsNote("newBytes", bytes, post) : fsNote("replacesBytes", oldSize, pre, bytes, post),
  ];
}

/** The folders that a new name makes, because they are missing. */
export function noteFolders({ missing }: Pick<Spot, "missing">): Note[] {
  return missing.map((folder) => fsNote("makesFolder", quotedName(folder)));
}

/** The prestate of a change: of one name, which is gone afterwards if there is no `post`, or of a move. */
type Prestate = {
  readonly pre: string;
  readonly folder?: true | undefined;
  /** The permissions of the file before. */
  readonly mode?: number | undefined;
  /** Whether the change makes it a program; as it was if undefined. */
  readonly executable?: boolean | undefined;
} & ({ readonly resource: string; readonly post?: string } | { readonly from: string; readonly to: string });

/** The words of a change for whether the file could be run as a program before, and can now. */
function runsOf({ mode = 0, executable = (mode & 0o111) !== 0 }: Prestate): {
  left: { ran?: true };
  came: { runs?: true };
} {
  return {
    left: (mode & 0o111) !== 0 ? { ran: true } : {},
    came: executable ? { runs: true } : {},
  };
}

/** The report of a change: which files it changed, and as which its process knows them now. */
type Effect = Required<Pick<Extract<Probe, { state: "done" }>, "changes" | "saw">>;

/** The effect of a change, told from its prestate: the same for the act and for the probe after a crash. */
export function effectOf(was: Prestate): Effect {
  // The digest of a folder is none of a content. By it the list of its files was kept.
  const pre = was.folder === true ? `folder:${was.pre}` : was.pre;
  const { left, came } = runsOf(was);
  const steps: readonly FileChange[] =
    "from" in was
      ? [
          { resource: was.from, pre, post: "absent", ...left },
          { resource: was.to, pre: "absent", post: pre, ...came },
        ]
      : [
          {
            ...{ resource: was.resource, pre, post: was.post ?? "absent", ...left },
            ...(was.post === undefined || was.post === "absent" ? {} : came),
          },
        ];
  return {
    changes: steps.filter((step) => step.pre !== step.post || step.ran !== step.runs),
    saw: steps
      .filter(({ post }) => post === "absent" || SHA256.test(post))
      .map(({ resource, post }) => ({ resource, sha256: post === "absent" ? null : post })),
  };
}

/** Reports the effect of a change that was carried out. */
export function reportEffect(on: Pick<Invocation<unknown>, "changed" | "saw">, was: Prestate): void {
  const { changes, saw } = effectOf(was);
  for (const change of changes) on.changed(change);
  for (const { resource, sha256 } of saw) on.saw(resource, sha256);
}

/**
 * The place of a prestate. The prestate was recorded, so it keeps the meaning of the begin even after folders
 * are renamed.
 */
export function placeOfResource(resource: string): Place {
  const [folder = "", ...segments] = fsSegments(resource);
  return { folder, segments };
}

/**
 * Probes after a crash. The digest of before means that nothing happened. The digest of after means that all
 * is done, also when both are the same. Any other digest means that somebody else changed the file. Leftovers
 * are removed in every case.
 */
export async function probeFile(
  backend: FsBackend,
  was: Extract<Prestate, { resource: string }> & { readonly post: string },
  value: (now: string) => unknown,
): Promise<Probe> {
  const place = placeOfResource(was.resource);
  await backend.sweep(place, tempKey(was.resource, was.post));
  const now = await backend.examine(place);
  if (isFault(now)) return { state: "unknown", detail: now.message };
  if (now.mark === was.post) return { state: "done", value: value(was.post), ...effectOf(was) };
  if (now.mark === was.pre) return { state: "not-started" };
  return { state: "unknown", detail: `${was.resource} is neither as before nor as after` };
}
