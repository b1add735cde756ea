// A command in a layer: the layer is made, the command runs over it, and its differences are read from it.
import fs from "node:fs";
import path from "node:path";
import type { Fault } from "../../../abi/errors.ts";
import { fault } from "../../../abi/errors.ts";
import { fsResource } from "../../../abi/resource.ts";
import type { KeptChange, LayerChange, Ran, ShellLimits } from "../../../primitives/shell/backend.ts";
import { diskSizeOf } from "../disk.ts";
import { TimedBreath } from "../fs/breath.ts";
import type { Network } from "../net/network.ts";
import { IgnoreRules } from "../git/ignored.ts";
import { runChild, type ChildEnd, type ChildConnection } from "./child.ts";
import { ChangeCount, Comparison, inOrder } from "./layers/differences.ts";
import { environmentOf, pathEntries } from "./environment.ts";
import { removeTree } from "./layers/folders.ts";
import type { LayerGround } from "./ground.ts";
import { lowerFolders, type LowerFolders } from "./layers/kept.ts";
import { makeLayer, type Layer } from "./layers/layer.ts";
import type { MaskedRoot, MaskRules, Masks } from "./layers/mask.ts";
import { commandLine } from "./layers/route.ts";
import { isWhiteout, statOf } from "./layers/stat.ts";
import { MAX_NAMES, Upper } from "./layers/upper.ts";
import { repositoryChanges } from "./layers/worktrees.ts";
import { commandHome, type SystemView } from "./layers/view.ts";
import { openGate, type Gate, type HostWay } from "./proxy/gate.ts";
import { scripted } from "./script.ts";

/** One command, with everything that its names mean already found. */
export interface LayeredCommand {
  readonly roots: readonly MaskedRoot[];
  readonly rules: MaskRules;
  readonly argv: readonly string[];
  /** A real path. */
  readonly cwd: string;
  readonly stdin: string | undefined;
  readonly limits: ShellLimits;
  /** The process whose kept layers it sees; a trial has none. */
  readonly pid: number | undefined;
  /** Its way to hosts; without any there is no way out of its layer. */
  readonly way?: HostWay | undefined;
}

/** What is the same for all commands of a record. */
export interface LayeredOptions {
  readonly masks: Masks;
  readonly view: SystemView;
  readonly env: NodeJS.ProcessEnv;
  /** The home of the user. */
  readonly home: string;
  readonly toolFolders: readonly string[];
  /** The folder of pre-images. */
  readonly store: string;
  isCredential(segments: readonly string[]): boolean;
  /** The way to hosts. */
  readonly network: Network;
}

/** Runs a command in a layer of its own. The caller removes the layer, whatever came. */
async function runOver(
  ground: LayerGround,
  layer: Layer,
  command: LayeredCommand,
  options: LayeredOptions,
  on: ChildConnection,
  gate: Gate | undefined,
): Promise<{ readonly end: ChildEnd; readonly since: bigint } | { readonly failed: string }> {
  const { folder, roots } = layer;
  const { limits, rules } = command;
  const home = commandHome(options.home, options.env);
  const view = options.view.of({
    home: options.home,
    roots: command.roots.map((root) => root.real),
    hidden: rules.hidden,
    toolFolders: options.toolFolders,
    env: options.env,
    empty: ground.folders.empty,
    isCredential: (segments) => options.isCredential(segments),
  });
  const { route, programs } = ground;
  const { argv, cwd } = command;
  const inner = scripted("/bin/sh", { argv, limits, isolated: true, forwarder: gate?.forwarder });
  const shown = [...view, ...(gate?.view ?? [])];
  const { file, args } = commandLine({ route, programs, folder, roots, view: shown, cwd }, inner);
  const stdin = command.stdin === undefined ? undefined : path.join(folder, "stdin");
  if (stdin !== undefined) fs.writeFileSync(stdin, command.stdin ?? "");
  const began = path.join(folder, "began");
  const usual = environmentOf(options.env, {
    home,
    path: pathEntries(options.env).join(path.delimiter),
    temporary: "/tmp",
  });
  const env = { ...usual, ...gate?.env };
  const { filter, pipes } = ground.folders;
  const pipe = await pipes.open();
  const end = await runChild({ file, args, cwd: folder, env, stdin, pipe, filter, isolated: true }, limits, {
    emit: (text) => on.emit(text),
    // The clock of the disk is the one that the times of files come from.
    begins: () => {
      fs.writeFileSync(began, "");
      on.begins?.();
    },
    disk: () => diskSizeOf(folder, limits.disk),
    stop: on.signal,
  });
  if ("failed" in end) return end;
  return { end, since: fs.statSync(began, { bigint: true }).ctimeNs };
}

