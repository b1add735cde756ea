// The parts of the bench: which function of which file measures what. Run by itself it measures one part of a checkout.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Row } from "./runtime.ts";

/** File and function of each part; a checkout to compare with brings its own. */
export const PARTS = {
  decide: ["runtime.ts", "decideRows"],
  revoke: ["runtime.ts", "revokeRows"],
  calls: ["runtime.ts", "callRows"],
  processes: ["processes.ts", "processRows"],
  bounds: ["bounds.ts", "boundRows"],
  open: ["runtime.ts", "openRows"],
  schemas: ["runtime.ts", "schemaRows"],
  commands: ["commands.ts", "commandRows"],
  git: ["commands.ts", "gitRows"],
  journal: ["journal.ts", "journalRows"],
  size: undefined,
  views: ["views.ts", "viewRows"],
  history: ["history.ts", "historyRows"],
  editor: ["editor.ts", "editorRows"],
  kills: ["kills.ts", "killRows"],
} as const;
export type Part = keyof typeof PARTS;

/** The parts that run when no part is named. A thousand kills take half an hour, so they are asked for by name. */
export const USUAL = Object.keys(PARTS).filter((name) => name !== "kills");

/** The parts that run before a part is compared. */
const SETTLING: Partial<Record<Part, readonly Part[]>> = {
  calls: ["calls"],
  open: ["open", "open"],
  decide: ["decide"],
  processes: ["calls"],
};

export function isPart(name: string): name is Part {
  return Object.hasOwn(PARTS, name);
}

/** The rows of one part, measured by the bench of the checkout in `root`. */
export async function rowsOf(root: string, part: Part): Promise<Row[]> {
  const where = PARTS[part];
  if (where === undefined) return sizeRows(root);
  const [file, name] = where;
  const url = pathToFileURL(join(root, "scripts", "bench", file)).href;
  const module = (await import(url)) as Record<string, () => Row[] | Promise<Row[]>>;
  const measure = module[name];
  if (measure === undefined) throw new Error(`${url} has no ${name}`);
  return measure();
}

/** What `npm run build` weighed: what activation reads at once, and all that ships, in bytes. */
function sizeRows(root: string): Row[] {
  const file = join(root, "dist", "weight.json");
  const { entry, all } = JSON.parse(readFileSync(file, "utf8")) as { entry: number; all: number };
  const name = "extension, read at activation";
  return [
    { name, value: entry / 1000, unit: "kB", target: "<= 150", met: entry <= 150_000 },
    { name: "all JavaScript", value: all / 1000, unit: "kB", target: "<= 1000", met: all <= 1_000_000 },
  ];
}

const [, self = "", root = "", part = ""] = process.argv;
if (resolve(self) === import.meta.filename && isPart(part)) {
  // A second runtime makes the engine compile much anew. What is compared is measured when that is over.
  for (const settling of SETTLING[part] ?? []) await rowsOf(root, settling);
  const before = process.cpuUsage();
  const rows = await rowsOf(root, part);
  const { user, system } = process.cpuUsage(before);
  const cpu = {
    name: `CPU time of this part: ${part}`,
    value: (user + system) / 1000,
    unit: "ms",
    target: "-",
  };
  process.stdout.write(JSON.stringify([...rows, cpu]));
}
