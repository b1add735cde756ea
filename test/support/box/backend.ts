// The boxes of this machine: folders of numbered things, and a running program for each lid that is open.
import { spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { fault, isFault, type Fault } from "../../../src/abi/errors.ts";
import { fsSegments } from "../../../src/abi/resource.ts";
import { isLiveGrant, type Grant } from "../../../src/kernel/witness.ts";

/** A folder that a box was unpacked into, with the text of each file by its name. */
export interface Unpacked {
  readonly folder: string;
  readonly files: ReadonlyMap<string, string>;
}

/** A folder of the workspace: its resource, and its real path. */
export interface Target {
  readonly resource: string;
  readonly path: string;
}

/** The acts on boxes that a test may watch. */
export type BoxEffect = "pack" | "empty" | "unpack" | "hold";

/** A lid that is open: its id, the box, and the program that holds it, or 0 before that has said its number. */
export interface Lid {
  readonly id: string;
  readonly program: number;
  readonly box: string;
}

/** Boxes below one folder of the disk, outside of every workspace. */
export class Boxes {
  readonly #boxes: string;
  readonly #lids: string;
  readonly #yards: string;
  /** Called before an effect; a test that watches them may wait or throw in its place. */
  before: (effect: BoxEffect) => Promise<void> | undefined = () => undefined;

  constructor(base: string) {
    this.#boxes = join(base, "boxes");
    this.#lids = join(base, "lids");
    this.#yards = join(base, "yards");
    for (const folder of [this.#boxes, this.#lids, this.#yards]) mkdirSync(folder, { recursive: true });
  }

  /** The things in a box, in the order in which they were packed. A grant that only looks may see them, too. */
  things(grant: Grant, box: string, right: string): readonly string[] | Fault {
    return refusal(grant, right, box) ?? this.peek(box);
  }

  /** The same without a grant, for probes: what they find out is told to nobody but the door. */
  peek(box: string): readonly string[] {
    const folder = this.#folderOf(box);
    const names = existsSync(folder) ? readdirSync(folder) : [];
    return inOrder(names).map((name) => readFileSync(join(folder, name), "utf8"));
  }

  /** Packs a thing as number `at`, whole or not at all. */
  async pack(grant: Grant, box: string, thing: string, at: number): Promise<Fault | undefined> {
    await this.before("pack");
    const no = refusal(grant, "pack", box, "full");
    if (no !== undefined) return no;
    const folder = this.#folderOf(box);
    mkdirSync(folder, { recursive: true });
    const draft = join(this.#boxes, `draft-${grant.call}`);
    writeFileSync(draft, thing);
    try {
      linkSync(draft, join(folder, `${at}.txt`));
    } catch {
      return fault("ESTALE", "Something else was packed meanwhile.", "Look into the box again.");
    } finally {
      unlinkSync(draft);
    }
    return undefined;
  }

  /** Empties a box, of all things or of none. */
  async empty(grant: Grant, box: string): Promise<Fault | undefined> {
    await this.before("empty");
    const no = refusal(grant, "empty", box, "full");
    const folder = this.#folderOf(box);
    if (no !== undefined || !existsSync(folder)) return no;
    const gone = join(this.#boxes, `gone-${grant.call}`);
    renameSync(folder, gone);
    rmSync(gone, { recursive: true });
    return undefined;
  }

  /** Writes all things into a new folder whose name nobody knows before, whole or not at all. */
  async unpack(grant: Grant, box: string, into: Target): Promise<Unpacked | Fault> {
    await this.before("unpack");
    const things = this.things(grant, box, "open");
    if (isFault(things)) return things;
    const no = refusal(grant, "write", `${into.resource}/**`, "full");
    if (no !== undefined) return no;
    const draft = join(this.#boxes, `draft-${grant.call}`);
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(draft);
    for (const [i, thing] of things.entries()) writeFileSync(join(draft, `${i + 1}.txt`), thing);
    mkdirSync(into.path, { recursive: true });
    const folder = nameAfter(this.unpacked(into));
    renameSync(draft, join(into.path, folder));
    return this.#unpackedAt(into, folder);
  }

  /** The folders in `into` that boxes were unpacked into, oldest first. */
  unpacked(into: Target): readonly string[] {
    const names = existsSync(into.path) ? readdirSync(into.path) : [];
    return inOrder(names.filter((name) => /^unpacked-\d+$/u.test(name)));
  }

  /** The folder that was unpacked after these, if it holds exactly the things of the box. */
  unpackedSince(box: string, into: Target, before: readonly string[]): Unpacked | undefined {
    const things = this.peek(box);
    const found = this.unpacked(into)
      .filter((name) => !before.includes(name))
      .map((name) => this.#unpackedAt(into, name));
    return found.find(({ files }) => [...files.values()].join("\0") === things.join("\0"));
  }

  /** Holds the lid of a box open: a program runs until {@link shut}, also if this one dies. */
  async hold(grant: Grant, box: string, id: string): Promise<Fault | undefined> {
    await this.before("hold");
    const no = refusal(grant, "open", box, "full");
    if (no !== undefined) return no;
    const file = join(this.#lids, id);
    const open = openSync(file, "a");
    writeSync(open, `${box}\n`);
    spawn("sh", ["-c", HOLDING, file], {
      detached: true,
      stdio: ["ignore", "ignore", "ignore", open],
    }).unref();
    closeSync(open);
    return undefined;
  }

  /** Shuts a lid, also one whose shutting was cut off. One that is not open is no error. */
  shut(id: string): void {
    const [file, shutting] = [join(this.#lids, id), join(this.#lids, `${id}${SHUTTING}`)];
    if (existsSync(file)) renameSync(file, shutting);
    if (!existsSync(shutting)) return;
    // A program that has not said its number yet finds its file gone and does not run.
    const { program } = lidOf(id, readFileSync(shutting, "utf8"));
    try {
      if (program > 0) process.kill(program, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
    unlinkSync(shutting);
  }

  /** The lids that are open. */
  lids(): Lid[] {
    return readdirSync(this.#lids).map((name) =>
      lidOf(name.replace(SHUTTING, ""), readFileSync(join(this.#lids, name), "utf8")),
    );
  }

  /** The real path of the yard behind a box, a folder with a file. */
  yard(grant: Grant, box: string): string | Fault {
    const no = refusal(grant, "open", box, "full");
    if (no !== undefined) return no;
    const path = join(this.#yards, ...fsSegments(`fs:/${box.slice("box:/".length)}`));
    mkdirSync(path, { recursive: true });
    const weeds = join(path, "weeds.txt");
    if (!existsSync(weeds)) writeFileSync(weeds, `behind ${box}`);
    return path;
  }

  #folderOf(box: string): string {
    return join(this.#boxes, ...box.slice("box:/".length).split("/"));
  }

  #unpackedAt(into: Target, folder: string): Unpacked {
    const path = join(into.path, folder);
    const names = inOrder(readdirSync(path));
    return { folder, files: new Map(names.map((name) => [name, readFileSync(join(path, name), "utf8")])) };
  }
}

/** The ending of the file of a lid that is being shut. */
const SHUTTING = ".shutting";

/** A program that says its number in the file of its lid, and runs only if that is still there. */
const HOLDING = 'echo $$ >&3; exec 3>&-; test -e "$0" && exec sleep 600';

function lidOf(id: string, text: string): Lid {
  const [box = "", program = ""] = text.split("\n");
  return { id, box, program: Number(program) };
}

const numberOf = (name: string): number => Number(/\d+/u.exec(name)?.[0] ?? 0);
const inOrder = (names: string[]): string[] => names.sort((a, b) => numberOf(a) - numberOf(b));
const nameAfter = (names: readonly string[]): string => `unpacked-${numberOf(names.at(-1) ?? "") + 1}`;

/** The check at the effect: only a live grant of the door that names exactly this lets anything happen. */
function refusal(grant: Grant, right: string, resource: string, mode?: "full"): Fault | undefined {
  if (!isLiveGrant(grant)) return fault("EACCES", "The grant is not live.", "Call through the door.");
  if (mode === "full" && grant.mode !== "full")
    return fault("EACCES", "A look is no authority to act.", "Call through the door.");
  return grant.permits(right, resource)
    ? undefined
    : fault("EACCES", `${right} on ${resource} was not authorised.`, "Call through the door.");
}
