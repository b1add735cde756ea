// The backend of `shell`: checks the grant, finds the mode, runs commands, and keeps those in the background by id.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fault, isFault, type Fault } from "../../../abi/errors.ts";
import type { Grant } from "../../../kernel/witness.ts";
import type {
  BackgroundCommand,
  Ran,
  ShellBackend,
  ShellConnection,
  ShellLimits,
  ShellOrder,
} from "../../../primitives/shell/backend.ts";
import { hostResource } from "../../../abi/net/host.ts";
import type { Programs } from "../../../primitives/shell/reading/needs.ts";
import { guard, refuse } from "../fs/errno.ts";
import { demand } from "../fs/grant.ts";
import { systemNetwork, type Network } from "../net/network.ts";
import { programOutside, programsOnPath } from "../programs.ts";
import { pathEntries } from "./environment.ts";
import type { ChildConnection } from "./child.ts";
import { Grounds } from "./ground.ts";
import { folderAt, outerRoots } from "./layers/layer.ts";
import { Masks, type CredentialTest } from "./layers/mask.ts";
import { realOf } from "./layers/stat.ts";
import { KeptTaking } from "./layers/taking.ts";
import { SystemView } from "./layers/view.ts";
import { runLayered, type LayeredCommand, type LayeredOptions } from "./layered.ts";
import { runUnconfined } from "./unconfined.ts";

const GIB = 1024 * 1024 * 1024;
const MAX_SECONDS = 3600;

/** The limits of a command that names none. */
function usualLimits(): ShellLimits {
  return {
    seconds: 120,
    memory: Math.max(GIB, Math.min(4 * GIB, os.totalmem() / 2)),
    processes: 1000,
    output: 64 * 1024 * 1024,
    disk: 4 * GIB,
  };
}

export interface ShellOptions {
  /** The folder of layers, in the user's data folder. */
  readonly layers: string;
  /** The folder of pre-images. */
  readonly preImages: string;
  /** Places that no command sees: the user's data folder, and those of editors. */
  readonly hidden: () => readonly string[];
  readonly isCredential: CredentialTest;
  /** Folders with tools that a person lets commands see. */
  readonly toolFolders?: (() => readonly string[]) | undefined;
  /** The path of bubblewrap, when a person names one. */
  readonly bubblewrap?: string | undefined;
  readonly env?: NodeJS.ProcessEnv;
  /** The home of the user. */
  readonly home?: string;
  /** The way to the hosts that calls name; this machine's own if left out. */
  readonly network?: Network;
}

/** A command in the background. */
interface Background {
  readonly began: number;
  readonly stop: AbortController;
  readonly end: Promise<Ran | Fault>;
  ran?: Ran | Fault;
}

/** Makes the backend of one record. Nothing is tried before it is needed. */
export function nodeShell(options: ShellOptions): ShellBackend {
  return new NodeShell(options);
}

class NodeShell implements ShellBackend {
  readonly #options: ShellOptions;
  readonly #env: NodeJS.ProcessEnv;
  readonly #masks: Masks;
  readonly #view = new SystemView();
  readonly #grounds: Grounds;
  readonly #background = new Map<string, Background>();
  /** Every command that runs, so that our end is theirs. */
  readonly #running = new Set<{ readonly stop: AbortController; readonly end: Promise<unknown> }>();
  readonly keptFiles: KeptTaking;
  found: ShellBackend["found"];
  #swept: Promise<void> | undefined;

  constructor(options: ShellOptions) {
    this.#options = options;
    this.#env = options.env ?? process.env;
    this.#masks = new Masks(options.isCredential);
    this.#grounds = new Grounds({
      folder: options.layers,
      bubblewrap: options.bubblewrap,
      env: this.#env,
      trial: async (ground, workspace) => {
        const ran = await runLayered(ground, trialOf(workspace), this.#layered(), SILENT);
        if (isFault(ran)) return ran.message;
        const made = ran.changes.map(({ change, resource }) => `${change} ${resource}`).join(", ");
        const isRight = ran.exit === 0 && made === "created fs:/trial/made, deleted fs:/trial/stays";
        return isRight ? undefined : `a trial command ended with ${ran.exit} and left: ${made}`;
      },
    });
    this.keptFiles = new KeptTaking({
      kept: async (roots) => (await this.#grounds.find(roots)).ground?.kept,
      store: options.preImages,
      isCredential: (segments) => options.isCredential(segments) === true,
    });
  }

