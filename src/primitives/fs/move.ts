// Moving and renaming: `fs.move`.
import * as z from "zod";
import { fault, isFault, type Fault } from "../../abi/errors.ts";
import { quotedName } from "../../abi/quoted.ts";
import { define, type Invocation, type Operation, type Prepared, type View } from "../../kernel/operation.ts";
import { holdsSecrets } from "./classes/classes.ts";
import type { Grant } from "../../kernel/witness.ts";
import type { FsBackend, Spot } from "./backend.ts";
import { asksOfMove } from "./asks.ts";
import { effectOf, MAX_TEXT, noteFolders, placeOfResource, reportEffect, riskOf } from "./change.ts";
import { refuseNew } from "./near.ts";
import { locateInside, needsOf, pathOf, realNeeds, resourceOf, shownPath } from "./path.ts";
import { pathArgument } from "./read.ts";
import { allOf, likelyAt } from "./text/text.ts";
import { folderOf, modeOf, noteWhole, reachWhole, recheckWhole, resourceBelow, type Whole } from "./whole.ts";

const movePrestate = z.strictObject({
  ...{ from: z.string(), to: z.string(), pre: z.string(), identity: z.string(), names: z.int() },
  folder: z.literal(true).optional(),
  mode: z.int().optional(),
});
const moveInput = z.strictObject({
  from: pathArgument,
  to: pathArgument.describe("The full new path; must not exist."),
});
const moveOutput = z.strictObject({ from: z.string(), to: z.string(), moved: z.int() });

interface MoveState {
  readonly whole: Whole;
  readonly to: Spot;
}

/** The destination: absent, or the second name of the same file after a crash halfway through this move. */
async function reachDestination(
  backend: FsBackend,
  path: string,
  from: Spot,
  view: View,
  look: Grant,
): Promise<Spot | Fault> {
  const place = locateInside(path, view);
  if (isFault(place)) return place;
  const found = await backend.reach(place, "write", look);
  // A name may become composed or decomposed; then the old name is what is there.
  const to =
    isFault(found) || found.resource !== from.resource || resourceOf(place) === from.resource
      ? found
      : await backend.reach(place, "write", look, true);
  if (isFault(to)) return to;
  const halfway = to.identity === from.identity && from.kind !== "folder" && to.resource !== from.resource;
  if (halfway) return to;
  if (to.kind === "absent") return (await refuseNew(backend, path, to, view, look, from.resource)) ?? to;
  return fault(
    "EEXIST",
    `${to.resource} is there already.`,
    "Nothing is overwritten by a move: name the full new path.",
  );
}

function moveResult(was: z.infer<typeof movePrestate>): z.infer<typeof moveOutput> {
  const path = (resource: string): string => pathOf(placeOfResource(resource));
  return { from: path(was.from), to: path(was.to), moved: was.names };
}

/** The content of a secret file may get a name that is none: its values are learned before. */
async function learnMoved(
  backend: FsBackend,
  { whole: { spot: from }, to }: MoveState,
  on: Invocation<unknown>,
): Promise<Fault | undefined> {
  if (from.kind !== "file" || ![from, to].some((spot) => holdsSecrets(spot.resource, on.view.roots)))
    return undefined;
  const got = await backend.lines(
    from,
    allOf(MAX_TEXT),
    likelyAt(backend, from.place, on.grant),
    on.grant,
    on.signal,
  );
  return isFault(got) ? undefined : on.learn(from.resource, "text" in got ? got.text : "");
}

