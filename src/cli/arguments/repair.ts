// The order of `repair` as it is typed: which decision about a record that is not obeyed.
import { UsageError, type Options } from "./values.ts";

/** The decisions of a person about a record that is not obeyed: fetch it back, confirm its place, begin a new one. */
export type RepairOrder = "recover" | "confirm" | "afresh";

const REPAIRS: readonly (readonly [option: string, name: RepairOrder])[] = [
  ["fetch-back", "recover"],
  ["belongs-here", "confirm"],
  ["new-record", "afresh"],
];

/** The decision as it is typed; undefined when the command shall only tell. Throws when there are two. */
export function repairOf(values: Options): RepairOrder | undefined {
  const [first, ...more] = REPAIRS.filter(([option]) => values[option] === true);
  if (more.length > 0) throw new UsageError("repair takes one of --fetch-back, --belongs-here, --new-record");
  return first?.[1];
}
