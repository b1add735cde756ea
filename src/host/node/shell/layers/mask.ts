// The mask: a layer of whiteouts over the names that a command must not see, so that nothing is mounted in a workspace.
import fs from "node:fs";
import path from "node:path";
import { foldCase, fsResource, TEMP_PREFIX } from "../../../../abi/resource.ts";
import type { Breath } from "../../../../primitives/fs/backend.ts";
import type { Sight } from "../../../../primitives/shell/backend.ts";
import { refuse } from "../../fs/errno.ts";
import { direntsOf, statOf } from "./stat.ts";

/** Looking through more folders for credentials would hold a command for minutes. */
const MAX_FOLDERS = 400_000;
/** Only so much of a file is looked at for a token. */
const MAX_LOOK = 256 * 1024;

/** Whether a name is one of credentials; of some files only when their text has a token. */
export type CredentialTest = (segments: readonly string[]) => boolean | RegExp;

/** A name that a command must not see. */
interface Credential {
  readonly name: string;
  readonly when?: RegExp;
}

/** A folder as it was read. As long as its times are the same, it holds the same names. */
interface ReadFolder {
  readonly stamp: string | undefined;
  readonly folders: ReadonlyMap<string, ReadFolder>;
  readonly credentials: readonly Credential[];
}

/** The folder that a worktree is of: commands in the worktree see there what git ignores, below their own files. */
export interface Origin extends Pick<MaskedRoot, "inner"> {
  readonly real: string;
}

/** One workspace folder with its names. */
export interface MaskedRoot {
  readonly name: string;
  readonly real: string;
  /** For a worktree. */
  readonly origin?: Origin;
  /** Workspace folders inside this one, by their segments from here. */
  readonly inner: readonly { readonly name: string; readonly segments: readonly string[] }[];
}

/** What decides whether a name is seen. */
export interface MaskRules {
  sees(resource: string): Sight;
  /** Credential files that are seen all the same, as resources. */
  readonly reads: ReadonlySet<string>;
  /** Real paths of places that no command sees. */
  readonly hidden: readonly string[];
}

/** The names of a root that a command must not see, as segments; no name lies in another. */
export type Mask = readonly (readonly string[])[];

/** A clock of a disk may stand still for so long, and then a change does not show in the times. */
const TICK_MS = 50;

/** Tells a folder from itself after a change; undefined while the next change could still have the same times. */
function stampOf({ ino, mtimeNs, ctimeNs, ctimeMs }: fs.BigIntStats): string | undefined {
  return Date.now() - Number(ctimeMs) < TICK_MS ? undefined : `${ino}:${mtimeNs}:${ctimeNs}`;
}

/** Names that are the runtime's own, in every folder. */
function isReserved(name: string): boolean {
  const folded = foldCase(name);
  return folded === ".agentlibos" || folded.startsWith(TEMP_PREFIX);
}

/** Reads workspace folders, and remembers what holds for as long as a folder has not changed. */
export class Masks {
  readonly #credential: CredentialTest;
  readonly #read = new Map<string, ReadFolder>();
  #count = 0;

  constructor(credential: CredentialTest) {
    this.#credential = credential;
  }

  /** The mask of one root for one command. */
  async of(root: MaskedRoot, rules: MaskRules, breath: Breath): Promise<Mask> {
    this.#count = 0;
    const folder = await this.#visit(root.real, [], this.#read.get(root.real), breath);
    if (folder === undefined) return [];
    this.#read.set(root.real, folder);
    const found = new Found(root, rules);
    found.visit(folder, [], found.sight([]));
    await found.addLinks(breath);
    return found.hidden;
  }

  /** Reads a folder unless nothing in it has changed. Links are not entered. */
  async #visit(
    at: string,
    segments: readonly string[],
    known: ReadFolder | undefined,
    breath: Breath,
  ): Promise<ReadFolder | undefined> {
    const stat = statOf(at);
    if (stat === undefined || !stat.isDirectory()) return undefined;
    this.#count += 1;
    if (this.#count > MAX_FOLDERS)
      refuse("E2BIG", `The workspace has over ${MAX_FOLDERS} folders.`, "Open a smaller folder.");
    if (breath.due) await breath.take();
    const stamp = stampOf(stat);
    const same = stamp !== undefined && known?.stamp === stamp ? known : undefined;
    const { names, credentials } =
      same === undefined
        ? this.#names(at, segments)
        : { names: [...same.folders.keys()], credentials: same.credentials };
    const folders = new Map<string, ReadFolder>();
    for (const name of names) {
      const inside = await this.#visit(
        path.join(at, name),
        [...segments, name],
        known?.folders.get(name),
        breath,
      );
      if (inside !== undefined) folders.set(name, inside);
    }
    return { stamp, folders, credentials };
  }

  #names(at: string, segments: readonly string[]): { names: string[]; credentials: Credential[] } {
    const names: string[] = [];
    const credentials: Credential[] = [];
    for (const entry of direntsOf(at)) {
      const inside = [...segments, entry.name];
      const when = isReserved(entry.name) || this.#credential(inside);
      if (when !== false) credentials.push({ name: entry.name, ...(when === true ? {} : { when }) });
      // The objects of git are thousands of folders without a name that anyone gave.
      const isStore = entry.name === "objects" && segments.at(-1) === ".git";
      if (entry.isDirectory() && when !== true && !isStore) names.push(entry.name);
    }
    return { names, credentials };
  }
}