  readonly sweep = (): Promise<void> => (this.#swept ??= this.#grounds.sweep());

  #layered(): LayeredOptions {
    const { isCredential, toolFolders, preImages } = this.#options;
    return {
      masks: this.#masks,
      view: this.#view,
      env: this.#env,
      home: this.#options.home ?? os.homedir(),
      toolFolders: toolFolders?.() ?? [],
      store: preImages,
      network: this.#options.network ?? systemNetwork,
      isCredential: (segments) => isCredential(segments) === true,
    };
  }

  async probe(): ReturnType<ShellBackend["probe"]> {
    await this.sweep();
    return (this.found = (await this.#grounds.find()).sandbox);
  }

  programs(roots: readonly string[]): Programs {
    const find = (folder: string, name: string): ReturnType<Programs["find"]> => {
      const file = path.join(folder, name);
      if (!isProgram(file)) return undefined;
      return programOutside(file, roots) === undefined ? "inside" : "outside";
    };
    return { path: pathEntries(this.#env), find };
  }

  run(order: ShellOrder, grant: Grant, on: ShellConnection): Promise<Ran | Fault> {
    return guard("the command", async () => {
      this.#check(order, grant);
      const ran = await this.#tracked(order, on);
      return on.signal.aborted ? interrupted(ran) : ran;
    });
  }

  start(
    id: string,
    order: ShellOrder,
    grant: Grant,
    on: Pick<ShellConnection, "emit">,
  ): Promise<Fault | undefined> {
    return guard("the command", async () => {
      this.#check(order, grant);
      if (this.#background.has(id)) refuse("EEXIST", `There is a command ${id} already.`);
      const stop = new AbortController();
      const begun = Promise.withResolvers<undefined>();
      const connection = { emit: on.emit, signal: stop.signal, begins: () => begun.resolve(undefined) };
      const end = guard("the command", () => this.#tracked(order, connection));
      const command: Background = { began: performance.now(), stop, end };
      this.#background.set(id, command);
      void end.then((ran) => (command.ran = ran));
      // What the command may see is asked while its layer is made, and is known only as long as the call runs.
      const early = await Promise.race([begun.promise, end]);
      if (!isFault(early)) return undefined;
      this.#background.delete(id);
      return early;
    });
  }

  read(id: string): BackgroundCommand | Fault {
    const command = this.#background.get(id);
    if (command === undefined)
      return fault("ENOENT", `There is no command ${id} in the background.`, "list_commands lists them.");
    if (command.ran !== undefined) return { state: "ended", ran: command.ran };
    return { state: "running", seconds: (performance.now() - command.began) / 1000 };
  }

  async stop(id: string): Promise<void> {
    const command = this.#background.get(id);
    command?.stop.abort();
    await command?.end;
  }

  forget(id: string): void {
    if (this.#background.get(id)?.ran !== undefined) this.#background.delete(id);
  }

  keepers(): readonly number[] {
    return [...new Set(this.#grounds.kept().flatMap((kept) => kept.keepers()))];
  }

  keptFolders(pid: number): readonly { readonly root: string; readonly folder: string }[] {
    return this.#grounds.kept().flatMap((kept) => kept.folders(pid));
  }

  async drop(pid: number): Promise<void> {
    for (const kept of this.#grounds.kept()) await kept.drop(pid);
  }

  async close(): Promise<void> {
    const running = [...this.#running];
    for (const { stop } of running) stop.abort();
    await Promise.allSettled(running.map(({ end }) => end));
  }

  /** The last look at the grant, at the place of the effect. */
  #check({ mode, programs, reads, hosts = [] }: ShellOrder, grant: Grant): void {
    const right = mode === "layered" ? "execute" : "direct";
    if (programs.length === 0) refuse("EINVAL", "The command names no program.");
    // Outside a layer nothing stands between a command and the network.
    if (mode !== "layered" && hosts.length > 0) refuse("EINVAL", "Hosts can be named only in a layer.");
    demand(grant, "full", [
      ...programs.map((resource) => ({ right, resource })),
      ...reads.map((resource) => ({ right: "read", resource })),
      ...hosts.map((host) => ({ right: "connect", resource: hostResource(host) })),
    ]);
  }

  /** Runs a command so that our end ends it. */
  async #tracked(order: ShellOrder, on: ChildConnection): Promise<Ran | Fault> {
    const stop = new AbortController();
    const signal = AbortSignal.any([on.signal, stop.signal]);
    const end = this.#run(order, { ...on, emit: (text) => on.emit(text), signal });
    const running = { stop, end };
    this.#running.add(running);
    return end.finally(() => this.#running.delete(running));
  }

  async #run(order: ShellOrder, on: ChildConnection): Promise<Ran | Fault> {
    await this.sweep();
    const limits = { ...usualLimits(), ...order.limits };
    const home = this.#options.home ?? os.homedir();
    const { argv, cwd } = { argv: this.#argv(order), cwd: folderAt(order.cwd, order.roots) };
    const own = {
      argv,
      cwd,
      stdin: order.stdin,
      limits: { ...limits, seconds: Math.min(limits.seconds, MAX_SECONDS) },
    };
    if (order.mode === "unconfined")
      return runUnconfined({ ...own, folder: this.#options.layers, env: this.#env, home }, on);
    const roots = outerRoots(order.roots);
    const { sandbox, ground } = await this.#grounds.find(roots.map((root) => root.real));
    if (ground === undefined) return fault("EUNAVAILABLE", sandbox.reason, sandbox.hint);
    const hidden = this.#options.hidden().flatMap((at) => realOf(at) ?? []);
    const rules = { sees: (resource: string) => order.sees(resource), reads: new Set(order.reads), hidden };
    const { pid, hosts = [] } = order;
    const way = { hosts, mayReach: (host: string) => order.mayReach?.(host) ?? true };
    return runLayered(ground, { ...own, roots, rules, pid, way }, this.#layered(), on);
  }

  #argv({ command }: ShellOrder): readonly string[] {
    if ("argv" in command) return command.argv;
    if (programsOnPath("bash", [], this.#env).next().done === true)
      refuse("EUNAVAILABLE", "bash is not installed.", "Give the command as argv, a list of words.");
    return ["bash", "-c", command.script];
  }
}

/** The fault of a command that was stopped with its call. What it changed is thrown away; what it sent is not. */
function interrupted(ran: Ran | Fault): Fault {
  const made = isFault(ran) ? [] : (ran.reached?.connections.filter(({ address }) => address) ?? []);
  const hosts = [...new Set(made.map(({ host }) => host))];
  const sent = hosts.length === 0 ? "" : ` It had connected to ${hosts.join(", ")}.`;
  return fault("EINTR", `Interrupted. The command changed nothing.${sent}`);
}

const SILENT: ShellConnection = { emit: () => undefined, signal: new AbortController().signal };

/** A command that would delete, write, and see a hidden file if it could. */
function trialOf(workspace: string): LayeredCommand {
  const real = fs.realpathSync.native(workspace);
  return {
    roots: [{ name: "trial", real, inner: [] }],
    rules: { sees: () => "all", reads: new Set(), hidden: [path.join(real, ".hidden")] },
    argv: ["sh", "-c", "test ! -e .hidden && rm stays && echo made > made"],
    cwd: real,
    stdin: undefined,
    limits: { ...usualLimits(), seconds: 10 },
    pid: undefined,
  };
}

/** True for a file that this user may run. */
function isProgram(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