/** So many names that git ignores are told one by one. */
const MAX_KEPT_NAMES = 40;

/** What a command did to a name that git ignores. */
function keptChange(name: string, below: LowerFolders, up: string, segments: readonly string[]): KeptChange {
  const wasThere = below.some((real) => statOf(path.join(real, ...segments)) !== undefined);
  const isGone = isWhiteout(statOf(path.join(up, ...segments)));
  const change = isGone ? "deleted" : wasThere ? "changed" : "created";
  return { resource: fsResource(name, segments), change };
}

/** Reads what a command has left, root by root. */
async function readLayer(
  ground: LayerGround,
  layer: Layer,
  command: LayeredCommand,
  since: bigint,
  store: string,
): Promise<Pick<Ran, "changes" | "tooMany" | "kept" | "keptAt" | "git" | "dropped">> {
  const count = new ChangeCount();
  const breath = new TimedBreath();
  const changes: LayerChange[] = [];
  const git: string[] = [];
  let kept = 0;
  const keptAt: KeptChange[] = [];
  let dropped = false;
  const origins = new Map(command.roots.map((root) => [root.real, root.origin?.real]));
  for (const { name, real, folder, mask, isRepository } of layer.roots) {
    const up = path.join(folder, "up");
    if (isRepository) {
      if (repositoryChanges(up, real) && !git.includes(fsResource(name, []))) git.push(fsResource(name, []));
      continue;
    }
    const rules = new IgnoreRules(
      real,
      command.roots.map((root) => root.real),
    );
    try {
      const left = await new Upper(up, real, mask, (names) => rules.ignores(names), breath).read();
      for (const segments of left.git) git.push(fsResource(name, segments));
      if (left.tooMany) count.entries += MAX_NAMES;
      const compared = new Comparison({ name, real, up }, left, since, count, store, breath);
      if (!count.isOver) for (const change of await compared.run()) changes.push(change);
      if (command.pid === undefined) continue;
      // They are moved away now, so they are told by what they are before.
      const below = lowerFolders(real, origins.get(real));
      const ignored = left.ignored.slice(0, MAX_KEPT_NAMES).map((each) => keptChange(name, below, up, each));
      const added = await ground.kept.add(command.pid, below, up, left.ignored);
      if (added === undefined) dropped = true;
      else kept += added;
      if (added !== undefined) for (const each of ignored) keptAt.push(each);
    } finally {
      rules.close();
    }
  }
  const { entries, bytes } = count;
  return {
    changes: count.isOver ? [] : inOrder(changes),
    kept,
    ...(keptAt.length === 0 ? {} : { keptAt: keptAt.slice(0, MAX_KEPT_NAMES) }),
    git,
    dropped,
    ...(count.isOver ? { tooMany: { entries, bytes } } : {}),
  };
}

/** The fault of a command that never began. */
function notRun(failed: string): Fault {
  return /chdir/u.test(failed)
    ? fault("ENOENT", "The working directory is not there for this command.", "List the folder above it.")
    : fault("EIO", `The command was not run: ${failed}`, "Nothing was changed.");
}

/** Runs a command over a layer and gives what it would change. Nothing of the layer is left but what git ignores. */
export async function runLayered(
  ground: LayerGround,
  command: LayeredCommand,
  options: LayeredOptions,
  on: ChildConnection,
): Promise<Ran | Fault> {
  const { kept } = ground;
  const { pid } = command;
  const reals = command.roots.map((root) => lowerFolders(root.real, root.origin?.real));
  const held = pid === undefined ? undefined : await kept.begin(pid, reals);
  let folder: string | undefined;
  let gate: Gate | undefined;
  try {
    const layers = (root: MaskedRoot): readonly string[] => held?.layers.get(root.real) ?? [];
    const layer = await makeLayer(ground.folders, command.roots, options.masks, command.rules, layers);
    ({ folder } = layer);
    const { way } = command;
    if (way !== undefined && way.hosts.length > 0) gate = await openGate(folder, way, options.network);
    const ran = await runOver(ground, layer, command, options, on, gate);
    const reached = gate?.close();
    gate = undefined;
    if ("failed" in ran) return notRun(ran.failed);
    const { end, since } = ran;
    const left = await readLayer(ground, layer, command, since, options.store);
    const dropped = left.dropped || held?.dropped === true;
    return { mode: "layered", ...end, ...left, dropped, ...(reached === undefined ? {} : { reached }) };
  } finally {
    gate?.close();
    held?.end();
    if (folder !== undefined) await removeTree(folder);
  }
}
