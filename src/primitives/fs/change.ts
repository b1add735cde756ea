// What all changes have in common: reaching a place without links, its digest before, staleness, risk, the probe.
import type { Preview } from "../../abi/question.ts";
import * as z from "zod";
import { fault, isFault, type Fault } from "../../abi/errors.ts";
import { fsSegments, type Right } from "../../abi/resource.ts";
import { classify } from "../../kernel/authority/classes.ts";
import type { FileChange, Probe, Resolved, View } from "../../kernel/operation.ts";
import type { Grant } from "../../kernel/witness.ts";
import { tempKey, type FsBackend, type Place, type Spot } from "./backend.ts";
import { locateInside, realNeeds } from "./path.ts";

/** Texts up to this are shown whole before a person answers; above it sizes and digests are. */
export const MAX_TEXT = 1024 * 1024;

/** Marks that are digests of content, and so can be compared with what a process has read. */
export const SHA256 = /^[0-9a-f]{64}$/u;

/** The first touch of a path that is written: no link is followed, and folders to be made join the needs. */
export async function reachForWrite(
  backend: FsBackend,
  path: string,
  rights: readonly Right[],
  view: View,
  look: Grant,
): Promise<Resolved<Spot> | Fault> {
  const [right = "write"] = rights;
  const place = locateInside(path, view);
  if (isFault(place)) return place;
  const spot = await backend.reach(place, right, look);
  if (isFault(spot)) return spot;
  const wrong = refuseNonFile(spot);
  return wrong ?? { needs: realNeeds(spot, rights, place, look), state: spot };
}

/** Writes go to regular files and to nothing else; a link is named with where it leads. */
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

/** Looks again before a preview: the same thing must stand there as when it was resolved, else ESTALE. */
export async function recheckSpot(
  backend: FsBackend,
  path: string,
  right: Right,
  state: Spot | undefined,
  view: View,
  look: Grant,
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
  return same
    ? now
    : fault("ESTALE", `${now.resource} changed since it was looked at.`, "Look again, then repeat.");
}

/** The digest of what a write will replace, and its bytes when they are few enough to be shown. */
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

/** ESTALE when this process has read or written the file and it is another one by now. Never seen: fine. */
export function staleFault(view: View, spot: Spot, pre: string): Fault | undefined {
  const seen = view.seen(spot.resource);
  if (seen === undefined || pre === "absent" || pre === seen) return undefined;
  return fault(
    "ESTALE",
    `${spot.resource} changed since this process read it.`,
    "Read it again, then repeat the change.",
  );
}

/** The risk shown to a person: what runs later or is secret is high whatever is done to it. */
export function riskOf(spot: Spot, right: "write" | "delete", least: Preview["risk"]): Preview["risk"] {
  const { asks } = classify(fsSegments(spot.resource).slice(1), right);
  if (asks.some((a) => a.once)) return "high";
  return asks.length > 0 && least === "low" ? "medium" : least;
}

/** What stands for texts that are not shown, and why they are not. */
export function describeSizes(change: { pre: string; post: string; oldSize: number; bytes: number }): string {
  const old = change.pre === "absent" ? "nothing" : `${change.oldSize} bytes (sha256 ${change.pre})`;
  const large = Math.max(change.oldSize, change.bytes) > MAX_TEXT;
  const why = large
    ? "Over 1 MB, so it is not compared side by side; the whole request is below."
    : "What is there is no text, so it is not compared side by side.";
  return `${why}\nReplaces ${old} by ${change.bytes} bytes (sha256 ${change.post}).`;
}

/** What a call that replaces one file's content did to it, told from its prestate. */
export function fileChangeOf(raw: unknown): readonly FileChange[] {
  const { resource, pre, post } = z
    .object({ resource: z.string(), pre: z.string(), post: z.string() })
    .parse(raw);
  return [{ resource, pre, post }];
}

interface Effect {
  readonly resource: string;
  readonly pre: string;
  readonly post: string;
}

/** The place of a prestate. It was journaled, so it is what the begin meant whatever the folders are called now. */
export function placeOfResource(resource: string): Place {
  const [folder = "", ...segments] = fsSegments(resource);
  return { folder, segments };
}

/**
 * After a crash: the digest of before means that nothing happened, the one of after that all did (also when both
 * are the same: nothing is left to do), any other that somebody else was there. Leftovers are swept either way.
 */
export async function probeFile(
  backend: FsBackend,
  was: Effect,
  value: (now: string) => unknown,
): Promise<Probe> {
  const place = placeOfResource(was.resource);
  await backend.sweep(place, tempKey(was.resource, was.post));
  const now = await backend.examine(place);
  if (isFault(now)) return { state: "unknown", detail: now.message };
  if (now.mark === was.post) {
    return { state: "done", value: value(was.post), saw: [{ resource: was.resource, sha256: was.post }] };
  }
  if (now.mark === was.pre) return { state: "not-started" };
  return { state: "unknown", detail: `${was.resource} is neither as before nor as after` };
}
