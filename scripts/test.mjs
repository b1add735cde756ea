// Runs every test stage, goes on after a failure, and ends with "N passed, N failed". Windows mostly wait, so their stage
// runs beside all others once the package is built, and after them in a long run.
// Plain JavaScript: it must start on Node 20 with nothing installed. `npm test -- tidy unit` runs single stages;
// `npm test -- all` also runs what takes long: files named *.long.ts, and tests that look at TEST_LONG=1.
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fetchNewerBubblewrap, installBubblewrap } from "./testing/bubblewrap.mjs";
import { installPackages } from "./testing/packages.mjs";
import {
  add,
  bin,
  command,
  counts,
  exitCode,
  failures,
  node,
  NONE,
  root,
  testFiles,
  timed,
} from "./testing/running.mjs";
import { plainEnvironment } from "./testing/scratch.mjs";

/** @import { Count } from "./testing/running.mjs" */
/**
 * @typedef {{name: string, what: string, run: (env?: NodeJS.ProcessEnv) => Promise<Count>, needs?: string[],
 *   env?: NodeJS.ProcessEnv, beside?: boolean, editor?: boolean, lane?: "build" | "windows", core?: boolean, sandbox?: boolean, long?: boolean}} Stage
 * `beside` runs a stage at the same time as the next one: they load different parts of the machine. `editor` is true for
 * a stage that needs the editor and the browser, whose installation begins with the run. The lane `build` comes first; the
 * lane `windows` then runs beside the stages without a lane. `core` is true for a stage that
 * needs a core for itself, `sandbox` for a stage whose tests run commands in layers, and `long` for a stage of long runs; its name runs it, too.
 */

const asked = process.argv.slice(2);
const wanted = asked.filter((name) => name !== "all");
if (wanted.length < asked.length) process.env["TEST_LONG"] = "1";
const LONG = process.env["TEST_LONG"] === "1";

/** One server and one browser for all files, which have them one after another. */
const WINDOWS = ["--test-concurrency=1", "--test-global-setup=./scripts/editor/shared.ts"];

/** The compiler in machine code. */
const COMPILER = join(root, "node_modules", "typescript", "bin", "tsc");

const PACKED = { AGENTLIBOS_VSIX: join(root, "dist", "agentlibos.vsix") };

/** Whether windows are shown now. */
let shows = false;

/** @type {Stage[]} */
const STAGES = [
  {
    name: "build",
    what: "extension, command line, kernel alone, packed as people install it",
    lane: "build",
    beside: true,
    run: () => command(node, ["scripts/editor/vsix.ts"]),
  },
  {
    name: "types",
    lane: "build",
    what: "the compiler, and once more for the pure folders with no globals but their own",
    run: async () =>
      add(
        await command(node, [COMPILER, "--noEmit"]),
        await command(node, [COMPILER, "--noEmit", "-p", ".tsconfig.pure.json"]),
      ),
  },
  plain("tidy", "the tree keeps its own rules", ["tidy"]),
  {
    name: "lint",
    what: "linter and format",
    run: async () => {
      const [linted, formatted] = await Promise.all([
        command(join(bin, "oxlint"), ["--deny-warnings", "--report-unused-disable-directives", "."]),
        command(join(bin, "oxfmt"), ["--check"]),
      ]);
      return add(linted, formatted);
    },
  },
  {
    ...plain("unit", "kernel, primitives, agent, views and hosts in plain Node", [
      ...["unit", "desk", "contract", "property", "golden", "stored", "attacks", "wire", "projects"],
    ]),
    sandbox: true,
  },
  { ...plain("cli", "the command line end to end", ["cli"]), beside: true },
  { ...plain("crash", "kill -9 with an observer outside", ["crash"]), sandbox: true },
  {
    ...overlaid("route", "commands in layers that bubblewrap itself mounts", [
      "unit/shell",
      "attacks/commands",
    ]),
    long: true,
  },
  shown("vsix", "the packaged extension, used as a person would", LONG ? ["vsix", "vsix/long"] : ["vsix"]),
  {
    name: "editor",
    what: "mocha inside a real extension host",
    needs: ["editor"],
    editor: true,
    lane: "windows",
    // The product was built before; the programs of other stages are started from it meanwhile.
    run: async () => (await counts(["scripts/editor/run.ts", "--built"])).reduce(add, NONE),
  },
  { ...shown("attacked", "the packaged extension under attack", ["vsix/attacks"]), long: true },
];

/** The arguments of every run of tests. */
const ALL = ["--no-warnings", `--test-reporter=${join(root, "scripts", "testing", "reporter.mjs")}`];

/** How many files share a process: most of the cost of a small file is loading the sources. */
const TOGETHER = 12;

/** A file that changes how modules are loaded needs a process where none is loaded yet. */
const ALONE = /\.alone\.test\.ts$/u;

/**
 * A stage that is one `node --test` over the files right in folders of test/: one window after another.
 * @param {string} name @param {string} what @param {string[]} needs @returns {Stage}
 */
function shown(name, what, needs) {
  const run = async (/** @type {NodeJS.ProcessEnv | undefined} */ env) => {
    const files = needs.flatMap((folder) =>
      testFiles(folder, LONG)
        .filter((file) => !file.includes("/"))
        .map((file) => `test/${folder}/${file}`),
    );
    return (await counts(["--test", "--test-timeout=300000", ...ALL, ...WINDOWS, ...files], env)).reduce(
      add,
      NONE,
    );
  };
  return { name, what, needs, run, editor: true, lane: "windows", core: true, env: PACKED };
}

/**
 * A stage of tests that need no editor, with temporary files in memory. Some files share a process, and each core has
 * one; while windows are shown one core is left to them.
 * @param {string} name @param {string} what @param {string[]} needs @returns {Stage}
 */
