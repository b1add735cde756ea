// The build: the extension, the command line, the kernel alone (to prove it needs no editor), the in-editor tests.
import { build, context } from "esbuild";
import { existsSync, globSync, mkdirSync, rmSync, statSync } from "node:fs";
import { basename } from "node:path";

const watch = process.argv.includes("--watch");
const tests = process.argv.includes("--tests");
const dev = watch || process.argv.includes("--dev");

/** A file loaded by `await import("./x.ts")` becomes `dist/x.cjs`: what is heavy stays out of the entries. */
const lazy = new Set();
const loadedWhenUsed = {
  name: "loaded-when-used",
  /** @param {import("esbuild").PluginBuild} b */
  setup(b) {
    b.onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, async (args) => {
      if (args.kind !== "dynamic-import") return undefined;
      const file = (await b.resolve(args.path, { kind: "import-statement", resolveDir: args.resolveDir }))
        .path;
      const name = basename(file, ".ts");
      const other = [...lazy].find((f) => f !== file && basename(f, ".ts") === name);
      if (other) return { errors: [{ text: `${file} and ${other} would both become dist/${name}.cjs` }] };
      lazy.add(file);
      return { path: `./${name}.cjs`, external: true };
    });
  },
};

/** @type {import("esbuild").BuildOptions} */
const shared = {
  bundle: true,
  platform: "node",
  target: "node20",
  minify: !dev,
  sourcemap: dev ? "linked" : false,
  legalComments: "none",
  logLevel: "warning",
  plugins: [loadedWhenUsed],
};
const require_ =
  'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';

/** @type {import("esbuild").BuildOptions[]} */
const products = [
  {
    ...shared,
    entryPoints: ["src/extension.ts"],
    outfile: "dist/extension.cjs",
    format: "cjs",
    external: ["vscode"],
  },
  {
    ...shared,
    entryPoints: ["src/cli.ts"],
    outfile: "dist/cli.js",
    format: "esm",
    banner: { js: `#!/usr/bin/env node\n${require_}` },
  },
  // `vscode` is not external here: if the editor leaks into the kernel, this does not build.
  { ...shared, entryPoints: ["src/boot.ts"], format: "esm", write: false, outdir: "unused" },
];
if (tests) {
  products.push({
    ...shared,
    entryPoints: ["test/editor/suite.ts", ...globSync("test/editor/*.test.ts")],
    outdir: "dist/test/editor",
    format: "cjs",
    outExtension: { ".js": ".cjs" },
    external: ["vscode", "mocha"],
    minify: false,
    sourcemap: "inline",
    plugins: [],
  });
}

const existing = products.filter((p) => {
  const entry = /** @type {string[]} */ (p.entryPoints)[0] ?? "";
  if (existsSync(entry)) return true;
  console.log(`skipped: ${entry} does not exist yet`);
  return false;
});

// esbuild has told what is wrong by the time it fails.
process.on("uncaughtException", (error) => {
  if (!("errors" in error)) console.error(error);
  process.exit(1);
});

mkdirSync("dist", { recursive: true });
if (watch) {
  for (const product of existing) await watched(product);
  for (const file of lazy) await watched(part(file));
} else {
  if (tests) rmSync("dist/test", { recursive: true, force: true });
  await Promise.all(existing.map((p) => build(p)));
  // A set that grows while it is walked: a file loaded when used may load another.
  for (const file of lazy) await build(part(file));
  const made = new Set([
    ...existing.map((p) => p.outfile),
    ...[...lazy].map((f) => `dist/${basename(f, ".ts")}.cjs`),
  ]);
  for (const file of globSync("dist/*.{cjs,js,map}")) {
    const product = file.replaceAll("\\", "/");
    if (!made.has(dev ? product.replace(/\.map$/, "") : product)) rmSync(file); // an older build left it
  }
  weigh();
}

/**
 * A part that loads when used.
 * @param {string} file @returns {import("esbuild").BuildOptions}
 */
function part(file) {
  const external = /[\\/]src[\\/](ui|host[\\/]vscode)[\\/]/.test(file) ? ["vscode"] : [];
  const names = { ".js": ".cjs" };
  return { ...shared, entryPoints: [file], outdir: "dist", format: "cjs", outExtension: names, external };
}

/** @param {import("esbuild").BuildOptions} product */
async function watched(product) {
  const making = await context(product);
  await making.rebuild();
  await making.watch();
}

function weigh() {
  let total = 0;
  for (const file of globSync("dist/*.{cjs,js}").sort()) {
    const { size } = statSync(file);
    total += size;
    console.log(`${file}  ${(size / 1000).toFixed(1)} kB`);
    if (file.endsWith("extension.cjs") && !dev && size > 150_000) fail(`${file} is over 150 kB`);
  }
  if (!dev && total > 1_000_000) fail(`all JavaScript together is ${total} bytes, over 1 MB`);
}

/** @param {string} message */
function fail(message) {
  console.error(message);
  process.exitCode = 1;
}
