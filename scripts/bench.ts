// Measures the rows of the design's table that exist so far and prints them as JSON, targets beside figures.
//   npm run bench                                   every part but the kills, here
//   npm run bench -- --only open,calls              some parts
//   npm run bench -- --only kills                   1,000 kills of agents, and what they lost or repeated
//   npm run bench -- --against DIR [--rounds 5]     here and in another checkout by turns, as ratios
import { availableParallelism, release } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { compared } from "./bench/against.ts";
import { isPart, PARTS, rowsOf, USUAL, type Part } from "./bench/parts.ts";

const { values } = parseArgs({
  options: { only: { type: "string" }, against: { type: "string" }, rounds: { type: "string" } },
});
const names = values.only?.split(",") ?? USUAL;
const parts = names.filter((name): name is Part => isPart(name));
if (parts.length < names.length) throw new Error(`the parts are: ${Object.keys(PARTS).join(", ")}`);
const machine = {
  node: process.version,
  cores: availableParallelism(),
  system: `${process.platform} ${release()}`,
};
const here = join(import.meta.dirname, "..");
if (values.against === undefined) {
  const rows = [];
  for (const part of parts) rows.push(...(await rowsOf(here, part)));
  print({ machine, rows });
} else {
  const there = resolve(values.against);
  const rounds = Number(values.rounds ?? 5);
  print({ machine, against: there, rounds, rows: compared(here, there, parts, rounds) });
}

function print(report: object): void {
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
}
