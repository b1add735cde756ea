// Budgets and limits: what may be spent, by whom it is paid, and when repeating a call is a loop.
import { fault, type Fault } from "../../abi/errors.ts";
import type { Usage } from "../../abi/image.ts";
import { commit, type Core } from "../core.ts";
import type { Call } from "../call.ts";
import { addUsage, payers, UNITS } from "../state/account.ts";
import { INIT, NO_USAGE, type Process } from "../state/rows.ts";

/** Limits on families (DESIGN 6, Process). */
export const FAMILY_LIMITS = { depth: 8, children: 64, processes: 20_000 } as const;

type Unit = (typeof UNITS)[number];

/** How an amount is said: in its unit, money in dollars. */
function printAmount(unit: Unit, amount: number): string {
  return unit === "microdollars" ? `$${(amount / 1e6).toFixed(2)}` : `${amount}`;
}

/** Who could not pay, in which unit, and how much the account may hold. */
export interface Overdraft {
  readonly fault: Fault;
  readonly payer: number;
  readonly unit: Unit;
  /** What has to be added so that the call fits, at least the cap once more. */
  readonly raise: number;
}

/**
 * EDQUOT when the process or anybody who pays with it cannot afford `cost`; undefined when all can. Reserves of calls
 * that run count as used, recorded or pledged. Active time is only known afterwards, so it stops the call after the
 * one that used it up.
 */
export function overBudget(core: Core, pid: number, cost: Usage): Overdraft | undefined {
  for (const payer of payers(core.state, pid)) {
    for (const unit of UNITS) {
      const limit = payer.budget[unit];
      if (limit === undefined) continue;
      const spent =
        (payer.used[unit] ?? 0) + (payer.reserved[unit] ?? 0) + (core.pledged.get(payer.pid)?.[unit] ?? 0);
      const more = cost[unit] ?? 0;
      if (unit === "activeSeconds" ? spent >= limit : more > 0 && spent + more > limit) {
        const whose = payer.pid === pid ? "" : ` of process ${payer.pid}`;
        const what = unit === "microdollars" ? "dollars" : unit;
        const text = `The budget${whose} for ${what} is used up (${printAmount(unit, spent)} of ${printAmount(unit, limit)}).`;
        return {
          fault: fault("EDQUOT", text, "A person can raise it; nothing was done."),
          payer: payer.pid,
          unit,
          raise: Math.max(limit, Math.ceil(spent + more - limit), 1),
        };
      }
    }
  }
  return undefined;
}

/**
 * Sets a cost aside for a call that runs without a begin, so that calls at once cannot spend the same twice. Nothing
 * of it is recorded: a call that a crash cuts off leaves no trace and pays nothing.
 */
export function pledge(core: Core, call: Call, cost: Usage): void {
  call.pledged = cost;
  for (const { pid } of payers(core.state, call.pid))
    core.pledged.set(pid, addUsage(core.pledged.get(pid) ?? NO_USAGE, cost));
}

/** Gives back what a call had set aside; done in the tick that its end is charged. */
export function unpledge(core: Core, call: Call): void {
  if (call.pledged === undefined) return;
  for (const { pid } of payers(core.state, call.pid)) {
    const rest = addUsage(core.pledged.get(pid) ?? NO_USAGE, call.pledged, -1);
    if (UNITS.some((unit) => (rest[unit] ?? 0) !== 0)) core.pledged.set(pid, rest);
    else core.pledged.delete(pid);
  }
  call.pledged = undefined;
}

/** Stops a process at its cap until a person raises it or stops the agent; one question per process at a time. */
export function stopForBudget(core: Core, process: Process, over: Overdraft): void {
  if (process.life.ended !== undefined || process.life.stops.budget !== undefined) return;
  const id = `q${core.state.nextQuestion}`;
  const args = { payer: over.payer, add: { [over.unit]: over.raise } };
  const text = `${over.fault.message} Allow raises it by ${printAmount(over.unit, over.raise)}; deny ends the agent.`;
  const fixed = { kind: "budget" as const, op: "budget.raise", digest: "", asks: [], needs: [] };
  commit(core, "question.open", { ...fixed, id, pid: process.pid, args, text }, { pid: process.pid });
}

/** Third time asks, fifth is refused (DESIGN 6, Budget). */
export const LOOP = { ask: 3, refuse: 5 } as const;

/** Which time in a row this would be that the call gives the same result with nothing changed in between. */
export function countRepetition(process: Process, digest: string): number {
  return (process.repeats?.get(digest)?.times ?? 0) + 1;
}

/** Refuses a child beyond the limits of depth, fan-out or number. */
export function familyLimit(core: Core, parent: Process): Fault | undefined {
  if (parent.depth >= FAMILY_LIMITS.depth)
    return fault(
      "EDQUOT",
      `Families are at most ${FAMILY_LIMITS.depth} deep.`,
      "Do this part of the work yourself.",
    );
  const isAlive = (pid: number): boolean => core.state.processes.get(pid)?.life.ended === undefined;
  if (parent.pid !== INIT && parent.children.filter(isAlive).length >= FAMILY_LIMITS.children)
    return fault(
      "EDQUOT",
      `A process has at most ${FAMILY_LIMITS.children} living children.`,
      "Wait for one of them first.",
    );
  if (core.state.nextPid > FAMILY_LIMITS.processes)
    return fault(
      "EDQUOT",
      `At most ${FAMILY_LIMITS.processes} processes fit one journal.`,
      "Archive the record and start a new one.",
    );
  return undefined;
}
