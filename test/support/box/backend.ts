// The boxes of this machine: folders of numbered things, and a running program for each lid that is open.
import { spawn } from "node:child_process";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
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

/** A lid that is open: its id, the program that holds it, and the box. */
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

  /** Empties a box. Each thing that is gone stays gone if this is interrupted. */
  async empty(grant: Grant, box: string): Promise<Fault | undefined> {
    await this.before("empty");
    const no = refusal(grant, "empty", box, "full");
    if (no === undefined) rmSync(this.#folderOf(box), { recursive: true, force: true });
    return no;
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
    const lid = spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
    lid.unref();
    writeFileSync(join(this.#lids, id), `${lid.pid} ${box}`);
    return undefined;
  }

  /** Shuts a lid. One that is not open is no error. */
  shut(id: string): void {
    const file = join(this.#lids, id);
    if (!existsSync(file)) return;
    try {
      process.kill(Number(readFileSync(file, "utf8").split(" ")[0]), "SIGKILL");
    } catch {
      // It has ended by itself.
    }
    rmSync(file);
  }

  /** The lids that are open. */
  lids(): Lid[] {
    return readdirSync(this.#lids).map((id) => {
      const [program = "", box = ""] = readFileSync(join(this.#lids, id), "utf8").split(" ");
      return { id, program: Number(program), box };
    });
  }

  /** The real path of the yard behind a box, a folder with one file. */
  yard(grant: Grant, box: string): string | Fault {
    const no = refusal(grant, "open", box, "full");
    if (no !== undefined) return no;
    const path = join(this.#yards, ...fsSegments(`fs:/${box.slice("box:/".length)}`));
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, "weeds.txt"), `behind ${box}`);
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
