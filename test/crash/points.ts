// Crash points by name: which steps on the disk a program took, and at which of them it is killed.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { LONG } from "../support/runs.ts";

/** The module that names the steps of a program; it is loaded before the program. */
export const DISK_POINTS = pathToFileURL(join(import.meta.dirname, "disk-points.mjs")).href;

/** The ways to die at a step: before it, after it, and in the middle of a write. */
const WAYS = ["", "+", "~"] as const;

/** Lets `run` play a program that logs its steps, and gives their names in order. */
export async function stepsOf(
  run: (env: { readonly DISK_LOG: string }) => Promise<unknown>,
): Promise<string[]> {
  const scratch = mkdtempSync(join(tmpdir(), "agentlibos-steps-"));
  try {
    const log = join(scratch, "steps");
    await run({ DISK_LOG: log });
    return readFileSync(log, "utf8").split("\n").filter(Boolean);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** The kind of a step without its number, such as "sync lines". */
export function kindOf(step: string): string {
  return step.slice(0, step.lastIndexOf(" #"));
}

/**
 * The crash points of these steps: the first, the middle and the last step of each kind, each with every way to die
 * there.
 */
export function pointsIn(steps: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const step of steps) counts.set(kindOf(step), (counts.get(kindOf(step)) ?? 0) + 1);
  return [...counts].flatMap(([kind, count]) => {
    const ways = /^(?:write|append) /u.test(kind) ? WAYS : WAYS.slice(0, 2);
    const nths = [...new Set([1, Math.ceil(count / 2), count])];
    return nths.flatMap((nth) => ways.map((way) => `${kind} #${nth}${way}`));
  });
}

/** All points in a long run; else this many of them, spread evenly, other ones in each run. */
export function somePoints(points: readonly string[], most: number): string[] {
  if (LONG || points.length <= most) return [...points];
  const first = Math.random() * (points.length / most);
  return Array.from({ length: most }, (_, i) => points[Math.floor(first + (i * points.length) / most)] ?? "");
}

/** Calls `work` with each of these, two at a time: a killed program mostly waits for its start. */
export async function twoAtOnce<T>(all: readonly T[], work: (each: T) => Promise<void>): Promise<void> {
  const left = [...all];
  const play = async (): Promise<void> => {
    for (let each = left.shift(); each !== undefined; each = left.shift()) await work(each);
  };
  await Promise.all([play(), play()]);
}
