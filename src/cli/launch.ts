// Launch: the workspace folders, the script and the extra rules of a run; each is refused with a clear
// reason.
import { readFile, realpath, stat } from "node:fs/promises";
import { basename, isAbsolute, resolve } from "node:path";
import { bothLooks, lookOf } from "../abi/quoted.ts";
import { printCap, type Listed } from "../abi/capability.ts";
import { isFault } from "../abi/errors.ts";
import type { Budget, Image, Images } from "../abi/image.ts";
import type { Kinds } from "../abi/kind.ts";
import type { ModelLimits } from "../abi/model.ts";
import type { PolicyRule } from "../abi/policy.ts";
import type { RootFolder } from "../abi/record.ts";
import { foldCase, fsResource, OUTSIDE } from "../abi/resource.ts";
import type { Launch } from "../abi/script.ts";
import { readScript, type Script } from "../abi/script.ts";
import { UsageError, type RunOrder } from "./arguments.ts";

/** The largest script that is read. */
const MAX_FILE = 64 * 1024 * 1024;

/** Workspace folders by their base names and real paths. Names that could be confused are refused. */
export async function readFolders(typed: readonly string[]): Promise<RootFolder[]> {
  const folders: RootFolder[] = [];
  for (const folder of typed.length === 0 ? ["."] : typed) {
    const path = resolve(folder);
    const real = await realpath(path).catch(() => undefined);
    if (real === undefined || !(await stat(real)).isDirectory())
      throw new UsageError(`--workspace "${folder}" is not a folder`);
    const name = basename(path);
    if (name === "" || name === "..") throw new UsageError(`--workspace "${folder}" has no name of its own`);
    const other = folders.find((f) => foldCase(f.name) === foldCase(name) || f.path === real);
    if (other !== undefined)
      throw new UsageError(
        `the workspace folders ${other.path} and ${real} have the same name "${name}"; rename one`,
      );
    const opened = await openedPath(folder, path, real);
    folders.push({ name, path: real, ...(opened === real ? {} : { opened }) });
  }
  return folders;
}

/** The path of a folder as a person sees it: the shell's own working directory may lead through a link. */
async function openedPath(typed: string, path: string, real: string): Promise<string> {
  const shown = process.env["PWD"] ?? "";
  const seen = isAbsolute(shown) ? resolve(shown, typed) : path;
  return (await realpath(seen).catch(() => undefined)) === real ? seen : path;
}

/** The folders of the run that is resumed, unless others were named; each must still exist. */
export async function foldersOfRun(
  typed: readonly string[],
  before: readonly RootFolder[],
): Promise<readonly RootFolder[]> {
  if (typed.length > 1) return readFolders(typed);
  for (const { name, path } of before) {
    if (
      await stat(path).then(
        (about) => about.isDirectory(),
        () => false,
      )
    )
      continue;
    throw new UsageError(
      `the folder "${name}" of that run is no longer at ${path}; name all folders with --workspace`,
    );
  }
  return before;
}

/** All parts of a launch, each checked before anything is opened or written. */
export interface ReadLaunch {
  readonly roots: readonly RootFolder[];
  readonly policy: readonly PolicyRule[];
  readonly script: Script | undefined;
  /** Problems of image files with the wanted name, when another image of that name is used. */
  readonly warnings: readonly string[];
  readonly order: {
    readonly image: Image;
    readonly goal: string;
    readonly model: string;
    readonly grants: readonly Listed[];
    readonly budget: Budget;
    readonly cwd: string;
    readonly launch: Launch;
  };
}

/** How this machine finds images and reads a rule file; the boot list gives both. */
export interface LaunchSources {
  images(roots: readonly RootFolder[]): Images;
  readonly kinds: Kinds;
  rules(
    from: "launch",
    path: string,
  ): Promise<{
    readonly rules: readonly PolicyRule[];
    readonly problem?: { readonly text: string } | undefined;
  }>;
}

/** Reads the files that {@link RunOrder} only names. The given budget overrides the image's, key by key. */
export async function readLaunch(
  workspaces: readonly string[],
  typed: RunOrder,
  sources: LaunchSources,
): Promise<ReadLaunch> {
  const roots = await readFolders(workspaces);
  checkGrants(typed.grants, roots, sources.kinds);
  const images = sources.images(roots);
  const image = await images.find(typed.image);
  const problems = images.builtIn.has(typed.image) ? [] : (await images.list()).problems;
  const wrong = problems.filter((p) => p.name === typed.image).map((p) => p.text);
  if (isFault(image)) throw new UsageError(["--image:", image.message, ...wrong, image.hint].join(" "));
  const warnings = wrong.map((text) => `${text}\n`);
  const policy = typed.policy === undefined ? [] : await readRules(typed.policy, sources);
  const script = typed.script === undefined ? undefined : await readScriptFile(typed.script);
  const { goal, grants, answer, model = "scripted/script" } = typed;
  const budget = { ...image.budget, ...typed.budget };
  const cwd = fsResource(roots[0]?.name ?? "", []);
  const within = typed.answerWithin === undefined ? {} : { answerWithin: typed.answerWithin };
  const sandbox = typed.sandbox === "auto" ? {} : { sandbox: typed.sandbox };
  const turns = typed.checkpointEveryTurn ? {} : { checkpointEveryTurn: "off" as const };
  const launch = {
    ...(script === undefined ? {} : { script }),
    ...{ answer, ...within, ...sandbox, ...turns, interactive: false },
  };
  return { roots, policy, script, warnings, order: { image, goal, model, grants, budget, cwd, launch } };
}

/** Warnings about limits that were typed but do not limit the run. */
export function unlimitedWarnings(
  typed: Pick<RunOrder, "budget">,
  model: string,
  models: ModelLimits,
): string[] {
  const priced = models.cost(model, { input: 0, output: 0 }) !== undefined;
  if (typed.budget.microdollars === undefined || priced) return [];
  return [`no price is known for ${model}, so dollars do not limit it; AGENTLIBOS_PRICES can tell prices\n`];
}

/** Refuses a grant on an unknown folder: it would never cover anything, so it is a typing error. */
function checkGrants(grants: readonly Listed[], folders: readonly RootFolder[], kinds: Kinds): void {
  for (const grant of grants) {
    const name = kinds.folderOf(grant.resource);
    if (name === undefined || grant.resource === OUTSIDE || folders.some((f) => f.name === name)) continue;
    const there = folders.map((f) => bothLooks(f.name)).join(", ");
    const alike = folders.some((f) => lookOf(f.name) === lookOf(name));
    const same = alike ? `, which looks the same as ${bothLooks(name)}` : "";
    throw new UsageError(
      `--grant ${printCap(grant)}: there is no workspace folder "${name}", only ${there}${same}`,
    );
  }
}

/** Reads the file that an option names; the option is named when that fails. */
export async function readTextFile(option: string, path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > MAX_FILE) throw new UsageError(`${option} ${path} is too large (${size} bytes)`);
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(
      `${option} ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

async function readScriptFile(path: string): Promise<Script> {
  const script = readScript(await readTextFile("--script", path));
  if (isFault(script)) throw new UsageError(`--script ${path}: ${script.message}. ${script.hint}`);
  return script.value;
}

/** Reads the rules that apply to every agent. A file that cannot be understood is refused as a whole. */
async function readRules(path: string, sources: LaunchSources): Promise<readonly PolicyRule[]> {
  const { rules, problem } = await sources.rules("launch", resolve(path));
  if (problem !== undefined) throw new UsageError(`--policy ${problem.text}`);
  return rules;
}
