// Grounds: the places of this machine where layers can be made, each found by making one and running a command in it.
import { execFile } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import type { Sandbox } from "../../../primitives/shell/backend.ts";
import { sha256 } from "../fs/bytes.ts";
import { programsOnPath } from "../programs.ts";
import { LayerFolders, removeTree } from "./layers/folders.ts";
import { Kept } from "./layers/kept.ts";
import type { LayerPrograms } from "./layers/route.ts";
import { isIn } from "./layers/view.ts";

const execute = promisify(execFile);

/** A place where layers can be made, and the way to make them. */
export interface LayerGround {
  readonly route: "bubblewrap" | "unshare";
  readonly programs: LayerPrograms;
  readonly folders: LayerFolders;
  readonly kept: Kept;
}

/** A ground, or why there is none. */
export type FoundGround =
  | { readonly sandbox: Extract<Sandbox, { mode: "layered" }>; readonly ground: LayerGround }
  | { readonly sandbox: Extract<Sandbox, { mode: "unconfined" }>; readonly ground?: never };

/** Runs a trial command over a trial workspace in a layer; gives what went wrong. */
export type Trial = (ground: LayerGround, workspace: string) => Promise<string | undefined>;

/** The first place in memory that systems have; it is the user's own below a name of ours. */
const MEMORY = "/dev/shm";
const INSTALL =
  'Install bubblewrap, for example with "apt install bubblewrap" or "dnf install bubblewrap", and try again.';

export interface GroundOptions {
  /** The folder of layers in the user's data folder. */
  readonly folder: string;
  /** The path of bubblewrap, when a person names one. */
  readonly bubblewrap?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly trial: Trial;
}

/** The remedy for what the system said. */
function hintFor(failed: string): string {
  const restricted = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns";
  if (fs.existsSync(restricted) && fs.readFileSync(restricted, "utf8").trim() === "1")
    return "This system lets only bubblewrap make user namespaces. Install bubblewrap 0.11 or newer.";
  if (/namespace|not permitted|permission denied|uid.?map|unshare/iu.test(failed))
    return "User namespaces are switched off here. Ask the administrator to allow them; a container must be started with them.";
  return "Install bubblewrap 0.11 or newer, or a Linux kernel from 5.11 on.";
}

/** The grounds of one record, tried when they are first needed. */
export class Grounds {
  readonly #options: GroundOptions;
  readonly #places: readonly string[];
  readonly #tried = new Map<string, Promise<LayerGround | string>>();

  constructor(options: GroundOptions) {
    this.#options = options;
    const own = sha256(Buffer.from(options.folder)).slice(0, 16);
    this.#places = [options.folder, path.join(MEMORY, `agentlibos-${process.getuid?.() ?? 0}-${own}`)];
  }

  /** Removes what a run that was cut off has left, in places that are there. */
  async sweep(): Promise<void> {
    for (const at of this.#places) if (fs.existsSync(at)) await new LayerFolders(at).sweep();
  }

  /** The kept layers of all places that are there. */
  kept(): Kept[] {
    return this.#places.filter((at) => fs.existsSync(at)).map((at) => new Kept(new LayerFolders(at)));
  }

  /** The first ground that lies in none of these folders, because a layer cannot lie in what is under it. */
  async find(roots: readonly string[] = []): Promise<FoundGround> {
    const failures: string[] = [];
    for (const [i, at] of this.#places.entries()) {
      if (roots.some((root) => isIn(root, at))) continue;
      const ground = await this.#try(at, roots);
      if (typeof ground !== "string")
        return { ground, sandbox: { mode: "layered", route: ground.route, memory: i > 0 } };
      failures.push(ground);
    }
    return { sandbox: this.#unconfined(failures) };
  }

  #unconfined(failures: readonly string[]): Extract<Sandbox, { mode: "unconfined" }> {
    const mode = "unconfined";
    if (process.platform !== "linux")
      return {
        mode,
        reason: "Commands can run in a layer only on Linux.",
        hint: "On Windows, open the folder in WSL 2; else in a container or on a remote Linux machine.",
      };
    if (this.#programs([]) === undefined)
      return { mode, reason: "Bubblewrap is not installed.", hint: INSTALL };
    const failed = failures[0] ?? "no place for layers was found";
    return { mode, reason: `No layer can be made here: ${failed}`, hint: hintFor(failures.join(" ")) };
  }

  #programs(roots: readonly string[]): LayerPrograms | undefined {
    const first = (name: string): string | undefined => {
      for (const found of programsOnPath(name, roots, this.#options.env)) return found;
      return undefined;
    };
    const named = this.#options.bubblewrap ?? "";
    const bwrap = named === "" ? first("bwrap") : named;
    const sh = first("sh");
    if (bwrap === undefined || sh === undefined) return undefined;
    return { bwrap, sh, unshare: first("unshare"), mount: first("mount") };
  }

  /** Tries a place once. A program that an agent could have written is never used. */
  #try(at: string, roots: readonly string[]): Promise<LayerGround | string> {
    let tried = this.#tried.get(at);
    if (tried === undefined) this.#tried.set(at, (tried = this.#explore(at, roots)));
    return tried;
  }

  async #explore(at: string, roots: readonly string[]): Promise<LayerGround | string> {
    const programs = process.platform === "linux" ? this.#programs(roots) : undefined;
    if (programs === undefined) return "bubblewrap is not installed";
    let failed = "";
    try {
      const folders = new LayerFolders(at);
      await folders.sweep();
      if (!fs.existsSync(folders.whiteout)) await execute("mknod", [folders.whiteout, "c", "0", "0"]);
      const kept = new Kept(folders);
      for (const route of ["bubblewrap", "unshare"] as const) {
        if (route === "unshare" && (programs.unshare === undefined || programs.mount === undefined)) continue;
        const ground = { route, programs, folders, kept };
        const wrong = await this.#tryRoute(ground);
        if (wrong === undefined) return ground;
        failed = wrong;
      }
    } catch (error) {
      failed = error instanceof Error ? error.message : String(error);
    }
    return failed.replaceAll(/\s+/gu, " ").slice(0, 300);
  }

  /** A command deletes, writes and looks for a hidden name; the workspace must stay as it is. */
  async #tryRoute(ground: LayerGround): Promise<string | undefined> {
    const workspace = ground.folders.begin();
    try {
      fs.writeFileSync(path.join(workspace, "stays"), "");
      fs.mkdirSync(path.join(workspace, ".hidden"));
      const wrong = await this.#options.trial(ground, workspace);
      if (wrong !== undefined) return wrong;
      const left = fs.readdirSync(workspace).toSorted().join(" ");
      return left === ".hidden stays" ? undefined : "the layer did not hold";
    } finally {
      await removeTree(workspace);
    }
  }
}
