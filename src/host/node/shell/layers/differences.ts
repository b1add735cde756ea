// Differences between a layer and the workspace: only what really differs in kind, bytes or executable bit.
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { fsResource } from "../../../../abi/resource.ts";
import type { ChangeProblem, LayerChange } from "../../../../primitives/shell/backend.ts";
import { MAX_HASHED, sha256 } from "../../fs/bytes.ts";
import type { TimedBreath } from "../../fs/breath.ts";
import { storeFile } from "../../fs/preimage.ts";
import { isUnnamed, kindOf, type LayerEntry, type Left } from "./upper.ts";
import { isIn } from "./view.ts";

/** Beyond these a command has changed too much for anyone to judge, and nothing of it is given. */
export const MAX_CHANGES = { entries: 2000, bytes: 64 * 1024 * 1024 };

const CHUNK = 1024 * 1024;
const SET_ID = 0o6000n;
const EXECUTE = 0o100n;

/** One workspace folder and its layer. */
export interface Compared {
  readonly name: string;
  readonly real: string;
  readonly up: string;
}

/** Counts what was found, over all workspace folders of a command. */
export class ChangeCount {
  entries = 0;
  bytes = 0;

  get isOver(): boolean {
    return this.entries > MAX_CHANGES.entries || this.bytes > MAX_CHANGES.bytes;
  }
}

/** SHA-256 of a regular file; undefined when it is none, or too large. */
async function digestOf(at: string, breath: TimedBreath): Promise<string | undefined> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  let fd: number;
  try {
    fd = fs.openSync(at, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch {
    return undefined; // It went while we looked, or is not ours to read.
  }
  try {
    const stat = fs.fstatSync(fd);
    if (!stat.isFile() || stat.size > MAX_HASHED) return undefined;
    const digest = createHash("sha256");
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK, stat.size + 1));
    for (let n = 1; n > 0;) {
      if (breath.due) await breath.take();
      digest.update(buffer.subarray(0, (n = fs.readSync(fd, buffer))));
    }
    return digest.digest("hex");
  } finally {
    fs.closeSync(fd);
  }
}

/** True when a link stays in its root, whatever links it leads through there now. */
function staysInside(real: string, segments: readonly string[], target: string): boolean {
  const folder = path.join(real, ...segments.slice(0, -1));
  let there = path.resolve(folder, target);
  if (!isIn(real, there)) return false;
  // The part of it that is in the workspace may itself lead elsewhere.
  while (there !== real && !fs.existsSync(there)) there = path.dirname(there);
  return isIn(real, fs.realpathSync.native(there));
}

/** Compares the layer of one workspace folder with it. */
export class Comparison {
  readonly #of: Compared;
  readonly #left: Left;
  /** Nanoseconds; whatever changed in the workspace since then was changed by somebody else. */
  readonly #since: bigint;
  readonly #count: ChangeCount;
  readonly #store: string;
  readonly #breath: TimedBreath;
  readonly #changes: LayerChange[] = [];
  /** Names that became another kind; what is in them has no place. */
  readonly #turned = new Set<string>();

  constructor(
    of: Compared,
    left: Left,
    since: bigint,
    count: ChangeCount,
    store: string,
    breath: TimedBreath,
  ) {
    this.#of = of;
    this.#left = left;
    this.#since = since;
    this.#count = count;
    this.#store = store;
    this.#breath = breath;
  }

