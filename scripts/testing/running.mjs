// Runs programs for the stages of the tests and counts what they report.
// Plain JavaScript: it must start on Node 20 with nothing installed.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const root = join(import.meta.dirname, "..", "..");
export const bin = join(root, "node_modules", ".bin");
export const node = join(bin, process.platform === "win32" ? "node.cmd" : "node");

/** @typedef {{passed: number, failed: number, file?: string, seconds?: number, failures?: string[]}} Count */
export const NONE = { passed: 0, failed: 0 };

/** Every file of the run with the seconds that it took. @type {{file: string, seconds: number}[]} */
export const timed = [];

/** The failed tests and their reasons, told once more at the end, where a reader of a long log looks. @type {string[]} */
export const failures = [];

/**
 * The tests below a folder of test/, in a long run with those that take long, as paths from there.
 * @param {string} folder @param {boolean} long @returns {string[]}
 */
export function testFiles(folder, long) {
  const path = join(root, "test", folder);
  const names = existsSync(path) ? readdirSync(path, { recursive: true, encoding: "utf8" }) : [];
  const kind = long ? /\.(?:test|long)\.ts$/u : /\.test\.ts$/u;
  return names
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => kind.test(name))
    .sort();
}

/**
 * A check without counts of its own is one test.
 * @param {string} file @param {string[]} args
 */
export async function command(file, args) {
  return (await exitCode(file, args)) === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/**
 * Runs Node 24 and reads the counts that its reporter wrote, one for each file or one for all.
 * @param {string[]} args @param {NodeJS.ProcessEnv} env @returns {Promise<Count[]>}
 */
export async function counts(args, env = {}) {
  const folder = mkdtempSync(join(tmpdir(), "agentlibos-test-"));
  const file = join(folder, "counts");
  try {
    const code = await exitCode(node, args, { ...env, TEST_COUNTS: file });
    const text = existsSync(file) ? readFileSync(file, "utf8").trim() : "";
    const all = text
      .split("\n")
      .filter(Boolean)
      .map((line) => /** @type {Count} */ (JSON.parse(line)));
    for (const { file, seconds, failures: named } of all) {
      if (file !== undefined && seconds !== undefined) timed.push({ file, seconds });
      failures.push(...(named ?? []));
    }
    const { passed, failed } = all.reduce(add, NONE);
    // An exit code without a failed test, or no test at all, is a failure by itself.
    if (failed === 0 && (code !== 0 || passed === 0)) all.push({ passed: 0, failed: 1 });
    return all;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {Count} a @param {Count} b @returns {Count} */
export function add(a, b) {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed };
}

/**
 * @param {string} file @param {string[]} args @param {NodeJS.ProcessEnv} env @returns {Promise<number>}
 */
export function exitCode(file, args, env = {}) {
  return new Promise((resolve) => {
    const path = `${bin}${process.platform === "win32" ? ";" : ":"}${process.env["PATH"] ?? ""}`;
    const child = spawn(file, args, {
      cwd: root,
      stdio: "inherit",
      env: { ...process.env, PATH: path, ...env },
      shell: process.platform === "win32",
    });
    child.on("error", (error) => {
      console.error(String(error));
      resolve(127);
    });
    const pass = (/** @type {NodeJS.Signals} */ name) => child.kill(name);
    process.on("SIGTERM", pass);
    child.on("exit", (code) => {
      process.off("SIGTERM", pass);
      resolve(code ?? 1);
    });
  });
}
