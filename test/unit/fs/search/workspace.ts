// A workspace that is searched, and the shapes of what a search gives.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { after } from "node:test";
import { z } from "zod";
import { Bench } from "../../../harness/fs.ts";

export function workspace(files: Readonly<Record<string, string>>): Bench {
  const bench = new Bench();
  after(() => bench.close());
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(bench.at(path)), { recursive: true });
    writeFileSync(bench.at(path), text);
  }
  return bench;
}

export const searched = z.looseObject({
  matches: z.array(z.strictObject({ path: z.string(), line: z.int(), text: z.string(), column: z.int() })),
  next: z.strictObject({ after: z.string(), after_line: z.int().optional() }).optional(),
  note: z.string().optional(),
  truncated: z.boolean(),
});

export const found = z.looseObject({
  matches: z.array(z.string()),
  total: z.int().optional(),
  next: z.strictObject({ after: z.string() }).optional(),
  note: z.string().optional(),
});
