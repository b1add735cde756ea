// The view of a command: which places of the system it sees, all of them read-only, as arguments of bubblewrap.
import fs from "node:fs";
import path from "node:path";
import { pathEntries } from "../environment.ts";
import { direntsOf, realOf } from "./stat.ts";

/** The system's own folders. Of Nix only what holds no socket. */
const SYSTEM = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt"];
const NIX = ["/nix/store", "/nix/var/nix/profiles"];

/**
 * Places of the process table through which the owner of everything changes the machine, without any capability.
 * Bubblewrap leaves them writable for root.
 */
const MACHINE = [
  ...[
    "sys",
    "sysrq-trigger",
    "irq",
    "bus",
    "fs",
    "acpi",
    "scsi",
    "mtrr",
    "driver",
    "dynamic_debug",
    "asound",
  ],
  ...["latency_stats", "pressure", "timer_stats"],
];

/** The private home and `/tmp` are in memory and may hold so many bytes each. */
const HOME_BYTES = 512 * 1024 * 1024;
const TMP_BYTES = 2 * 1024 * 1024 * 1024;

/** So many links of one PATH entry are looked through, and so many folders are shown because of them. */
const MAX_LINKS = 2000;
const MAX_TOOLS = 64;

export interface ViewOptions {
  /** The real home of the user. */
  readonly home: string;
  /** The real paths of the workspace folders; nothing here is mounted below one. */
  readonly roots: readonly string[];
  /** Places that no command sees, wherever they lie. */
  readonly hidden: readonly string[];
  /** Further folders that a person lets commands see. */
  readonly toolFolders: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** An empty folder of ours, which covers folders. */
  readonly empty: string;
  /** True for the name of a file that holds credentials. */
  isCredential(segments: readonly string[]): boolean;
}

/** True when `at` is the folder or lies in it. */
export function isIn(folder: string, at: string): boolean {
  return at === folder || at.startsWith(folder === "/" ? folder : `${folder}/`);
}

/** How many folders lie between two paths. */
const depth = (base: string, at: string): number =>
  path.relative(base, at).split(path.sep).filter(Boolean).length;

/**
 * The folder to show for a program: the packages that it was installed with, or its own installation. Never a folder
 * right below a home, because programs keep their settings and tokens there.
 */
function toolFolder(real: string, home: string): string {
  const base = isIn(home, real) ? home : "/";
  const packages = real.indexOf("/node_modules/", base.length);
  if (packages >= 0) return real.slice(0, packages + "/node_modules".length);
  const folder = path.dirname(real);
  return installation(folder, home) ?? (depth(base, folder) > 0 ? folder : real);
}

/** The installation that a `bin` folder belongs to, when it is one by itself. */
function installation(folder: string, home: string): string | undefined {
  const base = isIn(home, folder) ? home : "/";
  const above = path.dirname(folder);
  return path.basename(folder) === "bin" && depth(base, above) >= 2 ? above : undefined;
}

/** The real places that the links in a folder lead to. */
function* targets(folder: string): IterableIterator<string> {
  for (const entry of direntsOf(folder).slice(0, MAX_LINKS)) {
    const real = entry.isSymbolicLink() ? realOf(path.join(folder, entry.name)) : undefined;
    if (real !== undefined) yield real;
  }
}

/** Collects what is shown, so that nothing is shown twice and nothing lies where an agent can write. */
class Shown {
  readonly args: string[] = [];
  readonly #places: string[] = [];
  readonly #roots: readonly string[];

  constructor(roots: readonly string[]) {
    this.#roots = roots;
  }

