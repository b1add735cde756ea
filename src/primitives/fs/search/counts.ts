// Counts: how much two operations looked at, what they left out and why, and where the next call goes on.
import * as z from "zod";
import type { View } from "../../../kernel/operation.ts";
import { isFault, type Fault } from "../../../abi/errors.ts";
import type { Ignores, Place, Walked } from "../backend.ts";
import { locateInside, pathOf } from "../path.ts";

/** One walk visits at most so many names; another one can go on after it. */
export const MAX_ENTRIES = 50_000;

/** One result shows about so many characters, so that a model gets all of it (`agent/context/results.ts`). */
export const MAX_SHOWN = 50_000;
/** The characters of a shown line beside its path and text. */
export const LINE_COST = 24;

/** The place from which a call goes on, as arguments of it. */
export const nextSchema = z.strictObject({ after: z.string(), after_line: z.int().optional() });
export type Next = z.infer<typeof nextSchema>;

/** The counts of places that the two operations skipped. */
export const counts = {
  visited: z.int(),
  /** Names that the process may not see, and names that git ignores. */
  hidden: z.int(),
  ignored: z.int(),
  truncated: z.boolean(),
  note: z.string().optional(),
  /** Where the next call goes on, when this one stopped early. */
  next: nextSchema.optional(),
};
export type Counts = z.infer<z.ZodObject<typeof counts>>;

/** The arguments that both operations share. */
export const ignoredArgument = z.boolean().optional().describe("Also look at what git ignores.");
export const afterArgument = z.string().optional().describe("Go on after this path.");

/** Rules that ignore nothing. */
export const everything: Ignores = { shows: () => true, enters: () => Promise.resolve() };

/** The place after which a walk goes on: a path as results have it, in which no letter means anything else. */
export function placeAfter(after: string | undefined, view: View): { after?: Place } | Fault {
  if (after === undefined) return {};
  const [folder = "", ...names] = after.split("/");
  const segments = names.filter((name) => name !== "");
  if (view.roots.some((root) => root.name === folder)) return { after: { folder, segments } };
  const place = locateInside(after, view);
  return isFault(place) ? place : { after: place };
}

/** How a walk ended. It goes on at `next`, or else after the last place of the walk. */
export interface EndedSearch {
  readonly walked: Walked;
  /** True when the operation stopped the walk. */
  readonly full: boolean;
  /** How much was found, and how much of it the result shows. */
  readonly found: number;
  readonly shown: number;
  readonly ignores: Ignores;
  readonly notes?: readonly string[];
  readonly next?: Next;
}

/** The counts of a walk as a result tells them. */
export function countsOf({ walked, full, found, shown, ignores, notes = [], next }: EndedSearch): Counts {
  const { visited, hidden, ignored } = walked;
  const stopped = walked.truncated || full;
  const truncated = stopped || found > shown;
  const goOn = next ?? (walked.last === undefined ? undefined : { after: pathOf(walked.last) });
  const more = goOn === undefined ? "" : " or go on after the last name";
  const all = [
    ignores.note,
    stopped
      ? `Not everything was looked at: stopped after ${visited} names. Narrow the path or the pattern${more}.`
      : undefined,
    found > shown ? `Only the first ${shown} of ${found} are shown.` : undefined,
    found === 0 && ignored > 0
      ? `${ignored} ${ignored === 1 ? "name that git ignores was" : "names that git ignores were"} left out; pass ignored to look there.`
      : undefined,
    ...notes,
  ].filter((note) => note !== undefined);
  return {
    ...{ visited, hidden, ignored, truncated },
    ...(all.length === 0 ? {} : { note: all.join(" ") }),
    ...(truncated && goOn !== undefined ? { next: goOn } : {}),
  };
}

/** The counts in words for a model: how much was found first, then what was left out and how to get it. */
export function countWords(found: string, { hidden, ignored, note, next }: Counts): string {
  const left = [
    ...(hidden === 0 ? [] : [`${hidden} that may not be seen`]),
    ...(ignored === 0 ? [] : [`${ignored} that git ignores`]),
  ];
  return [
    found,
    ...(left.length === 0 ? [] : [`Left out: ${left.join(", ")}.`]),
    ...(note === undefined ? [] : [note]),
    ...(next === undefined
      ? []
      : [
          `To go on, call again with after ${JSON.stringify(next.after)}` +
            (next.after_line === undefined ? "." : ` and after_line ${next.after_line}.`),
        ]),
  ].join("\n");
}