function plain(name, what, needs) {
  const run = async (/** @type {NodeJS.ProcessEnv | undefined} */ given) => {
    const env = { ...plainEnvironment(root, LONG), ...given };
    const parts = needs.flatMap((folder) => {
      const all = testFiles(folder, LONG).map((file) => `test/${folder}/${file}`);
      const files = all.filter((file) => !ALONE.test(file));
      const together = Array.from({ length: Math.ceil(files.length / TOGETHER) }, (_, i) =>
        files.slice(i * TOGETHER, (i + 1) * TOGETHER),
      );
      return [...together, ...all.filter((file) => ALONE.test(file)).map((file) => [file])];
    });
    /** @type {Count[]} */
    const found = [];
    const work = async (/** @type {number} */ core) => {
      while (parts.length > 0) {
        // The last core is left to the windows while they are shown.
        if (core > 0 && core === availableParallelism() - 1)
          while (shows && parts.length > 0) await sleep(500);
        const files = parts.shift();
        if (files === undefined) return;
        const ran = await counts([...ALL, "scripts/testing/together.mjs", ...files], env);
        found.push(...ran);
        for (const file of files.filter((file) => !ran.some((count) => count.file === file))) {
          console.log(`  ✖ ${file} did not come to its end`);
          failures.push(`${file} did not come to its end`);
          found.push({ passed: 0, failed: 1 });
        }
      }
    };
    await Promise.all(Array.from({ length: availableParallelism() }, (_, core) => work(core)));
    return found.reduce(add, NONE);
  };
  return { name, what, needs, run };
}

/**
 * A stage of tests that run commands, with a newer bubblewrap than Debian 12 has; nothing when there is none to be had.
 * @param {string} name @param {string} what @param {string[]} needs @returns {Stage}
 */
function overlaid(name, what, needs) {
  const stage = plain(name, what, needs);
  const run = async () => {
    const folder = await fetchNewerBubblewrap(join(root, "node_modules", ".cache", "bubblewrap"), exitCode);
    if (folder === undefined) return NONE;
    const PATH = [folder, bin, process.env["PATH"] ?? ""].join(":");
    return stage.run({ PATH, EXPECTED_ROUTE: "bubblewrap" });
  };
  return { ...stage, run };
}

/**
 * Installs the editor and the browser beside the packages, and says what it did only when it failed. Without them the
 * stages that need them would install them, or say what is missing.
 */
function installEditor() {
  return new Promise((/** @type {(done: void) => void} */ resolve) => {
    const child = spawn(node, ["--no-warnings", "scripts/editor/install.mjs"], {
      cwd: root,
      stdio: ["ignore", "ignore", "pipe"],
    });
    child.stderr.pipe(process.stderr);
    child.on("error", () => resolve());
    child.on("exit", () => resolve());
  });
}

const unknown = wanted.filter((name) => !STAGES.some((stage) => stage.name === name));
if (unknown.length) {
  console.error(`no stage ${unknown.join(", ")}; there are: all, ${STAGES.map((s) => s.name).join(", ")}`);
  process.exit(2);
}

let total = NONE;
/** @type {string[]} */
const lines = [];
const stages = STAGES.filter((s) =>
  wanted.length === 0 ? LONG || s.long !== true : wanted.includes(s.name),
);
// Only one program may install Debian packages at a time, and the editor's browser may be one, too.
if (stages.some((stage) => stage.sandbox)) await installBubblewrap(exitCode);
const installed = stages.some((stage) => stage.editor) ? installEditor() : undefined;
// A stage that only reads the sources need not wait for a look at each package.
const isReading = stages.every(({ name }) => ["tidy", "types", "lint"].includes(name));
await installPackages(root, exitCode, "error", isReading);
await inOrder(stages.filter((stage) => stage.lane === "build"));
const plainStages = inOrder(stages.filter((stage) => stage.lane === undefined));
// The random corpora of a long run load both cores for minutes; a window beside them is slower than any person's.
if (LONG) await plainStages;
await Promise.all([plainStages, inOrder(stages.filter((stage) => stage.lane === "windows"))]);
console.log(`\n== summary\n${lines.join("\n")}\n`);
const slowest = timed.sort((a, b) => b.seconds - a.seconds).slice(0, 10);
for (const { file, seconds } of slowest) console.log(`${seconds.toFixed(1).padStart(7)} s  ${file}`);
if (failures.length > 0) console.log(`\n== failed\n${failures.map((name) => `  ✖ ${name}`).join("\n")}`);
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 ? 1 : 0;

/** @param {Stage[]} stages */
async function inOrder(stages) {
  while (stages.length > 0) {
    const last = stages.findIndex((stage) => stage.beside !== true);
    await Promise.all(stages.splice(0, last < 0 ? stages.length : last + 1).map(perform));
  }
}

/** @param {Stage} stage */
async function perform(stage) {
  console.log(`\n== ${stage.name}: ${stage.what}`);
  if (stage.editor) await installed;
  if (stage.core === true) shows = true;
  const began = performance.now();
  const missing = (stage.needs ?? []).filter((folder) => testFiles(folder, LONG).length === 0);
  for (const folder of missing) console.log(`  ✖ test/${folder} has no tests`);
  let count = { ...NONE, failed: missing.length };
  if (missing.length === 0 || missing.length < (stage.needs ?? []).length)
    count = add(count, await stage.run(stage.env));
  if (stage.core === true) shows = false;
  total = add(total, count);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  lines.push(`${stage.name.padEnd(8)} ${count.passed} passed, ${count.failed} failed  (${seconds} s)`);
  console.log(lines.at(-1));
}
