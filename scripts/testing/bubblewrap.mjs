// Installs bubblewrap where tests run as root on Debian and it is missing; elsewhere tests say that they had no sandbox.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
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

/** The release of Debian whose bubblewrap can mount overlays by itself, and what that one is linked with. */
const RELEASE = "trixie";
const PACKAGES = ["bubblewrap", "libc6", "libcap2", "libselinux1", "libpcre2-8-0"];

/**
 * Fetches a bubblewrap that mounts overlays by itself, checked by apt, into a folder of its own: nothing of the machine
 * changes. Gives the folder for the PATH, or undefined, and says why.
 * @param {string} folder @param {(file: string, args: string[]) => Promise<number>} run @returns {Promise<string | undefined>}
 */
export async function fetchNewerBubblewrap(folder, run) {
  const program = join(folder, "bwrap");
  if (existsSync(program)) return folder;
  if (process.platform !== "linux" || !existsSync("/usr/bin/apt-get")) {
    console.log("the route of bubblewrap 0.11 was NOT TRIED: there is no apt-get here");
    return undefined;
  }
  for (const name of ["apt", "lists"]) mkdirSync(join(folder, name, "partial"), { recursive: true });
  const code = await run("sh", ["-ec", FETCH, "sh", folder, RELEASE, ...PACKAGES]);
  if (code === 0) {
    writeFileSync(program, WRAPPER, { mode: 0o755 });
    return folder;
  }
  console.log(`the route of bubblewrap 0.11 was NOT TRIED: it could not be fetched (${code})`);
  return undefined;
}

/** Debian's own mirror of this machine, read with lists and a cache of our own. */
const FETCH = `
folder=$1; release=$2; shift 2
mirror=$(apt-get indextargets --format '$(REPO_URI)' | grep -E '/debian/?$' | head -n 1)
echo "deb $mirror $release main" > "$folder/sources.list"
own() {
  apt-get -qq -o Dir::Etc::SourceList="$folder/sources.list" -o Dir::Etc::SourceParts=/dev/null \\
    -o Dir::State::Lists="$folder/lists" -o Dir::Cache="$folder/apt" -o APT::Sandbox::User=root "$@"
}
own update
cd "$folder/apt"
own download "$@"
for package in *.deb; do dpkg-deb -x "$package" "$folder/root"; done
rm -rf "$folder/apt" "$folder/lists" "$folder/sources.list"`;

/** It runs with the libraries that came with it; those of the machine may be older. */
const WRAPPER = `#!/bin/sh
root=$(dirname "$(readlink -f "$0")")/root
libraries=$(dirname "$(find "$root" -name libc.so.6)")
loader=$(find "$root" -name 'ld-linux*.so.*' | head -n 1)
exec "$loader" --library-path "$libraries" "$root/usr/bin/bwrap" "$@"
`;
