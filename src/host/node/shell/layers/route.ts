// Routes into a layer: the command line that mounts the workspace folders as overlays and runs a program over them.
import path from "node:path";

/** The programs of this machine that a layer is made with, by their real paths. */
export interface LayerPrograms {
  readonly bwrap: string;
  readonly sh: string;
  /** Absent where they are not installed; then only bubblewrap itself can mount. */
  readonly unshare?: string | undefined;
  readonly mount?: string | undefined;
}

/** One workspace folder of a command, with the folders of its layer in the command's own folder. */
export interface LayeredRoot {
  readonly name: string;
  readonly real: string;
  /** The folder of the layer: `up`, `work`, `merged`, `mask`, and the link `lower` to the workspace folder. */
  readonly folder: string;
  /** Folders of kept layers, the newest first. */
  readonly kept: readonly string[];
  /** True for a worktree over the folder that it is of: `origin` is a link to that, and `hides` the mask over it. */
  readonly hasOrigin: boolean;
}

/** A command as it is started in a layer. */
export interface Layered {
  readonly route: "bubblewrap" | "unshare";
  readonly programs: LayerPrograms;
  /** The folder of the command. */
  readonly folder: string;
  readonly roots: readonly LayeredRoot[];
  /** The arguments that show the system. */
  readonly view: readonly string[];
  readonly cwd: string;
}

/** Every namespace of its own, no capability, no terminal, no further namespaces, and the end of its maker is its own. */
const BOUNDS = [
  ...["--unshare-all", "--unshare-user", "--disable-userns", "--cap-drop", "ALL"],
  ...["--die-with-parent", "--new-session", "--hostname", "layer", "--seccomp", "5"],
];

/** As the arguments say: mounts each overlay, its names relative to this folder so that none is read as an option. */
const MOUNT = `
mount=$1; count=$2; shift 2
while [ "$count" -gt 0 ]; do
  "$mount" -t overlay overlay -o "userxattr,lowerdir=$2,upperdir=$1/up,workdir=$1/work" "$1/merged" || exit 1
  count=$((count - 1)); shift 2
done
exec "$@"`;

/** Layers of one root from the top down: what was kept, the mask, the workspace, and what it is a worktree of. */
function lowers({ folder, kept, hasOrigin }: LayeredRoot): string[] {
  const own = ["mask", "lower", ...(hasOrigin ? ["hides", "origin"] : [])];
  return [...kept, ...own.map((name) => path.join(folder, name))];
}

/** Bubblewrap's arguments around the mounts of the workspace folders. */
function bubblewrapped(layered: Layered, mounts: readonly string[], argv: readonly string[]): string[] {
  const ids = ["--uid", String(process.getuid?.() ?? 0), "--gid", String(process.getgid?.() ?? 0)];
  const { view, cwd } = layered;
  return [...BOUNDS, ...ids, ...view, ...mounts, "--remount-ro", "/", "--chdir", cwd, "--", ...argv];
}

/** The program to start in the command's folder, and its arguments. */
export function commandLine(layered: Layered, argv: readonly string[]): { file: string; args: string[] } {
  const { route, programs, folder, roots } = layered;
  if (route === "bubblewrap") {
    const mounts = roots.flatMap((root) => [
      ...lowers(root)
        .toReversed()
        .flatMap((lower) => ["--overlay-src", lower]),
      ...["--overlay", path.join(root.folder, "up"), path.join(root.folder, "work"), root.real],
    ]);
    return { file: programs.bwrap, args: bubblewrapped(layered, mounts, argv) };
  }
  const own = (at: string): string => path.relative(folder, at);
  const overlays = roots.flatMap((root) => [own(root.folder), lowers(root).map(own).join(":")]);
  const mounts = roots.flatMap((root) => ["--bind", path.join(root.folder, "merged"), root.real]);
  const unshared = ["--user", "--map-root-user", "--mount", "--propagation", "private"];
  return {
    file: programs.unshare ?? "unshare",
    args: [
      ...[...unshared, programs.sh, "-c", MOUNT, "sh", programs.mount ?? "mount", String(roots.length)],
      ...[...overlays, programs.bwrap, ...bubblewrapped(layered, mounts, argv)],
    ],
  };
}
