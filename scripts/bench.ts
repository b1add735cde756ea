// Measures the rows of the design's table that exist so far and prints them as JSON, targets beside figures.
import { readFileSync } from "node:fs";
import { availableParallelism, release } from "node:os";
import { join } from "node:path";
import { viewRows } from "./bench/views.ts";
import { editorRows } from "./bench/editor.ts";
import { journalRows } from "./bench/journal.ts";
import { processRows } from "./bench/processes.ts";
import { callRows, decideRows, openRows, revokeRows, schemaRows, type Row } from "./bench/runtime.ts";

/** What `npm run build` weighed: what activation reads at once, and all that ships, in bytes. */
function sizeRows(): Row[] {
  const file = join(import.meta.dirname, "..", "dist", "weight.json");
  const { entry, all } = JSON.parse(readFileSync(file, "utf8")) as { entry: number; all: number };
  return [
    {
      name: "extension, read at activation",
      value: entry / 1000,
      unit: "kB",
      target: "<= 150",
      met: entry <= 150_000,
    },
    { name: "all JavaScript", value: all / 1000, unit: "kB", target: "<= 1000", met: all <= 1_000_000 },
  ];
}

const rows = [
  ...decideRows(),
  ...revokeRows(),
  ...(await callRows()),
  ...(await processRows()),
  ...(await openRows()),
  ...(await schemaRows()),
  ...(await journalRows()),
  ...sizeRows(),
  ...(await viewRows()),
  ...(await editorRows()),
];
const machine = {
  node: process.version,
  cores: availableParallelism(),
  system: `${process.platform} ${release()}`,
};
process.stdout.write(`${JSON.stringify({ machine, rows }, null, 2)}\n`);
