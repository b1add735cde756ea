// Reserved places: where the program that decides and the editors of this machine keep what they run and obey.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

/** Places that no call may enter. A `link` is closed as a way, while its target stays an ordinary place. */
export interface ReservedPlaces {
  readonly folders: readonly string[];
  readonly links: readonly string[];
}

/** VS Code, its previews and servers, and editors made from it, as their folders in a home are named. */
const IN_HOME =
  /^\.(?:vscode|vscodium|codium|code-server|openvscode-server|cursor|windsurf|trae|kiro|void|positron|antigravity|pearai|aide|melty|qoder|theia)(?:[-.].*)?$/iu;
/** The same below the folder of settings or of programs of one user. */
const BELOW =
  /^(?:code|code-oss|code-oss-dev|vscodium|codium|code-server|openvscode-server|microsoft vs code|cursor|windsurf|trae|kiro|void|positron|antigravity|pearai|aide|melty|qoder|theia(?: ide)?)(?: (?:- )?(?:insiders|exploration|oss|next|nightly|cn|beta|preview))?$/iu;
/** Flatpak and snap packages of the same. */
const PACKAGED = /^(?:com\.(?:visualstudio\.code|vscodium\.codium)(?:[-.].*)?|code|code-insiders|codium)$/iu;

function namesIn(folder: string, pattern: RegExp): string[] {
  try {
    return fs.readdirSync(folder).flatMap((name) => (pattern.test(name) ? [path.join(folder, name)] : []));
  } catch {
    return []; // Not there, or not ours to list: then there is nothing of this user.
  }
}

const named = (env: NodeJS.ProcessEnv, ...names: readonly string[]): string[] =>
  names.flatMap((name) => {
    const value = env[name];
    return value !== undefined && path.isAbsolute(value) ? [value] : [];
  });

/** The homes of this user: the one that the environment names, and the one that the system knows. */
function homes(): string[] {
  try {
    return [...new Set([os.homedir(), os.userInfo().homedir])];
  } catch {
    return [os.homedir()]; // The system does not know this user, as in some containers.
  }
}

/** The folders of the editors that this user has: settings, extensions, servers. `at` are their homes. */
export function editorPlaces(
  env: NodeJS.ProcessEnv = process.env,
  at: readonly string[] = homes(),
): readonly string[] {
  const settings = at.flatMap((home) => [
    path.join(home, ".config"),
    path.join(home, ".local", "share"),
    path.join(home, ".local", "lib"),
    path.join(home, "Library", "Application Support"),
    path.join(home, "AppData", "Roaming"),
    path.join(home, "AppData", "Local", "Programs"),
  ]);
  const more = named(env, "XDG_CONFIG_HOME", "XDG_DATA_HOME", "APPDATA", "LOCALAPPDATA");
  const packages = at.flatMap((home) => [path.join(home, ".var", "app"), path.join(home, "snap")]);
  return [
    ...at.flatMap((home) => namesIn(home, IN_HOME)),
    ...[...settings, ...more].flatMap((folder) => namesIn(folder, BELOW)),
    ...packages.flatMap((folder) => namesIn(folder, PACKAGED)),
    ...named(env, "VSCODE_PORTABLE", "VSCODE_AGENT_FOLDER", "VSCODE_EXTENSIONS"),
  ];
}

/** As many links as a system follows for one path. */
const MAX_LINKS = 40;

/** Every link that a path leads through, so that none of them can be put aside for another one. */
function linksOn(start: string): string[] {
  const found = new Set<string>();
  const ways = [path.resolve(start)];
  for (let way = ways.pop(); way !== undefined; way = ways.pop()) {
    for (let here = way; here !== path.dirname(here); here = path.dirname(here)) {
      if (fs.lstatSync(here, { throwIfNoEntry: false })?.isSymbolicLink() !== true) continue;
      if (found.has(here) || found.size >= MAX_LINKS) continue;
      found.add(here);
      const rest = path.relative(here, way);
      ways.push(path.resolve(path.dirname(here), fs.readlinkSync(here), rest));
    }
  }
  return [...found];
}

/** The package of a bundle that was installed below `node_modules`; its manifest says which file is the program. */
function installedPackage(bundle: string): string | undefined {
  const owner = path.dirname(bundle);
  const above = path.dirname(owner);
  const holder = path.basename(above).startsWith("@") ? path.dirname(above) : above;
  return path.basename(holder) === "node_modules" ? owner : undefined;
}

/**
 * The places of the running program: its bundle, its package when that was installed, its runtime, and the links by
 * which it was started. A package root outside `node_modules` stays open, because it is where the program is developed.
 * @param bundle the folder of the running entry
 * @param started the path of the program as it was started
 */
export function programPlaces(bundle: string, started: string | undefined = process.argv[1]): ReservedPlaces {
  const owner = installedPackage(bundle);
  return {
    folders: [bundle, process.execPath, ...(owner === undefined ? [] : [owner])],
    links: [...linksOn(bundle), ...(started === undefined ? [] : linksOn(started))],
  };
}

/** The running editor by its own word; `extension` is undefined while that is developed. */
export interface RunningEditor {
  readonly program: string;
  readonly extension: string | undefined;
  readonly storage: readonly string[];
}

/** The folder of all settings and storage, above the storage of one extension: `<data>/User/globalStorage/<id>`. */
function dataFolder(storage: string): string {
  const above = path.dirname(storage);
  const user = path.dirname(above);
  const usual = /^(?:global|workspace)Storage$/u.test(path.basename(above)) && path.basename(user) === "User";
  return usual ? path.dirname(user) : storage;
}

/** What the running editor runs and keeps. Of one that is developed in its repository, only what it runs from there. */
function placesOfEditor({ program, extension, storage }: RunningEditor): readonly string[] {
  const own = fs.existsSync(path.join(program, ".git")) ? path.join(program, "out") : program;
  const beside = extension === undefined ? "" : path.dirname(extension);
  return [
    ...(program === "" ? [] : [own]),
    ...(extension === undefined ? [] : [extension]),
    ...(path.basename(beside) === "extensions" ? [beside] : []),
    ...storage.map(dataFolder),
  ];
}

/** The places of a program that runs from a bundle, of this user's editors, and of the editor that runs it. */
export function placesOf(bundle: string, editor?: RunningEditor): ReservedPlaces {
  const { folders, links } = programPlaces(bundle);
  const running = editor === undefined ? [] : placesOfEditor(editor);
  return { folders: [...folders, ...editorPlaces(), ...running], links };
}
