// Nothing outside is ever touched or read: random paths over a tree full of links, with an observer of the outside.
import assert from "node:assert/strict";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { OUTSIDE } from "../../../src/abi/resource.ts";
import { Bench, picture, type Between } from "../../harness/fs.ts";

const MARK = "OUTSIDE-CONTENT";

/** A tree in which every kind of link stands at every depth, beside a place that nobody may touch. */
function maze(bench: Bench): void {
  for (const name of readdirSync(bench.at())) rmSync(bench.at(name), { recursive: true });
  mkdirSync(join(bench.outside, "deep"), { recursive: true });
  for (const name of ["f", "deep/f", "only"]) writeFileSync(join(bench.outside, name), `${MARK}\n`);
  writeFileSync(join(bench.base, "w", "beside"), `${MARK}\n`);
  mkdirSync(bench.at("a/b/c"), { recursive: true });
  for (const folder of ["", "a", "a/b", "a/b/c"]) {
    writeFileSync(bench.at(folder, "f"), "inside\n");
    symlinkSync(bench.outside, bench.at(folder, "absolute"));
    symlinkSync(
      `${"../".repeat(folder === "" ? 2 : folder.split("/").length + 2)}outside`,
      bench.at(folder, "relative"),
    );
    symlinkSync(join(bench.outside, "f"), bench.at(folder, "file"));
    symlinkSync("..", bench.at(folder, "up"));
    symlinkSync(bench.at("a"), bench.at(folder, "inner"));
    symlinkSync("loop", bench.at(folder, "loop"));
    symlinkSync("absolute", bench.at(folder, "twice"));
    symlinkSync("/proc/self/cwd", bench.at(folder, "proc"));
  }
}

const plain = fc.constantFrom("a", "b", "c", "f", "new");
const links = fc.constantFrom("absolute", "relative", "file", "up", "inner", "loop", "twice", "proc");
const odd = fc.constantFrom(
  ...["..", ".", "", "app", "outside", "w", "beside", "deep", "only", "\u202e", "x\ny", "F", "a "],
  ...["..\u200b", "%2e%2e", "...", "~", "\\..", "ABSOLUTE"],
);
const names = fc.oneof(
  { weight: 8, arbitrary: plain },
  { weight: 2, arbitrary: links },
  { weight: 1, arbitrary: odd },
);
const starts = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("", "./", "app/", "BASE/w/app/") },
  {
    weight: 1,
    arbitrary: fc.constantFrom("../", "/", "app/../", "//", "BASE/outside/", "BASE/w/app/../../"),
  },
);
const paths = fc
  .tuple(starts, fc.array(names, { maxLength: 5 }))
  .map(([start, parts]) => start + parts.join("/"));

const calls = fc.oneof(
  fc.record({
    name: fc.constantFrom("fs.read", "fs.list", "fs.stat", "fs.mkdir"),
    args: fc.record({ path: paths }),
  }),
  fc.record({
    name: fc.constant("fs.write"),
    args: fc.record({ path: paths, content: fc.constant("agent\n") }),
  }),
  fc.record({
    name: fc.constant("fs.edit"),
    args: fc.record({
      path: paths,
      old_text: fc.constantFrom("inside", MARK, "agent"),
      new_text: fc.constant("edited"),
    }),
  }),
  fc.record({ name: fc.constant("fs.delete"), args: fc.record({ path: paths, recursive: fc.boolean() }) }),
  fc.record({ name: fc.constant("fs.move"), args: fc.record({ from: paths, to: paths }) }),
  fc.record({
    name: fc.constant("fs.find"),
    args: fc.record({ path: paths, pattern: fc.constantFrom("**", "*", "only"), ignored: fc.constant(true) }),
  }),
  fc.record({
    name: fc.constant("fs.search"),
    args: fc.record({ path: paths, query: fc.constant(MARK), ignored: fc.constant(true) }),
  }),
);

/** What somebody else does in the middle of a call: a folder, or the last file, becomes a link out. */
const swaps = fc.option(
  fc.record({
    step: fc.constantFrom<keyof Between>("afterResolve", "afterPrepare", "beforeInvoke"),
    victim: fc.constantFrom("a", "a/b", "a/b/c", "f", "a/f", "new"),
    keep: fc.boolean(),
  }),
  { nil: undefined, freq: 2 },
);

function swap(bench: Bench, victim: string, keep: boolean): void {
  try {
    if (keep) renameSync(bench.at(victim), bench.at(`${victim}.away`));
    else rmSync(bench.at(victim), { recursive: true });
  } catch {
    // It was not there; the link then appears where nothing was.
  }
  try {
    symlinkSync(
      victim.endsWith("f") || victim === "new" ? join(bench.outside, "only") : bench.outside,
      bench.at(victim),
    );
  } catch {
    // Another swap of this run has been there already.
  }
}

test(
  "two thousand random calls, half of them with a swap in the middle, leave the outside as it was",
  { timeout: 180_000 },
  async () => {
    const bench = new Bench();
    after(() => bench.close());
    maze(bench);
    const observe = (): unknown => ({
      ...picture(bench.outside),
      beside: readFileSync(join(bench.base, "w", "beside"), "utf8"),
      w: readdirSync(join(bench.base, "w")),
    });
    const before = observe();
    const codes: Record<string, number> = {};
    let since = 0;
    await fc.assert(
      fc.asyncProperty(calls, swaps, async ({ name, args }, swapped) => {
        if (++since % 15 === 0) maze(bench);
        bench.seen.clear();
        const real = JSON.parse(JSON.stringify(args).replaceAll("BASE", bench.base)) as unknown;
        const between = swapped && { [swapped.step]: () => swap(bench, swapped.victim, swapped.keep) };
        const got = await bench.call(name, real, between);
        codes[got.code] = (codes[got.code] ?? 0) + 1;
        assert.deepEqual(observe(), before);
        // Search patterns of ours contain the mark; what comes back from a disk must not.
        const told = JSON.stringify([got.value, got.preview?.before]);
        assert.ok(!told.includes(MARK), told);
        assert.ok(got.code !== "ok" || got.needs.every((n) => n.resource !== OUTSIDE));
        if (swapped)
          try {
            unlinkSync(bench.at(swapped.victim));
          } catch {
            /* it was no link */
          }
      }),
      { numRuns: 2000 },
    );
    assert.ok((codes["ok"] ?? 0) > 150 && (codes["ESTALE"] ?? 0) > 0, JSON.stringify(codes));
    console.log(`# ${JSON.stringify(codes)}`);
  },
);
