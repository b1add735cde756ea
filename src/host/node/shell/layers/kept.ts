// Kept layers: what commands wrote and git ignores stays for the next commands of its process, and nowhere else.
import fs from "node:fs";
import path from "node:path";
import { sha256 } from "../../fs/bytes.ts";
import { codeOf, refuse } from "../../fs/errno.ts";
import { removeTree, type LayerFolders } from "./folders.ts";
import { like } from "./mask.ts";
import { opaqueAmong } from "./opaque.ts";
import { isFolder, isWhiteout, statOf } from "./stat.ts";

/** Beyond this many layers under one command, what the next one would keep is not kept. */
const MAX_LAYERS = 64;
const STATE = "state.json";

/** What the workspace had at a name when the layer over it was made. */
export type Stamps = Record<string, string>;

/** A workspace folder, and below it the one that it is a worktree of. */
export type LowerFolders = readonly [real: string, ...origin: readonly string[]];

export const lowerFolders = (real: string, origin: string | undefined): LowerFolders =>
  origin === undefined ? [real] : [real, origin];

/** The kept layers of one process over one workspace folder. */
interface Stack {
  /** The workspace folder. */
  readonly real: string;
  /** Names of layers, the newest first. */
  readonly layers: readonly string[];
  readonly stamps: Stamps;
}

/** What a command has below it. */
export interface HeldLayers {
  /** The folders of the layers over each workspace folder, the newest first. */
  readonly layers: ReadonlyMap<string, readonly string[]>;
  /** True when older layers were dropped. */
  readonly dropped: boolean;
  /** Called once the command has ended and nothing of it is read any more. */
  end(): void;
}

/** One kept layer, as long as nobody else changes it. */
export interface KeptLayer {
  readonly layer: string;
  readonly stamps: Readonly<Stamps>;
  /** Notes what the workspace has now at these names and below them. */
  restamp(names: readonly string[]): Promise<void>;
}

type Names = readonly (readonly string[])[];

/** Tells a name of the workspace from itself after a change. The names in a folder are a part of it. */
export function stampOf(below: LowerFolders, name: string): string {
  const stamps = below.flatMap((real) => {
    const stat = statOf(path.join(real, name));
    return stat === undefined ? [] : [`${stat.mode}:${stat.ino}:${stat.mtimeNs}`];
  });
  return stamps.length === 0 ? "absent" : stamps.join("|");
}

/** The folder above an ignored name changes often; only that it is there counts. */
function presence(below: LowerFolders, name: string): string {
  return hasFolder(below, name) ? "folder" : "absent";
}

function hasFolder(below: LowerFolders, name: string): boolean {
  return below.some((real) => isFolder(statOf(path.join(real, name))));
}

/** The kept layers of all processes. */
export class Kept {
  readonly #folders: LayerFolders;
  /** How many commands of a process run; what they have below them must not change. */
  readonly #running = new Map<number, number>();
  /** The end of the last step: steps are taken one after the other, so that none sees half of another. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(folders: LayerFolders) {
    this.#folders = folders;
  }

  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const taken = this.#last.then(step);
    this.#last = taken.catch(() => undefined);
    return taken;
  }

  /** Begins a command of a process: layers over a changed workspace go, and the others stay as they are until `end`. */
  begin(pid: number, folders: readonly LowerFolders[]): Promise<HeldLayers> {
    return this.#inTurn(async () => {
      const others = this.#running.get(pid) ?? 0;
      let dropped = false;
      for (const below of others > 0 ? [] : folders) dropped = (await this.#dropStale(pid, below)) || dropped;
      this.#running.set(pid, others + 1);
      return {
        dropped,
        layers: new Map(folders.map(([real]) => [real, this.#layers(pid, real)])),
        end: () => void this.#running.set(pid, (this.#running.get(pid) ?? 1) - 1),
      };
    });
  }

  #folder(pid: number, real: string): string {
    return path.join(this.#folders.keptOf(pid), sha256(Buffer.from(real)).slice(0, 16));
  }

  /** The folders of the layers over a workspace folder, the newest first. */
  #layers(pid: number, real: string): string[] {
    const folder = this.#folder(pid, real);
    return this.#read(folder)?.layers.map((name) => path.join(folder, name)) ?? [];
  }

  #read(folder: string): Stack | undefined {
    try {
      return JSON.parse(fs.readFileSync(path.join(folder, STATE), "utf8")) as Stack;
    } catch {
      return undefined; // There is none, or its making was cut off.
    }
  }

