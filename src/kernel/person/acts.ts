// A person's acts beside answering: gives and revokes capabilities, sets the policy, and raises budgets.
import type { PolicyRule } from "../../abi/policy.ts";
import type { Answer, Question } from "../../abi/question.ts";
import { listedSchema, type Listed } from "../../abi/capability.ts";
import { fault, ok, type Fault, type Result } from "../../abi/errors.ts";
import { budgetSchema, type Budget } from "../../abi/image.ts";
import { mintCapability } from "../questions/questions.ts";
import { canonical, commit, living, type Core } from "../core.ts";
import { exitProcess, signalProcess, wantLoop } from "../processes/lifecycle.ts";
import { INIT } from "../state/rows.ts";
import { isPerson, type Person } from "../witness.ts";

/** Refuses anybody but a person: the command line's rule may not extend any authority. */
function faultUnlessPerson(core: Core, who: Person): Fault | undefined {
  if (!isPerson(who) || who.as !== "person")
    return fault("EACCES", "Only a person can do this.", "A process asks with request_capability.");
  return core.sealed;
}

/** Revokes a capability and everything passed on from it. */
export function revokeCapability(core: Core, who: Person, id: string, reason: string): Result<null> {
  if (!isPerson(who))
    return fault("EACCES", "Only a person can revoke from here.", "A process can drop what it holds.");
  if (core.sealed !== undefined) return core.sealed;
  const held = core.state.capabilities.get(id);
  if (held === undefined) return fault("ENOENT", `There is no capability ${id}.`, "See Show Authority.");
  commit(core, "capability.revoke", { id, by: who.as, reason }, { pid: held.cap.holder });
  return ok(null);
}

/** Gives a living agent a listed capability, allow or deny. Unlike an answer it settles no ask. */
export function giveCapability(core: Core, who: Person, pid: number, listed: Listed): Result<{ id: string }> {
  const refused = faultUnlessPerson(core, who);
  if (refused !== undefined) return refused;
  if (pid === INIT || living(core, pid) === undefined)
    return fault("ENOENT", `No living process ${pid}.`, "Start a new agent instead.");
  if (!listedSchema.safeParse(listed).success)
    return fault("EINVAL", "This is not a grant.", "Write effect:rights:resource.");
  return ok({ id: mintCapability(core, { ...listed, holder: pid, issuer: who.as }) });
}

/** Replaces the policy, from the next decision on and for waiting calls. An equal policy is not written. */
export function setPolicy(
  core: Core,
  who: Person,
  policy: readonly PolicyRule[],
  problem?: string,
): Fault | undefined {
  const refused = faultUnlessPerson(core, who);
  if (refused !== undefined) return refused;
  const before = core.state.policy.map(({ key: _, ...rule }) => rule);
  if (canonical(before) === canonical(policy) && problem === core.state.policyProblem) return undefined;
  commit(core, "policy.set", { policy: [...policy], ...(problem === undefined ? {} : { problem }) });
  if (problem !== undefined) pauseAll(core, "kernel", problem);
  return undefined;
}

/** Pauses every living process that is not paused yet. */
export function pauseAll(core: Core, by: "kernel" | "person", reason: string): void {
  for (const { pid, life } of core.state.processes.values())
    if (pid !== INIT && life.ended === undefined && !life.paused)
      signalProcess(core, pid, "pause", by, reason);
}

/** Adds to the budget of an agent and its family. Processes that this budget stopped go on. */
export function addToBudget(core: Core, who: Person, pid: number, more: Budget): Fault | undefined {
  const refused = faultUnlessPerson(core, who);
  if (refused !== undefined) return refused;
  const process = pid === INIT ? undefined : core.state.processes.get(pid);
  if (process === undefined) return fault("ENOENT", `There is no process ${pid}.`, "See the list of agents.");
  const add = budgetSchema.safeParse(more);
  if (!add.success) return fault("EINVAL", "This is not a budget.", "Give whole numbers above zero.");
  // Adding to a unit without a limit would set a limit.
  const limited = new Set(Object.keys(process.budget));
  if (Object.keys(add.data).some((unit) => !limited.has(unit)))
    return fault("EINVAL", "It has no limit there.", "Raise a budget that is limited.");
  commit(core, "process.budget", { add: add.data, by: who.as }, { pid });
  for (const { question, outcome } of [...core.state.questions.values()]) {
    if (question.kind !== "budget" || outcome !== undefined || payerOf(question.args) !== pid) continue;
    const answer = { allow: true, scope: "once" as const };
    const { id, pid: stopped } = question;
    commit(core, "question.close", { id, outcome: "allowed", by: who.as, answer }, { pid: stopped });
    wantLoop(core, stopped);
  }
  return undefined;
}

/** Applies an answer to a budget question: raises the account, or ends the agent that was stopped. */
export function settleBudget(core: Core, question: Question, given: Answer, who: Person): void {
  const { payer, add } = question.args as { payer: number; add: unknown };
  if (given.allow)
    commit(core, "process.budget", { add: budgetSchema.parse(add), by: who.as }, { pid: payer });
  else exitProcess(core, question.pid, "failed", null, "stopped: budget");
}

/** The payer in the arguments of a budget question. */
function payerOf(args: unknown): unknown {
  return typeof args === "object" && args !== null && "payer" in args ? args.payer : undefined;
}
