// Rows of the bounds: the longest find, edit and search that one agent can ask for, and how long others wait meanwhile.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextRound } from "node:timers/promises";
import { isFault } from "../../src/abi/errors.ts";
import { bed, type Bed, type Row } from "./runtime.ts";

const NAMES = 4_000;
const SEARCHES = 30;
const LARGE = 4_000_000;

/** A pattern as expensive as one may be, for names that begin with 200 `a`. */
const PATTERN = `${"{*,*}".repeat(5)}${"a".repeat(95)}b`;

interface Taken {
  readonly code: string;
  readonly ms: number;
  /** The longest time for which nothing else could run. */
  readonly hold: number;
  /** The most memory of the whole process beyond what it held before, in MB. */
  readonly memory: number;
}

export async function boundRows(): Promise<Row[]> {
  const on = await bed(["allow:read,list,write:fs:/app/**"]);
  mkdirSync(join(on.folder, "many"));
  for (let i = 0; i < NAMES; i += 1)
    writeFileSync(join(on.folder, "many", `${"a".repeat(200)}${i}`), "a line of text\n".repeat(500));
  const find = await taken(on, [["fs.find", { path: "many", pattern: PATTERN, ignored: true }]]);
  const large = { path: "large.txt", all: true, old_text: "a" };
  writeFileSync(join(on.folder, "large.txt"), "a".repeat(LARGE));
  const grown = await taken(on, [["fs.edit", { ...large, new_text: "b".repeat(100) }]]);
  const part = "a".repeat(LARGE / 8);
  const hostile = await taken(on, [
    ["fs.edit", { ...large, old_text: `${part}b${part}`, new_text: "b", all: false }],
  ]);
  const edit = await taken(on, [["fs.edit", { ...large, new_text: "b" }]]);
  const search = await taken(
    on,
    Array.from({ length: SEARCHES }, (_, i) => [
      "fs.search",
      { path: "many", query: `l(i|ne)+x{${i}}y`, regex: true, ignored: true },
    ]),
  );
  await on.close();
  if (grown.code !== "E2BIG" || hostile.code !== "EINVAL" || edit.code !== "ok")
    throw new Error(`the edits came out as ${grown.code}, ${hostile.code}, ${edit.code}`);
  return [
    row(`find by the most expensive pattern over ${NAMES} names`, find.ms, "ms", 3000),
    row("longest hold of the others meanwhile", find.hold, "ms", 50),
    row("edit of 4 MB that would make 400 MB, refused", grown.ms, "ms", 300),
    row("edit by a text made against the search, refused", hostile.ms, "ms", 300),
    row("edit of each of 4,000,000 characters", edit.ms, "ms", 3000),
    row("longest hold of the others meanwhile", edit.hold, "ms", 50),
    row(`${SEARCHES} searches by pattern at once over ${NAMES} files`, search.ms, "ms", 60_000),
    row("longest hold of the others meanwhile", search.hold, "ms", 50),
    row("memory they take together", search.memory, "MB", 300),
  ];
}

/** Makes the calls at once, and watches the event loop and the memory until all have ended. */
async function taken(on: Bed, calls: readonly (readonly [op: string, args: unknown])[]): Promise<Taken> {
  const held = process.memoryUsage().rss;
  const seen = { ms: 0, hold: 0, memory: 0 };
  let open = true;
  const watch = async (): Promise<void> => {
    for (let last = performance.now(); open;) {
      await nextRound();
      const now = performance.now();
      seen.hold = Math.max(seen.hold, now - last);
      last = now;
      seen.memory = Math.max(seen.memory, (process.memoryUsage.rss() - held) / 1e6);
    }
  };
  const watching = watch();
  const from = performance.now();
  const all = calls.map(([op, args]) => on.booted.kernel.syscall(on.caller, op, args));
  const [first] = await Promise.all(all);
  seen.ms = performance.now() - from;
  open = false;
  await watching;
  return { ...seen, code: first === undefined || isFault(first) ? (first?.code ?? "") : "ok" };
}

function row(name: string, value: number, unit: string, most: number): Row {
  return { name, value: Math.round(value * 10) / 10, unit, target: `<= ${most}`, met: value <= most };
}