  /** Drops the layers over a workspace folder that has changed where they cover it; true when it did. */
  async #dropStale(pid: number, below: LowerFolders): Promise<boolean> {
    const folder = this.#folder(pid, below[0]);
    if (!fs.existsSync(folder)) return false;
    const stack = this.#read(folder);
    const isFresh =
      stack !== undefined &&
      Object.entries(stack.stamps).every(([name, stamp]) =>
        name.endsWith("/") ? presence(below, name) === stamp : stampOf(below, name) === stamp,
      );
    if (!isFresh) await removeTree(folder);
    return !isFresh;
  }

  /**
   * Moves ignored names out of the layer of a command that has ended; gives how many files they are. Undefined when that
   * failed, as where a command took the rights to its own folders; then the layers over this workspace folder are gone.
   */
  add(pid: number, below: LowerFolders, up: string, names: Names): Promise<number | undefined> {
    return this.#inTurn(async () => {
      try {
        return names.length === 0 ? 0 : await this.#add(pid, below, up, names);
      } catch (error) {
        if (codeOf(error) === undefined) throw error;
        await removeTree(this.#folder(pid, below[0]));
        return undefined;
      }
    });
  }

  async #add(pid: number, below: LowerFolders, up: string, names: Names): Promise<number> {
    const [real] = below;
    const folder = this.#folder(pid, real);
    const before = this.#read(folder) ?? { real, layers: [], stamps: {} };
    if (before.layers.length >= MAX_LAYERS) return 0;
    const name = String(1 + Number(before.layers[0] ?? 0));
    const layer = path.join(folder, name);
    fs.mkdirSync(layer, { recursive: true });
    like(real, layer);
    const stamps: Stamps = { ...before.stamps };
    let files = 0;
    for (const segments of names) {
      for (let i = 1; i < segments.length; i++) {
        const above = segments.slice(0, i).join("/");
        if (!fs.existsSync(path.join(layer, above))) fs.mkdirSync(path.join(layer, above));
        like(path.join(real, above), path.join(layer, above));
        stamps[`${above}/`] = presence(below, above);
      }
      const at = segments.join("/");
      move(path.join(up, at), path.join(layer, at));
      files += await stampTree(layer, below, at, stamps);
    }
    this.#write(folder, { real, layers: [name, ...before.layers], stamps });
    await this.#merge(pid, folder, below);
    return files;
  }

  #write(folder: string, stack: Stack): void {
    const temp = path.join(folder, `${STATE}.new`);
    fs.writeFileSync(temp, JSON.stringify(stack));
    fs.renameSync(temp, path.join(folder, STATE));
  }

  /** Makes one layer of all while no other command has them below it. A crash in the middle leaves none. */
  async #merge(pid: number, folder: string, below: LowerFolders): Promise<void> {
    if ((this.#running.get(pid) ?? 0) > 1) return;
    const stack = this.#read(folder);
    if (stack === undefined || stack.layers.length < 2) return;
    fs.rmSync(path.join(folder, STATE));
    const [base = "", ...above] = stack.layers.toReversed();
    for (const name of above) {
      await mergeInto(path.join(folder, base), path.join(folder, name), below);
      await removeTree(path.join(folder, name));
    }
    this.#write(folder, { ...stack, layers: [base] });
  }

  /** The kept folders of a process, by workspace folder. */
  folders(pid: number): { root: string; folder: string }[] {
    const at = this.#folders.keptOf(pid);
    const names = fs.existsSync(at) ? fs.readdirSync(at) : [];
    return names.flatMap((name) => {
      const stack = this.#read(path.join(at, name));
      return (stack?.layers ?? []).map((layer) => ({
        root: stack?.real ?? "",
        folder: path.join(at, name, layer),
      }));
    });
  }

  /** The processes that have kept layers. */
  keepers(): number[] {
    return this.#folders.keepers();
  }

  /**
   * Gives the layer over a workspace folder to look at; undefined when there is none. EBUSY while commands of the process
   * run that have several below them. No step is taken meanwhile.
   */
  use<T>(pid: number, below: LowerFolders, act: (kept: KeptLayer) => Promise<T>): Promise<T | undefined> {
    return this.#inTurn(async () => {
      const folder = this.#folder(pid, below[0]);
      if ((this.#running.get(pid) ?? 0) === 0) await this.#merge(pid, folder, below);
      const stack = this.#read(folder);
      const [name, ...more] = stack?.layers ?? [];
      if (stack === undefined || name === undefined) return undefined;
      if (more.length > 0) refuse("EBUSY", "Commands of this agent run.", "Wait for them, or stop them.");
      const layer = path.join(folder, name);
      const restamp = async (names: readonly string[]): Promise<void> => {
        const stamps = { ...stack.stamps };
        for (const each of names) await stampTree(layer, below, each, stamps);
        this.#write(folder, { ...stack, stamps });
      };
      return act({ layer, stamps: stack.stamps, restamp });
    });
  }

  drop(pid: number): Promise<void> {
    return removeTree(this.#folders.keptOf(pid));
  }
}

/** Moves a name; a folder that a command took its own rights from is moved all the same. */
function move(from: string, to: string): void {
  const stat = statOf(from);
  if (stat?.isDirectory() === true && (stat.mode & 0o300n) !== 0o300n)
    fs.chmodSync(from, Number(stat.mode & 0o777n) | 0o700);
  fs.renameSync(from, to);
}

/** Notes what the workspace has below an ignored name, as far as the layer covers it; gives the number of files. */
async function stampTree(layer: string, below: LowerFolders, name: string, stamps: Stamps): Promise<number> {
  stamps[name] = stampOf(below, name);
  const inLayer = statOf(path.join(layer, name));
  if (inLayer?.isDirectory() !== true) return inLayer?.isFile() === true ? 1 : 0;
  const hasLower = hasFolder(below, name);
  const options = { recursive: !hasLower, withFileTypes: true } as const;
  const names = await fs.promises.readdir(path.join(layer, name), options);
  if (!hasLower) return names.filter((each) => !each.isDirectory()).length;
  let files = 0;
  for (const each of names) files += await stampTree(layer, below, `${name}/${each.name}`, stamps);
  return files;
}

/**
 * Moves a newer layer over an older one, as a command would see both. A whiteout that covers nothing of the workspace goes:
 * in a folder that only one layer has, the kernel would list it.
 */
async function mergeInto(base: string, newer: string, lower: LowerFolders): Promise<void> {
  const stat = (layer: string, at: readonly string[]) => statOf(path.join(layer, ...at));
  const enter = async (at: readonly string[], covers: boolean): Promise<void> => {
    const names = fs.readdirSync(path.join(newer, ...at)).map((name) => [...at, name]);
    const both = names.filter((each) => isFolder(stat(base, each)) && isFolder(stat(newer, each)));
    const [above, below] = [await opaqueAmong(newer, both), await opaqueAmong(base, both)];
    const places = new Map(both.map((each, i) => [each, i]));
    for (const each of names) {
      const i = places.get(each) ?? -1;
      if (i >= 0 && above[i] !== true) {
        await enter(each, covers && below[i] !== true && hasFolder(lower, path.join(...each)));
        like(path.join(newer, ...each), path.join(base, ...each));
        continue;
      }
      await removeTree(path.join(base, ...each));
      const isKept = covers && lower.some((real) => stat(real, each) !== undefined);
      if (isKept || !isWhiteout(stat(newer, each))) move(path.join(newer, ...each), path.join(base, ...each));
    }
  };
  await enter([], true);
}
