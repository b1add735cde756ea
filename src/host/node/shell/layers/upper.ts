// What a command left in its layer, name by name: what git ignores and git's own folders apart from the rest.
import fs from "node:fs";
import path from "node:path";
import { foldCase } from "../../../../abi/resource.ts";
import type { TimedBreath } from "../../fs/breath.ts";
import { stagesSame } from "./git-index.ts";
import type { Mask } from "./mask.ts";
import { opaqueAmong } from "./opaque.ts";
import { direntsOf, isFolder, isWhiteout, statOf } from "./stat.ts";

/** So many names are looked at. A command that leaves more has changed too much for anyone to judge. */
export const MAX_NAMES = 20_000;

export type LayerKind = "file" | "folder" | "link" | "other";

/** One name in a layer, or one that is gone from the workspace with the folder that held it. */
export interface LayerEntry {
  readonly segments: readonly string[];
  /** Undefined when the name is gone. */
  readonly upper: fs.BigIntStats | undefined;
  /** What the workspace has there; undefined when nothing. */
  readonly lower: fs.BigIntStats | undefined;
  /** True when the workspace has something there that the command could not see. */
  readonly isHidden: boolean;
  /** True when the layer itself says that the name is gone, and not only that a folder above it is. */
  readonly isWhiteout: boolean;
}

/** What a command left. */
export interface Left {
  readonly entries: readonly LayerEntry[];
  /** Names that git ignores, with all that is below them. */
  readonly ignored: readonly (readonly string[])[];
  /** Folders that hold a changed `.git`. */
  readonly git: readonly (readonly string[])[];
  /** Folders that are not wholly gone, because they hold what git ignores or what the command could not see. */
  readonly notEmpty: ReadonlySet<string>;
  readonly tooMany: boolean;
}

/** Whether git ignores names; a name of a folder ends in an empty segment. */
export type AskIgnored = (names: readonly (readonly string[])[]) => Promise<readonly boolean[]>;

export function kindOf(stat: fs.BigIntStats): LayerKind {
  if (stat.isFile()) return "file";
  if (stat.isDirectory()) return "folder";
  return stat.isSymbolicLink() ? "link" : "other";
}

/** The names in a folder of ours, whatever mode a command gave to it. Some are no UTF-8, and then their bytes count. */
function namesIn(at: string): Map<string, Buffer> {
  const read = (): Buffer[] => fs.readdirSync(at, { encoding: "buffer" });
  let names: Buffer[];
  try {
    names = read();
  } catch {
    fs.chmodSync(at, 0o700);
    names = read();
  }
  return new Map(names.map((name) => [name.toString("utf8"), name]));
}

/** A folder of the layer, of the workspace, or of both. */
interface Folder {
  readonly segments: readonly string[];
  readonly inUpper: boolean;
  /** True when its names in the workspace are gone unless the layer has them. */
  readonly inLower: boolean;
  /** True when the workspace has a folder there, through whatever names of the layer. */
  readonly hasLower: boolean;
  /** True when the command could not see this folder of the workspace. */
  readonly isHidden: boolean;
}

/** Looks through the layer of one workspace folder. */
export class Upper {
  readonly #up: string;
  readonly #real: string;
  readonly #mask: ReadonlySet<string>;
  readonly #ask: AskIgnored;
  readonly #breath: TimedBreath;
  readonly #entries: LayerEntry[] = [];
  readonly #ignored: (readonly string[])[] = [];
  readonly #git: (readonly string[])[] = [];
  readonly #notEmpty = new Set<string>();
  #seen = 0;

  constructor(up: string, real: string, mask: Mask, ask: AskIgnored, breath: TimedBreath) {
    this.#up = up;
    this.#real = real;
    this.#mask = new Set(mask.map((segments) => segments.join("/")));
    this.#ask = ask;
    this.#breath = breath;
  }