/** The hidden names of one root, for one command. */
class Found {
  readonly hidden: string[][] = [];
  readonly #root: MaskedRoot;
  readonly #rules: MaskRules;

  constructor(root: MaskedRoot, rules: MaskRules) {
    this.#root = root;
    this.#rules = rules;
  }

  #resources(segments: readonly string[]): string[] {
    const { name, inner } = this.#root;
    const more = inner.flatMap((each) => {
      const isInside = each.segments.every((segment, i) => segments[i] === segment);
      return isInside ? [fsResource(each.name, segments.slice(each.segments.length))] : [];
    });
    return [fsResource(name, segments), ...more];
  }

  /** A place with two names is seen only as far as both are. */
  sight(segments: readonly string[]): Sight {
    const sights = this.#resources(segments).map((resource) => this.#rules.sees(resource));
    return sights.find((each) => each === "none") ?? sights.find((each) => each === "some") ?? "all";
  }

  /** Hides what must not be seen below a folder, of which so much is seen. */
  visit(folder: ReadFolder, segments: readonly string[], sight: Sight): void {
    const at = path.join(this.#root.real, ...segments);
    const credentials = new Map(folder.credentials.map((each) => [each.name, each]));
    for (const { name, when } of folder.credentials)
      if (this.#isCredential([...segments, name], when)) this.#hide([...segments, name]);
    if (sight === "some")
      for (const entry of direntsOf(at))
        if (!folder.folders.has(entry.name) && !credentials.has(entry.name))
          if (this.sight([...segments, entry.name]) === "none") this.#hide([...segments, entry.name]);
    for (const [name, inside] of folder.folders) {
      const below = [...segments, name];
      const isOwn = this.#rules.hidden.includes(path.join(at, name));
      const seen = isOwn ? "none" : sight === "some" ? this.sight(below) : sight;
      if (seen === "none") this.#hide(below);
      else this.visit(inside, below, seen);
    }
  }

  #hide(segments: string[]): void {
    this.hidden.push(segments);
  }

  #isCredential(segments: readonly string[], when: RegExp | undefined): boolean {
    if (isReserved(segments.at(-1) ?? "")) return true;
    if (this.#resources(segments).some((resource) => this.#rules.reads.has(resource))) return false;
    return when === undefined || when.test(beginningOf(path.join(this.#root.real, ...segments)));
  }

  /** Hides the other names of hidden files that have more than one. */
  async addLinks(breath: Breath): Promise<void> {
    const wanted = new Set<string>();
    for (const segments of this.hidden) {
      const stat = statOf(path.join(this.#root.real, ...segments));
      if (stat?.isFile() === true && stat.nlink > 1n) wanted.add(`${stat.dev}:${stat.ino}`);
    }
    if (wanted.size === 0) return;
    const known = new Set(this.hidden.map((segments) => segments.join("/")));
    const enter = async (segments: readonly string[]): Promise<void> => {
      for (const entry of direntsOf(path.join(this.#root.real, ...segments))) {
        const inside = [...segments, entry.name];
        if (known.has(inside.join("/"))) continue;
        if (breath.due) await breath.take();
        if (entry.isDirectory()) await enter(inside);
        const stat = entry.isFile() ? statOf(path.join(this.#root.real, ...inside)) : undefined;
        if (stat !== undefined && wanted.has(`${stat.dev}:${stat.ino}`)) this.#hide(inside);
      }
    };
    await enter([]);
  }
}

/** The first part of a file that must be a regular one. */
function beginningOf(at: string): string {
  try {
    const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = fs.constants;
    const fd = fs.openSync(at, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
    try {
      const bytes = Buffer.alloc(MAX_LOOK);
      return fs.fstatSync(fd).isFile()
        ? bytes.toString("latin1", 0, fs.readSync(fd, bytes, 0, MAX_LOOK, 0))
        : "";
    } finally {
      fs.closeSync(fd);
    }
  } catch {
    return ""; // Nor can a command read it.
  }
}

/** Makes the folder of a mask. Its folders lend the merged ones their mode and times. */
export function makeMask(root: string, mask: Mask, folder: string, whiteout: string): void {
  fs.mkdirSync(folder);
  const above = new Map<string, readonly string[]>();
  for (const segments of mask) {
    for (let i = 1; i < segments.length; i++) {
      const folders = segments.slice(0, i);
      const at = path.join(folder, ...folders);
      if (!above.has(at)) fs.mkdirSync(at, { recursive: true });
      above.set(at, folders);
    }
    fs.linkSync(whiteout, path.join(folder, ...segments));
  }
  for (const [at, segments] of [...above].toReversed()) like(path.join(root, ...segments), at);
}

/** Gives a folder the mode and the times of another one. */
export function like(model: string, at: string): void {
  const stat = fs.lstatSync(model, { throwIfNoEntry: false });
  if (stat === undefined) return;
  fs.chmodSync(at, stat.mode & 0o7777);
  fs.utimesSync(at, stat.atime, stat.mtime);
}
