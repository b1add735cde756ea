// Installs bubblewrap where tests run as root on Debian and it is missing; elsewhere tests say that they had no sandbox.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** @param {(file: string, args: string[]) => Promise<number>} run @returns {Promise<void>} */
export async function installBubblewrap(run) {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const isThere = folders.some((folder) => existsSync(join(folder, "bwrap")));
  const canInstall =
    process.platform === "linux" && process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
  if (isThere || !canInstall) return;
  console.log("installing bubblewrap with apt-get (once)");
  const install =
    "apt-get -qq update && apt-get -qq install -y --no-install-recommends bubblewrap >/dev/null";
  const code = await run("sh", ["-c", `DEBIAN_FRONTEND=noninteractive; export DEBIAN_FRONTEND; ${install}`]);
  if (code !== 0) console.log(`bubblewrap was not installed (${code}); commands are tried without a sandbox`);
}
