// Running: `shell.run` runs a command in a layer over the workspace, and carries out what it changed through the door.
import { shellNote } from "./kind.ts";
import * as z from "zod";
import { fault, isFault, type Fault } from "../../abi/errors.ts";
import type { Need } from "../../abi/resource.ts";
import {
  define,
  type CallEffect,
  type Invocation,
  type Operation,
  type View,
} from "../../kernel/operation.ts";
import type { State } from "../../kernel/state/rows.ts";
import type { FsBackend } from "../fs/backend.ts";
import { locateInside, needsOf, resourceOf } from "../fs/path.ts";
import { pathArgument } from "../fs/read.ts";
import type { ShellBackend, ShellMode, ShellOrder } from "./backend.ts";
import type { Background } from "./background.ts";
import { applyChanges } from "./changes.ts";
import { KeptOutput } from "./kept-output.ts";
import { hostNeeds, hostsArgument, hostsOf, mayStillReach } from "./hosts.ts";
import type { ModeFinder } from "./mode.ts";
import { commandNeeds } from "./reading/needs.ts";
import { plainWords, readText, readWords } from "./reading/parse.ts";
import { asksOfGranted, type GrantState } from "./granted.ts";
import { commandText } from "./said.ts";
import { noteRun, notedRun, type NotedRun } from "./noted.ts";
import { sightOf } from "./sight.ts";
import { ranSchema, toldRun, valueOfRun, type RanValue } from "./told.ts";

/** The time of a command by default and at most, in seconds (DESIGN 6, Commands). */
const SECONDS = 120;
const SECONDS_MOST = 3600;
const STDIN_MOST = 1024 * 1024;
const READS_MOST = 50;

const text = z
  .string()
  .min(1)
  .refine((value) => value.isWellFormed() && !value.includes("\0"), "it has a NUL or half a character in it");
const input = z
  .strictObject({
    command: text.optional().describe("A text for bash."),
    argv: z
      .array(z.union([text, z.literal("")]))
      .min(1)
      .optional()
      .describe("A program and its arguments, instead of command."),
    cwd: pathArgument.optional(),
    seconds: z.number().positive().max(SECONDS_MOST).optional().describe(`${SECONDS} unless given.`),
    stdin: z.string().max(STDIN_MOST).optional(),
    reads: z.array(pathArgument).max(READS_MOST).optional().describe("Secret files that it must see."),
    hosts: hostsArgument.optional(),
    background: z.boolean().optional().describe("Return at once; read_command tells more."),
  })
  .refine(({ command, argv }) => (command === undefined) !== (argv === undefined), {
    message: "give either command or argv",
  });
type RunArguments = z.infer<typeof input>;

/** The id of a command in the background. */
const started = z.strictObject({ command: z.string() });
const output = z.union([ranSchema, started]);

/** Builds `shell.run`. */
export function runOperation(
  backend: ShellBackend,
  files: FsBackend,
  finder: ModeFinder,
  background: Background,
  state: () => GrantState,
): Operation {
  return define<RunArguments, RanValue | z.infer<typeof started>, null>({
    name: "shell.run",
    tool: "run_command",
    summary: "Run a command. Files that it changes in a layer are decided one by one.",
    effect: "external",
    idempotent: false,
    alone: true,
    emitsValue: true,
    names: ["command", "argv", "cwd", "reads", "hosts"],
    input,
    output,
    ready: () => finder.ready(),
    needs: (args, view) => needsOfRun(backend, finder, args, view),
    told: (value) =>
      "mode" in value ? toldRun(value) : `It runs in the background as ${value.command}; see read_command.`,
    prepare(args, view) {
      const mode = finder.modeOf(view.pid);
      const cwd = folderOf(args, view);
      if (isFault(mode)) return Promise.resolve(mode);
      if (isFault(cwd)) return Promise.resolve(cwd);
      const needs = mode === "layered" ? [] : needsOfRun(backend, finder, args, view);
      if (isFault(needs)) return Promise.resolve(needs);
      const { asks, changed } = asksOfGranted(needs, view.pid, state());
      return Promise.resolve({
        prestate: { mode, cwd, ...(changed.length === 0 ? {} : { changed }) },
        asks,
        preview: {
          ...{ verb: "run", target: commandText(args) },
          risk: mode === "layered" ? ("medium" as const) : ("high" as const),
          ...(mode === "layered" ? {} : { notes: [shellNote("unconfined")] }),
        },
      });
    },
    effectOf,
    // After the note the command does not run again.
    probe(args, prestate, _view, noted) {
      if (noted !== undefined || effectOf(args, prestate) === "read")
        return Promise.resolve({ state: "not-started" });
      const { hosts = [] } = args;
      const detail = isLayered(prestate) ? `it could reach ${hosts.join(", ")}` : "it ran outside a layer";
      return Promise.resolve({ state: "unknown", detail });
    },
    async invoke(args, on) {
      const mode = finder.modeOf(on.view.pid);
      const order = isFault(mode) ? mode : orderOf(backend, mode, args, on, state());
      if (isFault(order)) return order;
      const unlearned = await learnSecrets(files, args.reads ?? [], on);
      if (unlearned !== undefined) return unlearned;
      if (args.background === true) return background.start(order, commandText(args), on);
      const found = on.noted === undefined ? await runOnce(backend, order, on) : notedRun(on.noted.value);
      if (isFault(found)) return found;
      return valueOfRun(found.ran, found.output, await applyChanges(found.ran.changes, on));
    },
  });
}