/** Builds `fs.move`. It never replaces anything. */
export function moveOperation(backend: FsBackend): Operation {
  return define<z.infer<typeof moveInput>, z.infer<typeof moveOutput>, MoveState>({
    name: "fs.move",
    tool: "move_file",
    summary: "Move or rename a file, link or folder. Never overwrites; makes missing folders.",
    effect: "write",
    idempotent: false,
    names: ["from", "to"],
    input: moveInput,
    output: moveOutput,
    content: () => ({}),
    told: ({ from, to, moved }) =>
      `Moved ${quotedName(from)} to ${quotedName(to)}${moved === 1 ? "" : `, ${moved} names in all`}.`,
    needs(args, view) {
      const from = needsOf(args.from, view, ["read", "delete"]);
      const to = needsOf(args.to, view, ["write"]);
      return isFault(from) ? from : isFault(to) ? to : [...from, ...to];
    },
    async resolve(args, view, look, signal) {
      const found = await reachWhole(backend, args.from, ["read", "delete"], view, look, signal);
      if (isFault(found)) return found;
      const { spot, tree } = found.whole;
      const place = locateInside(args.to, view);
      if (isFault(place)) return place;
      const to = await reachDestination(backend, args.to, spot, view, look);
      if (isFault(to)) return to;
      if (`${to.resource}/`.startsWith(`${spot.resource}/`))
        return fault("EINVAL", "A folder cannot move into itself.");
      const names = tree === undefined ? [] : [[], ...tree.entries.map((e) => e.segments)];
      const arriving = [to.resource, ...to.aliases].flatMap((base) =>
        names.map((n) => resourceBelow(base, n)),
      );
      const whole = tree === undefined ? [] : [`${to.resource}/**`];
      const writes = [...arriving, ...whole].map((resource) => ({ resource, right: "write" as const }));
      const needs = [...found.needs, ...realNeeds(to, ["write"], place, look), ...writes];
      return {
        needs,
        state: { whole: found.whole, to },
        ...(spot.link === undefined ? {} : { link: spot.link }),
      };
    },
    async prepare(args, view, state, look, signal): Promise<Prepared | Fault> {
      const now = await recheckWhole(backend, args.from, state?.whole, view, look, signal);
      if (isFault(now) || state === undefined)
        return isFault(now) ? now : fault("ESTALE", "It was not looked at.");
      const to = await reachDestination(backend, args.to, now.spot, view, look);
      if (isFault(to)) return to;
      // The content moves along; a copy stays, so that a person can bring it back to its old place.
      const keep = backend.keeper(now.spot, "delete", now.pre, look);
      if (isFault(keep)) return keep;
      const asks = await asksOfMove(backend, now.spot, to, view, look, signal);
      const names = 1 + (state.whole.tree?.entries.length ?? 0);
      const risks = [
        riskOf(now.spot, view.roots, "delete", "medium"),
        riskOf(to, view.roots, "write", "medium"),
      ];
      return {
        prestate: {
          from: now.spot.resource,
          to: to.resource,
          pre: now.pre,
          identity: now.spot.identity,
          names,
          ...folderOf(now.spot),
          ...modeOf(now.spot),
        },
        preview: {
          verb: "move",
          target: shownPath(now.spot.place),
          to: shownPath(to.place),
          risk: asks.length > 0 || risks.includes("high") || now.spot.kind === "folder" ? "high" : "medium",
          notes: [...noteWhole(state.whole), ...noteFolders(to)],
        },
        keep,
        ...(asks.length === 0 ? {} : { asks }),
      };
    },
    async probe(_args, raw) {
      const was = movePrestate.parse(raw);
      const from = await backend.examine(placeOfResource(was.from));
      const to = await backend.examine(placeOfResource(was.to));
      if (isFault(from) || isFault(to))
        return { state: "unknown", detail: isFault(from) ? from.message : "the new place cannot be seen" };
      const same = (now: typeof from): boolean => now.identity === was.identity || now.mark === was.pre;
      const value = moveResult(was);
      if (from.kind === "absent" && same(to)) return { state: "done", value, ...effectOf(was) };
      // Both names on one file: the move gave the new name but did not remove the old one. It is then
      // finished.
      if (same(from) && (to.kind === "absent" || to.identity === from.identity))
        return { state: "not-started" };
      return { state: "unknown", detail: `${was.from} and ${was.to} are neither as before nor as after` };
    },
    async invoke(_args, on) {
      const was = movePrestate.parse(on.prestate);
      if (on.state === undefined) return fault("ESTALE", "It is not what was prepared.");
      const unkept = await learnMoved(backend, on.state, on);
      if (unkept !== undefined) return unkept;
      const failed = await backend.move(on.state.whole.spot, on.state.to, was.pre, on.grant, on.signal);
      if (failed !== undefined) return failed;
      reportEffect(on, was);
      return moveResult(was);
    },
  });
}
