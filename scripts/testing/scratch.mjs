// Where stages without an editor keep temporary files and compiled code: the same tests take a third of the time there.
import { existsSync, readFileSync, statfsSync } from "node:fs";
import { join } from "node:path";

/** Room that a run may need: the largest test makes a hundred thousand files. */
const BYTES = 2 ** 30;
const MEMORY = "/dev/shm";

/**
 * The environment of a stage that runs in plain Node. Temporary files lie in memory where the system has such a folder,
 * because thousands of small tests wait for a sync; a long run stays on the disk. Compiled code is kept between files.
 * @param {string} root @param {boolean} long @returns {NodeJS.ProcessEnv}
 */
export function plainEnvironment(root, long) {
  const compiled = { NODE_COMPILE_CACHE: join(root, "node_modules", ".cache", "compiled-tests") };
  return long || !fits(MEMORY) ? compiled : { ...compiled, TMPDIR: MEMORY };
}

/**
 * Whether the folder lies in memory, has enough room and lets programs start.
 * @param {string} folder
 */
function fits(folder) {
  if (!existsSync(folder) || !existsSync("/proc/mounts")) return false;
  const mount = readFileSync("/proc/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" "))
    .find(([, at]) => at === folder);
  if (mount?.[2] !== "tmpfs" || mount[3]?.split(",").includes("noexec")) return false;
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize > BYTES;
}