  /** Goes from level to level, so that git is asked once for each and nothing ignored is entered. */
  async read(): Promise<Left> {
    let level: Folder[] = [{ segments: [], inUpper: true, inLower: false, hasLower: true, isHidden: false }];
    while (level.length > 0 && this.#seen <= MAX_NAMES) level = await this.#level(level);
    return {
      entries: this.#entries,
      ignored: this.#ignored,
      git: this.#git,
      notEmpty: this.#notEmpty,
      tooMany: this.#seen > MAX_NAMES,
    };
  }

  async #level(folders: readonly Folder[]): Promise<Folder[]> {
    const met: LayerEntry[] = [];
    for (const folder of folders) {
      if (this.#breath.due) await this.#breath.take();
      for (const entry of this.#entriesOf(folder)) met.push(entry);
      if (this.#seen + met.length > MAX_NAMES) break;
    }
    this.#seen += met.length;
    if (this.#seen > MAX_NAMES) return [];
    const ignored = await this.#ask(met.map((entry) => asked(entry)));
    const kept = met.filter((entry, i) => {
      if (ignored[i] !== true) return true;
      if (entry.upper === undefined) this.#marksAbove(entry.segments);
      if (entry.upper !== undefined || entry.isWhiteout) this.#ignored.push(entry.segments);
      return false;
    });
    for (const entry of kept) this.#entries.push(entry);
    return this.#inside(kept);
  }

  /** The folders among these entries, with what is to be looked at in each. */
  async #inside(entries: readonly LayerEntry[]): Promise<Folder[]> {
    const both = entries.filter((entry) => isFolder(entry.upper) && isFolder(entry.lower) && !entry.isHidden);
    const opaque = await opaqueAmong(
      this.#up,
      both.map((entry) => entry.segments),
    );
    const replaced = new Set(both.filter((_, i) => opaque[i] === true));
    return entries.flatMap((entry) => {
      const { segments, upper, lower, isHidden } = entry;
      // What is in a folder without a name has none either.
      const inUpper = isFolder(upper) && !isUnnamed(segments);
      // Below a folder that is merged the workspace shows through; what is gone there has a whiteout.
      const inLower = isFolder(lower) && (upper === undefined || replaced.has(entry));
      const hasLower = isFolder(lower);
      return inUpper || inLower ? [{ segments, inUpper, inLower, hasLower, isHidden }] : [];
    });
  }

  #entriesOf(folder: Folder): LayerEntry[] {
    const { segments, inUpper, inLower } = folder;
    const upper = inUpper ? namesIn(path.join(this.#up, ...segments)) : new Map<string, Buffer>();
    const lower = inLower ? direntsOf(path.join(this.#real, ...segments)) : [];
    return [...new Set([...upper.keys(), ...lower.map(({ name }) => name)])].flatMap((name) => {
      const found = this.#entry(folder, name, upper.get(name));
      return found === undefined ? [] : [found];
    });
  }

  #entry(folder: Folder, name: string, inUpper: Buffer | undefined): LayerEntry | undefined {
    const segments = [...folder.segments, name];
    if (foldCase(name) === ".git") {
      const own = path.join(...segments);
      if (inUpper !== undefined && changesMore(path.join(this.#up, own), path.join(this.#real, own)))
        this.#git.push(folder.segments);
      if (inUpper === undefined) this.#marksAbove(segments);
      return undefined;
    }
    const above = Buffer.from(`${path.join(this.#up, ...folder.segments)}/`);
    const stat = inUpper === undefined ? undefined : statOf(Buffer.concat([above, inUpper]));
    const isHidden = folder.isHidden || this.#mask.has(segments.join("/"));
    const lower = folder.hasLower ? statOf(path.join(this.#real, ...segments)) : undefined;
    const isGone = isWhiteout(stat);
    const upper = isGone ? undefined : stat;
    if (upper === undefined && isHidden) this.#marksAbove(segments);
    // Only an ignored name of a kept layer can be gone where the workspace has nothing.
    if (isGone && lower === undefined) this.#ignored.push(segments);
    if (upper === undefined && (lower === undefined || isHidden)) return undefined;
    const hides = folder.isHidden || (isHidden && lower !== undefined);
    return { segments, upper, lower, isHidden: hides, isWhiteout: isGone };
  }

  /** Notes that the folders above a name cannot be removed, because it stays. */
  #marksAbove(segments: readonly string[]): void {
    for (let i = segments.length - 1; i > 0; i--) this.#notEmpty.add(segments.slice(0, i).join("/"));
  }
}

/** True for a name that is no UTF-8. */
export function isUnnamed(segments: readonly string[]): boolean {
  return segments.at(-1)?.includes("\uFFFD") === true;
}

/** The question about a name; one that is gone is what the workspace has. */
function asked({ segments, upper, lower }: LayerEntry): readonly string[] {
  return isFolder(upper ?? lower) ? [...segments, ""] : segments;
}

/** Whether a git folder was changed in more than what git only remembers about files: also `git status` writes that. */
export function changesMore(above: string, below: string): boolean {
  const names = direntsOf(above).map(({ name }) => name);
  if (names.some((name) => name !== "index")) return true;
  return names.length > 0 && !stagesSame(path.join(above, "index"), path.join(below, "index"));
}