  has(at: string): boolean {
    return [...this.#places, ...this.#roots].some((place) => isIn(place, at));
  }

  add(from: string, to = from): void {
    if (this.has(to)) return;
    this.#places.push(to);
    this.args.push("--ro-bind", from, to);
  }

  link(target: string, at: string): void {
    this.#places.push(at);
    this.args.push("--symlink", target, at);
  }
}

/** Shows the folders of PATH that are not the system's, and what the links in them lead to. */
function showTools(shown: Shown, { home, env, toolFolders }: ViewOptions): void {
  for (const folder of toolFolders) {
    const real = path.isAbsolute(folder) ? realOf(folder) : undefined;
    if (real !== undefined && !isIn(real, home)) shown.add(real, folder);
  }
  const entries = pathEntries(env).flatMap((entry) => {
    const real = realOf(entry);
    return real === undefined || isIn(real, home) ? [] : [{ entry, real }];
  });
  let tools = 0;
  for (const { entry, real } of entries) {
    const whole = installation(real, home);
    if (whole !== undefined) shown.add(whole);
    shown.add(real);
    shown.add(real, entry);
    if (SYSTEM.some((folder) => isIn(folder, real))) continue;
    for (const target of targets(real)) {
      if (tools >= MAX_TOOLS) break;
      if (shown.has(target)) continue;
      shown.add(toolFolder(target, home));
      tools += 1;
    }
  }
}

/** Covers what lies at a place with nothing. The place is never below a folder that an agent can write. */
function cover(at: string, isFolder: boolean, empty: string): string[] {
  return ["--ro-bind", isFolder ? empty : "/dev/null", at];
}

/** Covers credentials right in a shown folder, by their names. */
function coverCredentials(folder: string, options: ViewOptions): string[] {
  return direntsOf(folder).flatMap((entry) => {
    const at = path.join(folder, entry.name);
    const isHidden = !entry.isSymbolicLink() && options.isCredential(at.split("/").slice(1));
    return isHidden ? cover(at, entry.isDirectory(), options.empty) : [];
  });
}

/** Covers what other users may not read below `/etc`, because this user perhaps may; and credentials by their names. */
function coverClosed(folder: string, options: ViewOptions): string[] {
  return direntsOf(folder).flatMap((entry) => {
    const at = path.join(folder, entry.name);
    if (entry.isSymbolicLink() || options.roots.some((root) => isIn(at, root))) return [];
    const stat = fs.lstatSync(at, { throwIfNoEntry: false });
    if (stat === undefined) return [];
    const open = stat.isDirectory() ? 0o005 : 0o004;
    if ((stat.mode & open) !== open || options.isCredential(at.split("/").slice(1)))
      return isReadable(at) ? cover(at, stat.isDirectory(), options.empty) : [];
    return stat.isDirectory() ? coverClosed(at, options) : [];
  });
}

/** Lets root only read what it could change the machine by. */
function closedMachine(): string[] {
  if (process.getuid?.() !== 0) return [];
  return MACHINE.map((name) => path.join("/proc", name)).flatMap((at) =>
    fs.existsSync(at) ? ["--ro-bind", at, at] : [],
  );
}

function isReadable(at: string): boolean {
  try {
    fs.accessSync(at, fs.constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** The home that a command has. Some users of the system have `/` or a folder of programs as theirs. */
export function commandHome(home: string, env: NodeJS.ProcessEnv): string {
  const isProgram = [...SYSTEM, ...pathEntries(env)].some((folder) => isIn(folder, home));
  return home === "/" || isProgram ? "/home" : home;
}

/** For so long a look at the system counts as now: a person installs something less often. */
const FRESH_MS = 2000;

/** The arguments that show the system, remembered for a moment, because a command follows the other. */
export class SystemView {
  #looked = -Infinity;
  #at = "";
  #args: readonly string[] = [];

  /** The workspace folders are mounted after these, and nothing after those. */
  of(options: ViewOptions): readonly string[] {
    const { roots, hidden, toolFolders, empty } = options;
    const at = JSON.stringify([roots, hidden, toolFolders, empty]);
    const now = performance.now();
    if (at === this.#at && now - this.#looked < FRESH_MS) return this.#args;
    [this.#at, this.#looked, this.#args] = [at, now, systemView(options)];
    return this.#args;
  }
}

function systemView(options: ViewOptions): string[] {
  const { roots, hidden, empty } = options;
  const home = commandHome(options.home, options.env);
  const shown = new Shown(roots);
  for (const at of [...SYSTEM, ...NIX]) {
    const stat = fs.lstatSync(at, { throwIfNoEntry: false });
    if (stat?.isSymbolicLink() === true) shown.link(fs.readlinkSync(at), at);
    else if (stat?.isDirectory() === true) shown.add(at);
  }
  shown.add("/etc");
  const system = [...shown.args];
  // A home is empty, unless it lies in a workspace folder.
  const isPrivate = !roots.some((root) => isIn(root, home));
  showTools(shown, options);
  const tools = shown.args.slice(system.length);
  const covered = hidden.flatMap((at) => {
    const real = realOf(at);
    const stat = real === undefined ? undefined : fs.lstatSync(real, { throwIfNoEntry: false });
    const isSeen = real !== undefined && !roots.some((root) => isIn(root, real)) && shown.has(real);
    return isSeen && stat !== undefined ? cover(real, stat.isDirectory(), empty) : [];
  });
  const folders = tools.flatMap((_, i) => (tools[i] === "--ro-bind" ? [tools[i + 2] ?? ""] : []));
  return [
    ...system,
    ...coverClosed("/etc", options),
    ...["--dev", "/dev", "--proc", "/proc", ...closedMachine()],
    ...["--perms", "1777", "--size", String(TMP_BYTES), "--tmpfs", "/tmp"],
    ...["--dir", "/var", "--symlink", "/tmp", "/var/tmp", "--dir", "/run"],
    ...(isPrivate ? ["--perms", "0700", "--size", String(HOME_BYTES), "--tmpfs", home] : []),
    ...tools,
    ...covered,
    ...folders.flatMap((folder) => coverCredentials(folder, options)),
  ];
}
