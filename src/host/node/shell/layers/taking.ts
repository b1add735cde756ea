// Taking over: what a kept layer holds, counted by name, and as changes to the workspace for a person who takes it.
import path from "node:path";
import { fault, type Fault } from "../../../../abi/errors.ts";
import { fsResource, fsSegments } from "../../../../abi/resource.ts";
import type {
  CommandFolder,
  KeptBackend,
  KeptGroup,
  LayerChange,
} from "../../../../primitives/shell/backend.ts";
import { TimedBreath } from "../../fs/breath.ts";
import { guard } from "../../fs/errno.ts";
import { ChangeCount, Comparison, inOrder, MAX_CHANGES } from "./differences.ts";
import { lowerFolders, stampOf, type Kept, type KeptLayer, type LowerFolders, type Stamps } from "./kept.ts";
import { outerRoots } from "./layer.ts";
import { direntsOf, isFolder, isWhiteout, statOf } from "./stat.ts";
import { Upper } from "./upper.ts";

/** How deep a large folder is split. */
const SPLITS_MOST = 3;
/** Nothing is as late as this: whether somebody else changed a file is told by its stamp. */
const NEVER = 2n ** 63n;

type Segments = readonly string[];
/** A workspace folder, with all that lies below its layers. */
interface Taken {
  readonly name: string;
  readonly real: string;
  readonly below: LowerFolders;
}
type Counted = Omit<KeptGroup, "resource">;

/** The parts of the backend that this needs. */
export interface TakingOptions {
  /** The kept layers of the place that commands over these folders use. */
  kept(roots: readonly string[]): Promise<Kept | undefined>;
  /** The folder of copies. */
  readonly store: string;
  isCredential(segments: Segments): boolean;
}

/** The kept files of processes as a person sees them. */
export class KeptTaking implements KeptBackend {
  readonly #options: TakingOptions;

  constructor(options: TakingOptions) {
    this.#options = options;
  }

  groups(pid: number, roots: readonly CommandFolder[]): Promise<readonly KeptGroup[] | Fault> {
    return guard("what is kept", async () => {
      const groups: KeptGroup[] = [];
      const breath = new TimedBreath();
      await this.#each(pid, roots, async ({ name, below }, kept) => {
        const counting = new Counting(below, kept, breath, this.#options);
        const split = async (at: Segments, depth: number): Promise<void> => {
          const counted = await counting.of(at);
          const isLarge = counted.files > MAX_CHANGES.entries || counted.bytes > MAX_CHANGES.bytes;
          const inside = isLarge && depth < SPLITS_MOST ? direntsOf(path.join(kept.layer, ...at)) : [];
          if (inside.length === 0) groups.push({ resource: fsResource(name, at), ...counted });
          for (const each of inside) await split([...at, each.name], depth + 1);
        };
        for (const top of topsOf(kept, [])) await split(top, 0);
      });
      return groups;
    });
  }

  changes(
    pid: number,
    roots: readonly CommandFolder[],
    names: readonly string[],
  ): Promise<readonly LayerChange[] | Fault> {
    return guard("what is kept", async () => {
      const changes: LayerChange[] = [];
      const count = new ChangeCount();
      const breath = new TimedBreath();
      await this.#each(pid, roots, async ({ name, real, below }, kept) => {
        const chosen = chosenIn(name, names);
        const leads = (at: Segments): boolean =>
          chosen.some((each) => each.every((part, i) => i >= at.length || part === at[i]));
        const ask = (asked: readonly Segments[]): Promise<boolean[]> =>
          Promise.resolve(asked.map((at) => !leads(at.at(-1) === "" ? at.slice(0, -1) : at)));
        const left = await new Upper(kept.layer, real, [], ask, breath).read();
        if (left.tooMany) count.entries += MAX_CHANGES.entries + 1;
        const of = { name, real, up: kept.layer };
        for (const change of await new Comparison(
          of,
          left,
          NEVER,
          count,
          this.#options.store,
          breath,
        ).run()) {
          const [, ...at] = fsSegments(change.resource);
          const moved = change.kind !== "folder" && isMoved(below, at, kept.stamps);
          changes.push(moved && change.problem === undefined ? { ...change, problem: "conflict" } : change);
        }
      });
      if (count.isOver)
        return fault(
          "E2BIG",
          `This is more than ${MAX_CHANGES.entries} files or ${MAX_CHANGES.bytes / 1024 / 1024} MiB.`,
          "Choose less at once, or copy it by hand from the kept folder.",
        );
      return inOrder(changes);
    });
  }

  async taken(pid: number, roots: readonly CommandFolder[], names: readonly string[]): Promise<void> {
    await guard("what is kept", async () => {
      await this.#each(pid, roots, async ({ name }, kept) => {
        const chosen = chosenIn(name, names).map((at) => at.join("/"));
        if (chosen.length > 0) await kept.restamp(chosen);
      });
      return undefined;
    });
  }

  async #each(
    pid: number,
    folders: readonly CommandFolder[],
    act: (root: Taken, kept: KeptLayer) => Promise<void>,
  ): Promise<void> {
    const roots = outerRoots(folders);
    const kept = await this.#options.kept(roots.map(({ real }) => real));
    for (const { name, real, origin } of roots) {
      const below = lowerFolders(real, origin?.real);
      await kept?.use(pid, below, (layer) => act({ name, real, below }, layer));
    }
  }
}

