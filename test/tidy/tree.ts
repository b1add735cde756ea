// The rules that look at many files at once: how full a folder is, who imports whom in a circle, which files are small.
import { importsOf } from "./source.ts";

/** A folder holds at most so many files (HOUSE.md, "What to hold"). */
const MOST_FILES = 15;

/** A file of fewer lines is a question: does it belong to its neighbour? It is listed, and no complaint. */
const FEW_LINES = 60;

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf("/"));

/** Complaints about folders that hold too many files. */
export function crowded(paths: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const path of paths) counts.set(folderOf(path), (counts.get(folderOf(path)) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count > MOST_FILES)
    .map(([folder, count]) => `${folder}: holds ${count} files, over ${MOST_FILES}`);
}

/** Complaints about files that import each other in a circle; imports of types count too. */
export function circles(files: ReadonlyMap<string, string>): string[] {
  const targets = new Map(
    [...files].map(([path, text]) => [path, importsOf(path, text).map((i) => i.target)]),
  );
  return inCircles([...files.keys()], (path) => targets.get(path) ?? []).map(
    (circle) => `${circle.sort().join(", ")}: import each other in a circle`,
  );
}

/** Complaints about exported names that more than one file defines: whoever reads one must know which. */
export function twice(files: ReadonlyMap<string, string>): string[] {
  const homes = new Map<string, string[]>();
  const defines =
    /^export (?:declare |abstract |async |default )*(?:const|let|function\*?|class|interface|type|enum) +([\w$]+)/gm;
  for (const [path, text] of files)
    for (const name of new Set([...text.matchAll(defines)].map((m) => m[1] ?? "")))
      homes.set(name, [...(homes.get(name) ?? []), path]);
  return [...homes]
    .filter(([, paths]) => paths.length > 1)
    .map(([name, paths]) => `${name}: is defined in ${paths.sort().join(" and ")}`);
}

/** Files of few lines, smallest first. */
export function small(files: ReadonlyMap<string, string>): string[] {
  return [...files]
    .map(([path, text]) => ({ path, lines: text.trimEnd().split("\n").length }))
    .filter(({ lines }) => lines < FEW_LINES)
    .sort((a, b) => a.lines - b.lines)
    .map(({ path, lines }) => `${path} (${lines})`);
}

/** The strongly connected parts of more than one node, by Tarjan's algorithm (SIAM J. Comput. 1, 1972). */
function inCircles(nodes: readonly string[], next: (node: string) => readonly string[]): string[][] {
  const known = new Set(nodes);
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (node: string): number => {
    const at = index.size;
    index.set(node, at);
    low.set(node, at);
    stack.push(node);
    for (const to of next(node)) {
      if (!known.has(to)) continue;
      const reached = index.has(to) ? (stack.includes(to) ? (index.get(to) ?? at) : at) : visit(to);
      low.set(node, Math.min(low.get(node) ?? at, reached));
    }
    const lowest = low.get(node) ?? at;
    if (lowest !== at) return lowest;
    const part = stack.splice(stack.indexOf(node));
    if (part.length > 1) found.push(part);
    return lowest;
  };
  for (const node of nodes) if (!index.has(node)) visit(node);
  return found;
}
