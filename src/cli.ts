// The command line's boot list: the functions of this machine, and the command that gets them.
import { EXIT } from "./abi/cli.ts";
import type { RootFolder } from "./abi/record.ts";
import { boot, imagesIn, placesOf, verifyRecord, type Booted } from "./boot.ts";
import { askHistory, repairRecord, streamRecord } from "./history.ts";
import { answerCommand } from "./cli/answer.ts";
import { readCommandLine, UsageError, type CliCommand } from "./cli/arguments.ts";
import { inspectCommand } from "./cli/inspect.ts";
import { complain, say, sayJson } from "./cli/print.ts";
import { branchCommand, compareCommand } from "./cli/checkpoints/branch.ts";
import { checkpointsCommand, restoreCommand, undoRestoreCommand } from "./cli/checkpoints/restore.ts";
import { auditCommand, explainCommand } from "./cli/record/audit.ts";
import { exportCommand } from "./cli/record/export.ts";
import { historyCommand } from "./cli/record/history.ts";
import { repairCommand } from "./cli/record/repair.ts";
import { resumeCommand } from "./cli/resume.ts";
import { runCommand } from "./cli/run.ts";
import type { Machine } from "./cli/runtime.ts";
import { catchNotices, versionIn } from "./cli/terminal.ts";
import { USAGE } from "./cli/usage.ts";
import { discardCommand, mergeCommand, worktreesCommand } from "./cli/worktrees/worktrees.ts";
import { verifyCommand } from "./cli/verify.ts";
import { checkCommand } from "./host/node/check-command.ts";
import { nodeDigests } from "./host/node/digests.ts";
import { HomeError, homePath } from "./host/node/journal/home.ts";
import { readPublicKey } from "./host/node/journal/keys.ts";
import { takeModelKeys } from "./host/node/models/environment.ts";
import { createModels } from "./host/node/models/providers.ts";
import { readPolicyFile } from "./host/node/policy-files.ts";
import { kinds } from "./primitives/index.ts";

catchNotices();
const keys = takeModelKeys(process.env);
const models = createModels(keys.models);
const version = versionIn(new URL("../package.json", import.meta.url));
const where = (roots: readonly RootFolder[]) => ({ root: roots[0]?.path ?? ".", roots, home: homePath() });

function open(...[roots, mode, policy = [], sandbox = "auto"]: Parameters<Machine["open"]>): Promise<Booted> {
  return boot({
    commands: { rules: () => ({ choice: sandbox, unconfined: true }) },
    ...where(roots),
    ...{ host: `agentlibos ${version} cli`, mode, policy, models, secrets: keys.secrets },
    ...{ keepsRules: true, remembers: true, programs: placesOf(import.meta.dirname) },
    onBug: (bug) => void complain(`a fault of its own: ${String(bug)}\n`),
  });
}

const machine: Machine = {
  ...{
    models,
    open,
    kinds,
    readPolicy: (from, path) => readPolicyFile(from, path, kinds),
    readPublicKey,
    say,
    sayJson,
    complain,
  },
  checkCommand: (folder) => checkCommand(import.meta.dirname, folder),
  images: (roots) => imagesIn(roots, () => open(roots, "view")),
  history: (roots, ask) => askHistory(where(roots), ask),
  stream: (roots, take) => streamRecord(where(roots), keys.secrets, take),
  ...{ sha256: (data) => nodeDigests.sha256(data), version },
  repair: (roots, how) => repairRecord(where(roots), how),
  verify: (roots, { publicKey, ...how }) =>
    verifyRecord({ ...where(roots), ...how, ...(publicKey === undefined ? {} : { publicKey }) }),
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
    case "answer":
      return answerCommand(machine, command.workspaces, command);
    case "history":
      return historyCommand(machine, command, command.order);
    case "export":
      return exportCommand(machine, command.workspaces, command.format);
    case "checkpoints":
      return checkpointsCommand(machine, command);
    case "restore":
      return restoreCommand(machine, command, command.order);
    case "branch":
      return branchCommand(machine, command, command.order);
    case "compare":
      return compareCommand(machine, command, command);
    case "undo-restore":
      return undoRestoreCommand(machine, command);
    case "worktrees":
      return worktreesCommand(machine, command);
    case "merge":
      return mergeCommand(machine, command, command.order);
    case "discard":
      return discardCommand(machine, command, command.order);
    case "verify":
      return verifyCommand(machine, command, command.order);
    case "repair":
      return repairCommand(machine, command, command.how);
    case "audit":
      return auditCommand(machine, command);
    case "explain":
      return explainCommand(machine, command.workspaces, command.call);
    case "ps":
    case "receipt":
      return inspectCommand(machine, command);
  }
}

async function main(): Promise<number> {
  try {
    return await perform(readCommandLine(process.argv.slice(2), kinds));
  } catch (error) {
    await complain(`${error instanceof Error ? error.message : String(error)}\n`);
    if (error instanceof UsageError) return EXIT.usage;
    return error instanceof HomeError ? EXIT.record : EXIT.failed;
  }
}

process.exit(await main());