/** The chosen names that lie in one workspace folder, as segments below it. */
function chosenIn(folder: string, names: readonly string[]): Segments[] {
  return names.map((name) => fsSegments(name)).flatMap(([root, ...at]) => (root === folder ? [at] : []));
}

/** The names that git ignores; a folder that is only the way to one has a stamp of its own kind. */
function topsOf(kept: KeptLayer, above: Segments): Segments[] {
  return direntsOf(path.join(kept.layer, ...above)).flatMap(({ name }) => {
    const at = [...above, name];
    return `${at.join("/")}/` in kept.stamps ? topsOf(kept, at) : [at];
  });
}

/** True when somebody changed a name in the workspace since the layer over it was made. */
function isMoved(below: LowerFolders, at: Segments, stamps: Readonly<Stamps>): boolean {
  for (let n = at.length; n > 0; n--) {
    const name = at.slice(0, n).join("/");
    const stamp = stamps[name];
    if (stamp === undefined) continue;
    // Where nothing was, there was nothing below it either.
    if (stamp === "absent") return statOf(path.join(below[0], ...at)) !== undefined;
    return stampOf(below, name) !== stamp;
  }
  return false;
}

/** Counts what one kept layer holds. */
class Counting {
  readonly #below: LowerFolders;
  readonly #kept: KeptLayer;
  readonly #breath: TimedBreath;
  readonly #isCredential: (segments: Segments) => boolean;

  constructor(
    below: LowerFolders,
    kept: KeptLayer,
    breath: TimedBreath,
    options: Pick<TakingOptions, "isCredential">,
  ) {
    this.#below = below;
    this.#kept = kept;
    this.#breath = breath;
    this.#isCredential = (segments) => options.isCredential(segments);
  }

  async of(top: Segments): Promise<Counted> {
    const counted = { files: 0, bytes: 0, gone: 0, others: 0, conflicts: 0, secrets: 0 };
    const waiting = [top];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      if (this.#breath.due) await this.#breath.take();
      const stat = statOf(path.join(this.#kept.layer, ...at));
      if (stat === undefined) continue;
      if (isFolder(stat)) {
        for (const { name } of direntsOf(path.join(this.#kept.layer, ...at))) waiting.push([...at, name]);
        continue;
      }
      if (isWhiteout(stat)) counted.gone += 1;
      else if (!stat.isFile()) counted.others += 1;
      else {
        counted.files += 1;
        counted.bytes += Number(stat.size);
        if (this.#isCredential(at)) counted.secrets += 1;
      }
      if (isMoved(this.#below, at, this.#kept.stamps)) counted.conflicts += 1;
    }
    return counted;
  }
}
