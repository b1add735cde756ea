// Measures the rows of the design's table that exist so far and prints them as JSON, targets beside figures.
import { existsSync, readdirSync, statSync } from "node:fs";
import { availableParallelism, release } from "node:os";
import { join } from "node:path";
import { callRows, decideRows, openRows, revokeRows, schemaRows, type Row } from "./bench/runtime.ts";

const dist = join(import.meta.dirname, "..", "dist");

function kilobytes(file: string): number {
  return Math.round(statSync(join(dist, file)).size / 100) / 10;
}

/** Sizes of what `npm run build` made. */
function sizeRows(): Row[] {
  if (!existsSync(join(dist, "extension.cjs"))) throw new Error("nothing is built: run npm run build first");
  const scripts = readdirSync(dist, { recursive: true })
    .map(String)
    .filter((f) => /\.c?js$/u.test(f));
  const entry = kilobytes("extension.cjs");
  const all = scripts.filter((f) => !f.startsWith("test")).reduce((sum, f) => sum + kilobytes(f), 0);
  return [
    { name: "extension entry", value: entry, unit: "kB", target: "<= 150", met: entry <= 150 },
    { name: "all JavaScript", value: Math.round(all), unit: "kB", target: "<= 1000", met: all <= 1000 },
  ];
}

const rows = [
  ...decideRows(),
  ...revokeRows(),
  ...(await callRows()),
  ...(await openRows()),
  ...(await schemaRows()),
  ...sizeRows(),
];
const machine = {
  node: process.version,
  cores: availableParallelism(),
  system: `${process.platform} ${release()}`,
};
process.stdout.write(`${JSON.stringify({ machine, rows }, null, 2)}\n`);
