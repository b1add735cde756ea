// The bench here against the bench of another checkout: both by turns, so that a busy machine is busy for both.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Part } from "./parts.ts";
import { median, type Row } from "./runtime.ts";

/** One row of both. `better` says how many times better we are: over 1 is better, whatever the unit counts. */
export interface Compared {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  readonly theirs: number;
  readonly better: number;
}

/** Medians over the rounds; the ratio is the median of each round's own. Rows that only one of them has are left out. */
export function compared(here: string, there: string, parts: readonly Part[], rounds: number): Compared[] {
  build(there);
  return parts.flatMap((part) => {
    const pairs = Array.from({ length: rounds }, (_, round) => {
      if (round % 2 === 1) return { theirs: measured(there, part), ours: measured(here, part) };
      return { ours: measured(here, part), theirs: measured(there, part) };
    });
    return keyed(pairs[0]?.ours ?? []).flatMap(([key]) => {
      const found = pairs.flatMap(({ ours, theirs }) => {
        const [mine, other] = [ours, theirs].map((rows) => new Map(keyed(rows)).get(key));
        const isThere = mine?.absent === undefined && other?.absent === undefined;
        return mine === undefined || other === undefined || !isThere ? [] : [{ mine, other }];
      });
      return found.length === 0 ? [] : [row(found)];
    });
  });
}

/** Rows by their names without numbers, which may count what differs from run to run; some names stand twice. */
function keyed(rows: readonly Row[]): [string, Row][] {
  const names = rows.map(({ name }) => name.replace(/\d+/gu, "#"));
  return rows.map((row, at) => {
    const name = names[at] ?? "";
    return [`${name} ${names.slice(0, at).filter((other) => other === name).length}`, row];
  });
}

function row(pairs: readonly { readonly mine: Row; readonly other: Row }[]): Compared {
  const { name = "", unit = "", target = "" } = pairs[0]?.mine ?? {};
  const more = target.startsWith(">=");
  const ratios = pairs.map(({ mine, other }) => (more ? mine.value / other.value : other.value / mine.value));
  return {
    ...{ name, unit },
    ours: rounded(median(pairs.map(({ mine }) => mine.value))),
    theirs: rounded(median(pairs.map(({ other }) => other.value))),
    better: rounded(median(ratios)),
  };
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

/** Always our own way of running a part, so that only what is measured differs. */
function measured(root: string, part: Part): Row[] {
  const args = ["--no-warnings", join(import.meta.dirname, "parts.ts"), root, part];
  const ran = spawnSync(process.execPath, args, { cwd: root, maxBuffer: 1 << 26 });
  if (ran.status !== 0) throw new Error(`${part} of ${root} failed: ${ran.stderr.toString()}`);
  process.stderr.write(`${part}: ${root}\n`);
  return JSON.parse(ran.stdout.toString()) as Row[];
}

function build(root: string): void {
  const ran = spawnSync(process.execPath, ["esbuild.mjs"], { cwd: root });
  if (ran.status !== 0) throw new Error(`${root} cannot be built: ${ran.stderr.toString()}`);
}