/** The rights that let a program run. */
const RUNS: readonly string[] = ["execute", "direct"];

const isLayered = (prestate: unknown): boolean =>
  z.looseObject({ mode: z.literal("layered") }).safeParse(prestate).success;

/** In a layer without hosts a command only reads: what it changed are calls of its own, after the note. */
function effectOf({ hosts = [] }: RunArguments, prestate: unknown): CallEffect {
  return isLayered(prestate) && hosts.length === 0 ? "read" : "external";
}

function needsOfRun(
  backend: ShellBackend,
  finder: ModeFinder,
  args: RunArguments,
  view: View,
): readonly Need[] | Fault {
  const mode = finder.modeOf(view.pid);
  if (isFault(mode)) return mode;
  const cwd = folderOf(args, view);
  if (isFault(cwd)) return cwd;
  const programs = programsOf(backend, args, mode, cwd, view);
  const folder = args.cwd === undefined ? [] : needsOf(args.cwd, view, ["list"]);
  if (isFault(folder)) return folder;
  const needs = [...programs, ...folder];
  for (const path of args.reads ?? []) {
    const read = needsOf(path, view, ["read"]);
    if (isFault(read)) return read;
    for (const need of read) needs.push(need);
  }
  const hosts = hostNeeds(args.hosts, mode);
  return isFault(hosts) ? hosts : [...needs, ...hosts];
}

/** Larger files of secrets are not shown to a command, because their values could not be kept out of the record. */
const SECRET_MOST = 1024 * 1024;

/** Reports the secrets that a command is shown, so that the record keeps none of their values. */
async function learnSecrets(
  files: FsBackend,
  reads: readonly string[],
  { view, grant, signal, ...on }: Invocation<unknown>,
): Promise<Fault | undefined> {
  for (const path of reads) {
    const place = locateInside(path, view);
    if (isFault(place)) return place;
    const spot = await files.follow(place, "read", grant);
    if (isFault(spot)) return spot;
    if (spot.kind === "outside" || spot.kind === "absent")
      return fault("ENOENT", `${resourceOf(place)} is no file of the workspace.`, "Leave it out of reads.");
    const got = await files.content(spot, "read", SECRET_MOST, grant, signal);
    const failed = isFault(got) ? got : await on.learn(spot.resource, new TextDecoder().decode(got.bytes));
    if (failed !== undefined) return failed;
  }
  return undefined;
}

/** The programs that a command starts, as needs. */
function programsOf(
  backend: ShellBackend,
  { command = "", argv }: RunArguments,
  mode: ShellMode,
  cwd: string,
  { roots }: View,
): readonly Need[] {
  const reading = argv === undefined ? readText(command) : readWords(argv);
  const right = mode === "layered" ? "execute" : "direct";
  const folders = roots.map((root) => root.path);
  return commandNeeds(reading, { right, cwd, roots, programs: backend.programs(folders) });
}

/** The folder in which a command runs, as a resource. */
function folderOf({ cwd }: RunArguments, view: View): string | Fault {
  if (cwd === undefined) return view.cwd;
  const place = locateInside(cwd, view);
  return isFault(place) ? place : resourceOf(place);
}

/** The order for the backend, under the authority of this call. */
function orderOf(
  backend: ShellBackend,
  mode: ShellMode,
  args: RunArguments,
  { view, grant }: Invocation<unknown>,
  state: Pick<State, "capabilities">,
): ShellOrder | Fault {
  const cwd = folderOf(args, view);
  if (isFault(cwd)) return cwd;
  const programs = programsOf(backend, args, mode, cwd, view);
  const argv = args.argv ?? plainWords(args.command ?? "");
  const reads: string[] = [];
  for (const path of args.reads ?? []) {
    const place = locateInside(path, view);
    if (isFault(place)) return place;
    reads.push(resourceOf(place));
  }
  const hosts = hostsOf(args.hosts);
  if (isFault(hosts)) return hosts;
  return {
    ...{ mode, cwd, reads, hosts, roots: view.roots, pid: view.pid, stdin: args.stdin },
    programs: programs.flatMap(({ right, resource }) => (RUNS.includes(right) ? resource : [])),
    // A command that a shell adds nothing to needs none.
    command: argv === undefined ? { script: args.command ?? "" } : { argv },
    limits: { seconds: args.seconds ?? SECONDS },
    sees: sightOf(grant, state),
    mayReach: mayStillReach(view.pid, state),
  };
}

/** Runs a command to its end, and notes what it changed before anybody is asked about it. */
async function runOnce(
  backend: ShellBackend,
  order: ShellOrder,
  on: Invocation<unknown>,
): Promise<NotedRun | Fault> {
  const kept = new KeptOutput();
  const ran = await backend.run(order, on.grant, {
    signal: on.signal,
    emit(text) {
      kept.push(text);
      on.emit(text);
    },
  });
  return isFault(ran) ? ran : noteRun({ ran, output: kept.text }, on);
}
