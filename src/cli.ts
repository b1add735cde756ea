// The command line's boot list: the functions of this machine, and the command that gets them.
import { EXIT } from "./abi/cli.ts";
import type { RootFolder } from "./abi/record.ts";
import { boot, imagesIn, verifyRecord, type Booted } from "./boot.ts";
import { readArguments, USAGE, UsageError, type CliCommand } from "./cli/arguments.ts";
import { inspectCommand } from "./cli/inspect.ts";
import { resumeCommand } from "./cli/resume.ts";
import { runCommand } from "./cli/run.ts";
import type { Machine } from "./cli/runtime.ts";
import { quietNotices, versionIn, writeText } from "./cli/terminal.ts";
import { verifyCommand } from "./cli/verify.ts";
import { HomeError, homePath } from "./host/node/journal/home.ts";
import { readPublicKey } from "./host/node/journal/keys.ts";
import { takeModelKeys } from "./host/node/models/environment.ts";
import { createModels } from "./host/node/models/providers.ts";
import { hasPerson, onInterrupt, quietNotices, readLine, versionIn, write } from "./cli/terminal.ts";
import { familiesOf, rootsOf, unfinishedRoots } from "./views/agents/family.ts";
import { lookOutput, runExit, runOutput, standingOutput } from "./cli/print.ts";
import { askPerson } from "./cli/prompt.ts";
import { recordSourceOf } from "./views/record/run.ts";
import { standingExit } from "./views/record/standing.ts";

const keys = takeModelKeys(process.env);
const models = createModels(keys.models);
const version = versionIn(new URL("../package.json", import.meta.url));
const say = (text: string): Promise<void> => writeText(process.stdout, text);
const complain = (text: string): Promise<void> => writeText(process.stderr, `agentlibos: ${text}`);
const where = (roots: readonly RootFolder[]) => ({ root: roots[0]?.path ?? ".", roots, home: homePath() });

function open(...[roots, mode, policy = []]: Parameters<Machine["open"]>): Promise<Booted> {
  return boot({
    ...where(roots),
    ...{ host: `agentlibos ${version} cli`, mode, policy, models, secrets: keys.secrets },
    ...{ keepsRules: true, remembers: true },
    onBug: (bug) => void complain(`a fault of its own: ${String(bug)}\n`),
  });
}

const machine: Machine = {
  ...{ models, open, readPolicy: readPolicyFile, readPublicKey, say, complain },
  images: (roots) => imagesIn(roots, () => open(roots, "view")),
  verify: (roots, publicKey) =>
    verifyRecord({ ...where(roots), ...(publicKey === undefined ? {} : { publicKey }) }),
};

async function perform(command: CliCommand): Promise<number> {
  switch (command.name) {
    case "help":
      return say(USAGE).then(() => EXIT.finished);
    case "version":
      return say(`${version}\n`).then(() => EXIT.finished);
    case "run":
      return runCommand(machine, command, command.order);
    case "resume":
      return resumeCommand(machine, command);
    case "verify":
      return verifyCommand(machine, command, command.publicKey);
    case "ps":
    case "audit":
    case "explain":
      return inspectCommand(machine, command);
  }
  const roots = start();
  const answering = new Answering({
    ...{ kernel, roots, launcher, person },
    ...(hasPerson()
      ? { prompt: (asked, signal) => askPerson(kernel, asked, person, (text) => readLine(text, signal)) }
      : {}),
  });
  onInterrupt(() => {
    answering.stop();
    void kernel.stop().then(() => complain("stopped; agentlibos resume goes on from here\n"));
  });
  await answering.untilRest();
  await turn(); // loops that have nothing more to do end in it
  const words = new Map(familiesOf(kernel.state, roots).map((p) => [p.pid, kernel.standing(p.pid).state]));
  const failed = kernel.core.sealed;
  await on.close();
  // What was not durable did not happen: after a failed write the disk alone tells.
  const why = failed === undefined ? kernel.state.policyProblem : `${failed.message} ${failed.hint}`;
  if (why !== undefined) await complain(`${why}\n`);
  const account =
    failed === undefined ? { ...recordSourceOf(on), words } : recordSourceOf((await look(command)).seen);
  await say(runOutput(account, roots, command.json, kernel.state.roots[0]?.path ?? ""));
  return runExit(account, roots);
}

async function run(command: Command, typed: RunOrder): Promise<number> {
  const images = (at: readonly RootFolder[]) => imagesIn(at, () => open(at, "view"));
  const sources = { images, rules: readPolicyFile };
  const { roots, policy, script, order, warnings } = await readLaunch(command.workspaces, typed, sources);
  for (const text of [...warnings, ...unlimited(typed, order.model, models)]) await complain(text);
  const on = await open(roots, "create", policy);
  return proceed(on, command, () => {
    on.talk.scripts.set(on.kernel.state.nextPid, script); // whole, where the record leaves secrets out
    const born = on.kernel.launch(on.launcher, order);
    return born.ok ? [born.value.pid] : [];
  });
}

async function resume(command: Command): Promise<number> {
  const { seen, code, folder } = await look(command);
  const { state } = seen.kernel;
  const last = rootsOf(state).at(-1)?.pid;
  if (code !== EXIT.finished) return code;
  if (last === undefined) throw new UsageError("the record holds no agents yet; start one with run");
  const roots = unfinishedRoots(state).map((p) => p.pid);
  if (roots.length === 0) {
    await say(runOutput(recordSourceOf(seen), [last], command.json, folder));
    return runExit(recordSourceOf(seen), [last]);
  }
  const on = await open(await foldersAgain(command.workspaces, state.roots), "write");
  return proceed(on, command, () => {
    for (const pid of resumeFamilies(on.kernel, on.launcher, roots))
      void complain(`agent ${pid} stays paused: the record left secrets out of its script\n`);
    return roots;
  });
}

async function verify(command: Command, keyFile: string | undefined): Promise<number> {
  const roots = await readFolders(command.workspaces);
  const key = keyFile === undefined ? {} : { publicKey: await readKeyFile(keyFile, readPublicKey) };
  const found = await verifyRecord({ root: roots[0]?.path ?? ".", roots, home: homePath(), ...key });
  await (found.ok ? say : complain)(found.text.join("\n") + "\n");
  return found.ok ? EXIT.finished : found.standing === "absent" ? EXIT.usage : EXIT.record;
}

async function perform(command: Command): Promise<number> {
  const { name } = command;
  if (name === "help") return say(USAGE).then(() => EXIT.finished);
  if (name === "version") return say(`${version}\n`).then(() => EXIT.finished);
  if (name === "run") return run(command, command.order);
  if (name === "resume") return resume(command);
  if (name === "verify") return verify(command, command.publicKey);
  const { seen, code } = await look(command);
  const account = recordSourceOf(seen);
  if (code !== EXIT.finished && account.records.length === 0) return code;
  await say(lookOutput(account, command, (text) => seen.kernel.core.digests.sha256(text)));
  return code;
}

async function main(): Promise<number> {
  quietNotices();
  try {
    return await perform(readArguments(process.argv.slice(2)));
  } catch (error) {
    await complain(`${error instanceof Error ? error.message : String(error)}\n`);
    if (error instanceof UsageError) return EXIT.usage;
    return error instanceof HomeError ? EXIT.record : EXIT.failed;
  }
}

process.exit(await main());
