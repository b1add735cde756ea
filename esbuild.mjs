// The build: the extension and the command line with the parts they share, and the tests that run in the editor.
import { build, context } from "esbuild";
import { readFile } from "node:fs/promises";
import { chmodSync, globSync, rmSync, writeFileSync } from "node:fs";

const watch = process.argv.includes("--watch");
const tests = process.argv.includes("--tests");
const dev = watch || process.argv.includes("--dev");

/** @type {import("esbuild").BuildOptions} */
const shared = {
  bundle: true,
  platform: "node",
  target: "node20",
  minify: !dev,
  legalComments: "none",
  charset: "utf8",
  // Its other form asks for its own files at run time, where they are not.
  alias: { "jsonc-parser": "jsonc-parser/lib/esm/main.js" },
  logLevel: "warning",
};

/**
 * The client of git brings a library that prints what it does when a variable says so. Nothing here sets the variable.
 * @type {import("esbuild").Plugin}
 */
const withoutDebug = {
  name: "without-debug",
  setup(on) {
    on.onResolve({ filter: /^debug$/ }, () => ({ path: "debug", namespace: "without" }));
    const contents =
      "const make = () => Object.assign(() => {}, { namespace: '', extend: make }); module.exports = Object.assign(make, { default: make, formatters: {} });";
    on.onLoad({ filter: /.*/, namespace: "without" }, () => ({ contents }));
    // This one says `require` for a module of Node, which is unknown in the parts.
    on.onLoad({ filter: /@kwsites[\\/]file-exists[\\/]dist[\\/]src[\\/]index\.js$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      return { contents: text.replace('require("fs")', "process.getBuiltinModule('fs')") };
    });
  },
};

/**
 * Both entries in one go: what both need, and what is loaded by `await import(…)`, becomes a part that exists once.
 * @type {import("esbuild").BuildOptions & { metafile: true }}
 */
const product = {
  ...shared,
  entryPoints: {
    extension: "src/extension.ts",
    agentlibos: "src/cli.ts",
    "newer-node": "src/cli/newer-node.ts",
    nodes: "src/host/node/nodes.ts",
  },
  outdir: "dist",
  format: "esm",
  splitting: true,
  chunkNames: "parts/[hash]",
  external: ["vscode"],
  plugins: [withoutDebug],
  sourcemap: dev,
  metafile: true,
};

/** `vscode` is not external here: if the editor leaks into the kernel or the command line, this does not build. */
/** @type {import("esbuild").BuildOptions} */
const withoutEditor = {
  ...shared,
  entryPoints: ["src/boot.ts", "src/cli.ts"],
  format: "esm",
  outdir: "unused",
  write: false,
};

/** @type {import("esbuild").BuildOptions} */
const inEditor = {
  ...shared,
  entryPoints: ["test/editor/suite.ts", ...globSync("test/editor/*.test.ts")],
  outdir: "dist/test/editor",
  format: "cjs",
  outExtension: { ".js": ".cjs" },
  external: ["vscode", "mocha"],
  minify: false,
  sourcemap: "inline",
};

/** The most bytes of all scripts together; a fifth of them are libraries, and nearly all of it loads when it is used. */
const ALL = 1_500_000;

/** @param {import("esbuild").Metafile} made */
function weigh(made) {
  const outputs = Object.entries(made.outputs).filter(([file]) => file.endsWith(".js"));
  for (const [file, { bytes }] of outputs) console.log(`${file}  ${(bytes / 1000).toFixed(1)} kB`);
  /** What is read before the first line of an entry runs: the entry and all that it imports at once. */
  const atOnce = (/** @type {string} */ file, seen = new Set()) => {
    if (seen.has(file)) return seen;
    seen.add(file);
    for (const { path, kind } of made.outputs[file]?.imports ?? [])
      if (kind === "import-statement" && made.outputs[path]) atOnce(path, seen);
    return seen;
  };
  const size = (/** @type {Iterable<string>} */ files) =>
    [...files].reduce((sum, file) => sum + (made.outputs[file]?.bytes ?? 0), 0);
  const entry = size(atOnce("dist/extension.js"));
  const all = size(outputs.map(([file]) => file));
  console.log(
    `activation reads ${(entry / 1000).toFixed(1)} of 150 kB; all ${(all / 1000).toFixed(1)} of ${(ALL / 1000).toFixed(0)} kB`,
  );
  writeFileSync("dist/weight.json", JSON.stringify({ entry, all }));
  if (!dev && (entry > 150_000 || all > ALL)) {
    console.error("too heavy: load what is not needed at once with `await import(…)`");
    process.exitCode = 1;
  }
}

/** The bin: reads nothing that an older Node could trip over before it knows on which one it runs. */
function writeBin() {
  const start = [
    "#!/usr/bin/env node",
    'import { ranUnderNewerNode } from "./newer-node.js";',
    'import { nodesFor } from "./nodes.js";',
    'if (!(await ranUnderNewerNode(import.meta.filename, nodesFor))) await import("./agentlibos.js");',
  ];
  writeFileSync("dist/cli.js", `${start.join("\n")}\n`);
  chmodSync("dist/cli.js", 0o755);
}

try {
  if (watch) await (await context(product)).watch();
  else if (process.argv.includes("--only-tests")) {
    rmSync("dist/test", { recursive: true, force: true });
    await build(inEditor);
  } else {
    if (tests) rmSync("dist/test", { recursive: true, force: true });
    const [{ metafile }] = await Promise.all([
      build(product),
      build(withoutEditor),
      tests ? build(inEditor) : undefined,
    ]);
    for (const file of globSync("dist/{*,parts/*}.{js,cjs,map}"))
      if (!metafile.outputs[file.replaceAll("\\", "/")]) rmSync(file); // an older build left it
    writeBin();
    weigh(metafile);
  }
} catch (error) {
  if (!(error instanceof Error && "errors" in error)) console.error(error); // else esbuild has told already
  process.exitCode = 1;
}
