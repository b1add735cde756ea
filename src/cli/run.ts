// The command `run`: it starts a root agent, and lets its family go on until none of it can.
import { setImmediate as nextTurn } from "node:timers/promises";
import { EXIT } from "../abi/cli.ts";
import { isFault, type Fault } from "../abi/errors.ts";
import { Answering } from "./answering.ts";
import { UsageError, type RunOrder } from "./arguments.ts";
import { readLaunch, unlimitedWarnings } from "./launch.ts";
import { apartText, placeApart } from "./worktrees/apart.ts";
import { askPerson } from "./prompt.ts";
import { askPersonForSet } from "./prompt-set.ts";
import { openView, type Machine, type OpenRecord } from "./runtime.ts";
import { hasPerson, onInterrupt, readAnswer } from "./terminal.ts";
import { familiesOf } from "../views/agents/family.ts";
import { recordSourceOf, runJson, runText, type RecordSource } from "../views/record/run.ts";
import { standingExit, standingText } from "../views/record/standing.ts";
import { english } from "../views/words/translate.ts";

/** The parts of a command that apply to a whole run. */
interface RunCommand {
  readonly workspaces: readonly string[];
  readonly json: boolean;
}

/** Runs the command. Gives its exit code. */
export async function runCommand(on: Machine, command: RunCommand, typed: RunOrder): Promise<number> {
  const sources = { images: on.images, kinds: on.kinds, rules: on.readPolicy };
  const { roots, policy, script, order, warnings } = await readLaunch(command.workspaces, typed, sources);
  for (const text of [...warnings, ...unlimitedWarnings(typed, order.model, on.models)])
    await on.complain(text);
  // Before there is a record: without a model nothing would be on it but an agent that cannot go on.
  const unready = await on.models.unready(order.model);
  if (unready !== undefined) throw new UsageError(`${unready.message}. ${unready.hint}`);
  const opened = await on.open(roots, "create", policy, typed.sandbox);
  await checkSandbox(opened, typed);
  return runFamilies(on, opened, command, async () => {
    const apart = typed.worktree ? await placeApart(opened, order) : undefined;
    if (isFault(apart)) return apart;
    // The run needs the whole script; the record leaves secrets out of it.
    opened.talk.scripts.set(apart?.pid ?? opened.kernel.state.nextPid, script);
    const born = opened.kernel.launch(opened.launcher, { ...order, ...(apart && { worktree: apart }) });
    if (born.ok && apart !== undefined) await on.complain(apartText(apart));
    if (born.ok) return [born.value.pid];
    if (apart !== undefined) await opened.worktrees?.backend.remove(apart, new AbortController().signal);
    return born;
  });
}

/** Refuses a run whose commands are to run in a layer, where none works. */
async function checkSandbox({ commands, close }: OpenRecord, { sandbox }: RunOrder): Promise<void> {
  const found = sandbox === "layered" ? await commands?.probe() : undefined;
  if (found === undefined || found.mode === sandbox) return;
  await close();
  throw new UsageError(
    `--sandbox ${sandbox}: no layer works here: ${found.reason ?? ""} ${found.hint ?? ""}`,
  );
}

/** Says that commands have no layer here, and the remedy, once one was to run. */
async function tellMode(on: Pick<Machine, "complain">, { commands }: OpenRecord): Promise<void> {
  const found = commands?.found;
  if (found?.mode !== "unconfined") return;
  await on.complain(`Commands run outside a layer here: ${found.reason ?? ""} ${found.hint ?? ""}\n`);
}

/**
 * Lets the families of some roots go on until none of them can, and prints their account. Throws a usage error when
 * they were refused their start.
 */
export async function runFamilies(
  on: Machine,
  opened: OpenRecord,
  command: RunCommand,
  start: () => readonly number[] | Fault | Promise<readonly number[] | Fault>,
): Promise<number> {
  const { kernel, launcher, person } = opened;
  const problem = opened.problem();
  if (!kernel.writable && problem !== undefined) throw new UsageError(problem.text);
  if (!kernel.writable) {
    await on.complain(standingText(english, opened.opened.standing));
    return standingExit(opened.opened.standing);
  }
  const roots = await start();
  if (isFault(roots)) {
    await opened.close();
    throw new UsageError(`${roots.message} ${roots.hint}`);
  }
  const answering = new Answering({
    ...{ kernel, roots, launcher, person },
    ...(hasPerson()
      ? {
          prompt: (asked, signal) =>
            askPerson(kernel, asked, person, (text, line) => readAnswer(text, line, signal)),
          promptSet: (place, members, signal) =>
            askPersonForSet(kernel, place, members, person, (text, line) => readAnswer(text, line, signal)),
        }
      : {}),
    refused: ({ message, hint }) => void on.complain(`${message} ${hint}\n`),
  });
  onInterrupt(() => {
    answering.stop();
    void kernel.stop().then(() => on.complain("stopped; agentlibos resume goes on from here\n"));
  });
  await answering.untilRest();
  await nextTurn(); // loops that have nothing more to do end in it
  await tellMode(on, opened);
  const words = new Map(familiesOf(kernel.state, roots).map((p) => [p.pid, kernel.standing(p.pid).state]));
  const failed = kernel.sealed;
  await opened.close();
  // After a failed write, only the disk tells the truth: a record that is not durable did not happen.
  const why = failed === undefined ? kernel.state.policyProblem : `${failed.message} ${failed.hint}`;
  if (why !== undefined) await on.complain(`${why}\n`);
  const account =
    failed === undefined
      ? { ...recordSourceOf(opened), words }
      : recordSourceOf((await openView(on, command.workspaces)).seen);
  await printRun(on, account, roots, command.json, kernel.state.roots[0]?.path ?? "");
  return runExit(account, roots);
}

/** Prints the account of some families, whole. `folder` is where the record lies. */
export function printRun(
  on: Pick<Machine, "say" | "sayJson" | "checkCommand">,
  account: RecordSource,
  roots: readonly number[],
  json: boolean,
  folder: string,
): Promise<void> {
  return json
    ? on.sayJson(JSON.stringify(runJson(account, roots)) + "\n")
    : on.say(runText(account, roots, folder, on.checkCommand(folder)));
}

/** The exit code of a run: did its (last) root agent finish, or the branch that goes on in its place? */
export function runExit({ state }: Pick<RecordSource, "state">, roots: readonly number[]): number {
  let at = state.processes.get(roots.at(-1) ?? 0);
  while (at !== undefined && at.life.ended !== "finished") {
    const { pid } = at;
    at = [...state.processes.values()].findLast((p) => p.account === pid && p.branch !== undefined);
  }
  return at === undefined ? EXIT.failed : EXIT.finished;
}
