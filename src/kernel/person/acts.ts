// A person's acts: answers questions, gives and revokes capabilities, sets the policy, and raises budgets.
import type { PolicyRule } from "../../abi/policy.ts";
import type { Answer } from "../../abi/question.ts";
import { listedSchema, parseCap, printCap, type Listed } from "../../abi/capability.ts";
import { fault, isFault, ok, type Fault, type Result } from "../../abi/errors.ts";
import { budgetSchema, type Budget } from "../../abi/image.ts";
import { questionStop, type Settling } from "../questions/kinds.ts";
import { answerQuestion, mintCapability } from "../questions/questions.ts";
import { canonical, commit, living, type Core } from "../core.ts";
import { endCrashedCall, exitProcess, signalProcess, wantLoop } from "../processes/lifecycle.ts";
import { INIT } from "../state/rows.ts";
import { isPerson, type Person } from "../witness.ts";

/** Refuses anybody but a person: the command line's rule may not extend any authority. */
export function faultUnlessPerson(core: Core, who: Person): Fault | undefined {
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
  const read = listedSchema.safeParse(listed);
  if (!read.success || isFault(parseCap(printCap(read.data), core.state.kinds)))
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
    if (questionStop(question) !== "budget" || outcome !== undefined || payerOf(question.args) !== pid)
      continue;
    const answer = { allow: true, scope: "once" as const };
    const { id, pid: stopped } = question;
    commit(core, "question.close", { id, outcome: "allowed", by: who.as, answer }, { pid: stopped });
    wantLoop(core, stopped);
  }
  return undefined;
}

/** Answers a question, applies what else the answer settles for its kind, and lets the process go on. */
export function answerAndSettle(
  core: Core,
  who: Person,
  id: string,
  given: Answer,
): Result<{ minted: string[] }> {
  const question = core.state.questions.get(id)?.question;
  const result = answerQuestion(core, who, id, given);
  if (isFault(result) || question === undefined) return result;
  core.questionKinds.get(question.kind)?.settle?.(settlingOf(core, who), question, given);
  wantLoop(core, question.pid);
  return result;
}

function settlingOf(core: Core, who: Person): Settling {
  return {
    raise: (pid, add) => void commit(core, "process.budget", { add, by: who.as }, { pid }),
    endProcess: (pid, reason) => exitProcess(core, pid, "failed", null, reason),
    endCall(id, outcome, value) {
      const call = core.state.open.get(id);
      if (call !== undefined) endCrashedCall(core, call, outcome, { value });
    },
  };
}

/** The payer in the arguments of a budget question. */
function payerOf(args: unknown): unknown {
  return typeof args === "object" && args !== null && "payer" in args ? args.payer : undefined;
}