  /** The differences; their bytes are stored and synced. Ends early when there are too many. */
  async run(): Promise<LayerChange[]> {
    const waiting = new Set<Promise<void>>();
    for (const entry of this.#left.entries) {
      const change = await this.#changeOf(entry);
      if (change === undefined) continue;
      this.#count.entries += 1;
      this.#count.bytes += change.bytes;
      if (this.#count.isOver) break;
      this.#changes.push(change);
      const stored = this.#keep(entry, change).finally(() => waiting.delete(stored));
      waiting.add(stored);
      if (waiting.size >= 8) await Promise.race(waiting);
    }
    await Promise.all(waiting);
    return this.#changes;
  }

  async #keep({ segments }: LayerEntry, { kind, post }: LayerChange): Promise<void> {
    if (kind === "file" && post !== undefined)
      await storeFile(this.#store, path.join(this.#of.up, ...segments), post);
  }

  async #changeOf(entry: LayerEntry): Promise<LayerChange | undefined> {
    const { segments, upper, lower } = entry;
    const told = upper ?? lower;
    if (told === undefined) return undefined;
    const kind = kindOf(told);
    const before = lower === undefined ? undefined : kindOf(lower);
    if (upper !== undefined && kind === "folder" && before === "folder") return undefined;
    const problem = this.#problem(entry);
    const base = {
      resource: fsResource(this.#of.name, segments),
      kind,
      change: upper === undefined ? "deleted" : lower === undefined ? "created" : "changed",
      bytes: 0,
      executable: false,
      ...(problem === undefined ? {} : { problem }),
    } as const;
    if (kind === "folder" || kind === "other" || problem === "name") return base;
    const pre = before === kind ? await this.#digest(this.#of.real, segments, kind) : undefined;
    // A deleted file that is too large to compare is told by its name alone.
    if (before === kind && pre === undefined) return { ...base, problem: problem ?? "large" };
    const known = { ...base, ...(pre === undefined ? {} : { pre }) };
    if (upper === undefined) return known;
    return kind === "link" ? this.#link(entry, known) : this.#file(entry, known);
  }

  #link({ segments }: LayerEntry, known: LayerChange): LayerChange | undefined {
    const target = fs.readlinkSync(path.join(this.#of.up, ...segments));
    const post = sha256(Buffer.from(target));
    if (post === known.pre) return undefined;
    const problem = known.problem ?? (staysInside(this.#of.real, segments, target) ? undefined : "link");
    return { ...known, post, link: target, ...(problem === undefined ? {} : { problem }) };
  }

  async #file({ segments, upper, lower }: LayerEntry, known: LayerChange): Promise<LayerChange | undefined> {
    const bytes = Number(upper?.size ?? 0);
    const executable = ((upper?.mode ?? 0n) & EXECUTE) !== 0n;
    const now = { ...known, bytes, executable };
    // It is not read when it alone is too much, unless it could be the same file as before.
    if (bytes > MAX_CHANGES.bytes && lower?.size !== upper?.size) return now;
    const post = await this.#digest(this.#of.up, segments, "file");
    if (post === undefined) return now;
    const wasExecutable = ((lower?.mode ?? 0n) & EXECUTE) !== 0n;
    return post === known.pre && wasExecutable === executable ? undefined : { ...now, post };
  }

  async #digest(
    base: string,
    segments: readonly string[],
    kind: "file" | "link",
  ): Promise<string | undefined> {
    const at = path.join(base, ...segments);
    if (kind === "link") return linkDigest(at);
    const digest = await digestOf(at, this.#breath);
    if (digest !== undefined || base !== this.#of.up) return digest;
    // A command may have taken the right to read from its own file.
    fs.chmodSync(at, 0o600);
    return digestOf(at, this.#breath);
  }

  #problem({ segments, upper, lower, isHidden }: LayerEntry): ChangeProblem | undefined {
    const name = segments.join("/");
    const kind = upper === undefined ? undefined : kindOf(upper);
    if (isUnnamed(segments)) return "name";
    if (isHidden) return "hidden";
    if (kind === "other") return "special";
    if (upper !== undefined && kind === "file" && (upper.mode & SET_ID) !== 0n) return "set-id";
    const isTurned =
      (upper !== undefined && lower !== undefined && kindOf(lower) !== kind) ||
      segments.some((_, i) => this.#turned.has(segments.slice(0, i).join("/")));
    if (isTurned) this.#turned.add(name);
    if (isTurned) return "kind";
    if (lower !== undefined && lower.ctimeNs >= this.#since && !lower.isDirectory()) return "conflict";
    return upper === undefined && this.#left.notEmpty.has(name) ? "not-empty" : undefined;
  }
}

function linkDigest(at: string): string | undefined {
  try {
    return sha256(Buffer.from(fs.readlinkSync(at)));
  } catch {
    return undefined; // It went while we looked.
  }
}

/** The order in which changes can be applied: folders from the outside, files and links, deletes from the inside. */
export function inOrder(changes: readonly LayerChange[]): LayerChange[] {
  const depth = ({ resource }: LayerChange): number => resource.split("/").length;
  const rank = ({ kind, change }: LayerChange): number =>
    change === "deleted" ? 2 : kind === "folder" ? 0 : 1;
  return changes.toSorted(
    (a, b) => rank(a) - rank(b) || (rank(a) === 2 ? depth(b) - depth(a) : depth(a) - depth(b)),
  );
}
