// Installs the packages that package-lock.json names, only if what is installed differs from it.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * @param {string} root
 * @param {(file: string, args: string[]) => Promise<number>} run
 * @param {string} loglevel what npm tells on its error output: `error`, or `http` for each package that it fetches
 * @param {boolean} trusting true to believe npm's record of what it installed, without a look at the folders
 * @returns {Promise<boolean>} whether anything was installed
 */
export async function installPackages(root, run, loglevel = "error", trusting = false) {
  if (upToDate(root, trusting)) return false;
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const code = await run(npm, ["ci", "--no-audit", "--no-fund", `--loglevel=${loglevel}`]);
  if (code !== 0) throw new Error(`npm ci ended with ${code}`);
  return true;
}

/** The number of packages of the lock that this machine needs. @param {string} root */
export function packageCount(root) {
  const here = (/** @type {string[] | undefined} */ names, /** @type {string} */ name) =>
    names === undefined || names.includes(name) || names.some((n) => n.startsWith("!") && n !== `!${name}`);
  return Object.entries(packages(join(root, "package-lock.json"))).filter(
    ([path, { os, cpu }]) => path !== "" && here(os, process.platform) && here(cpu, process.arch),
  ).length;
}

/**
 * Whether every package of the lock is installed in its version: npm keeps a record of what it installed.
 * @param {string} root @param {boolean} trusting
 */
function upToDate(root, trusting) {
  const record = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(record) || !existsSync(join(root, "node_modules", ".bin", "node"))) return false;
  const wanted = packages(join(root, "package-lock.json"));
  const there = packages(record);
  return Object.entries(wanted).every(
    ([path, p]) =>
      path === "" ||
      p.optional ||
      (there[path]?.version === p.version && (trusting || existsSync(join(root, path, "package.json")))),
  );
}

/**
 * @param {string} file
 * @returns {Record<string, {version: string, optional?: boolean, os?: string[], cpu?: string[]}>}
 */
function packages(file) {
  return JSON.parse(readFileSync(file, "utf8")).packages;
}
