// Budgets and limits: checks what a call may spend and who pays, limits families, and counts repeated calls.
import { fault, type Fault } from "../../abi/errors.ts";
import type { Usage } from "../../abi/image.ts";
import { commit, type Core } from "../core.ts";
import type { BirthOrder } from "../ports.ts";
import type { Call } from "../call.ts";
import { addUsage, payers, UNITS } from "../state/account.ts";
import { repeatOf } from "../state/conversation.ts";
import { INIT, NO_USAGE, type Process } from "../state/rows.ts";

/** Limits on families (DESIGN 6, Process). */
export const FAMILY_LIMITS = { depth: 8, children: 64, processes: 20_000 } as const;

type Unit = (typeof UNITS)[number];

/** Prints an amount in its unit, money in dollars. */
function printAmount(unit: Unit, amount: number): string {
  return unit === "microdollars" ? `$${(amount / 1e6).toFixed(2)}` : `${amount}`;
}

/** A budget that cannot pay for a call: the payer, the unit, and the raise that is needed. */
export interface Overdraft {
  readonly fault: Fault;
  readonly payer: number;
  readonly unit: Unit;
  /** The amount to add so that the call fits; at least the limit once more. */
  readonly raise: number;
}

/**
 * EDQUOT when the process or an ancestor that pays with it cannot afford `cost`; undefined when all can. Reserves of
 * running calls, recorded or pledged, count as used. Active time is only known afterwards, so it stops the call after
 * the one that used it up.
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
 * Sets a cost aside for a call that runs without a begin, so that parallel calls cannot spend the same amount twice.
 * Nothing of it is recorded: a call that a crash interrupts leaves no record and pays nothing.
 */
export function pledge(core: Core, call: Call, cost: Usage): void {
  call.pledged = cost;
  for (const { pid } of payers(core.state, call.pid)) {
    const others = core.pledged.get(pid);
    core.pledged.set(pid, others === undefined ? cost : addUsage(others, cost));
  }
}

/** Returns the cost that a call set aside, in the tick in which its end is charged. */
export function unpledge(core: Core, call: Call): void {
  if (call.pledged === undefined) return;
  for (const { pid } of payers(core.state, call.pid)) {
    const all = core.pledged.get(pid) ?? NO_USAGE;
    const rest = all === call.pledged ? NO_USAGE : addUsage(all, call.pledged, -1);
    if (UNITS.some((unit) => (rest[unit] ?? 0) !== 0)) core.pledged.set(pid, rest);
    else core.pledged.delete(pid);
  }
  call.pledged = undefined;
}

/** Stops a process at a limit until a person raises it or stops the agent; one question for each process at a time. */
export function stopForBudget(core: Core, process: Process, over: Overdraft): void {
  if (process.life.ended !== undefined || process.life.stops.budget !== undefined) return;
  const id = `q${core.state.nextQuestion}`;
  const args = { payer: over.payer, add: { [over.unit]: over.raise } };
  const text = `${over.fault.message} Allow raises it by ${printAmount(over.unit, over.raise)}; deny ends the agent.`;
  const fixed = { kind: "budget", op: "budget.raise", digest: "", asks: [], needs: [] };
  commit(core, "question.open", { ...fixed, id, pid: process.pid, args, text }, { pid: process.pid });
}

/**
 * EINVAL when a new process could not pay for its first model call. It names the smallest budget that works, so that
 * nobody starts an agent that must stop before its first word.
 */
export function budgetFault(core: Core, order: BirthOrder): Fault | undefined {
  const first = core.firstCall?.(order);
  if (first === undefined) return undefined;
  for (const unit of UNITS) {
    const limit = order.budget[unit];
    const least = unit === "activeSeconds" && limit === 0 ? 1 : (first[unit] ?? 0);
    if (limit === undefined || limit >= least) continue;
    const budget = unit === "microdollars" ? "dollars" : unit;
    const text = `A budget of ${printAmount(unit, limit)} ${budget} does not pay for one call of ${order.model}.`;
    return fault("EINVAL", text, `The smallest that works is ${printLeast(unit, least)} ${budget}.`);
  }
  return undefined;
}

/** Prints the least amount, rounded up where it is printed in cents. */
function printLeast(unit: Unit, amount: number): string {
  return unit === "microdollars" ? `$${(Math.ceil(amount / 1e4) / 100).toFixed(2)}` : `${amount}`;
}

/** The third repetition asks, the fifth is refused (DESIGN 6, Budget). */
export const LOOP = { ask: 3, refuse: 5 } as const;

/** How many times in a row the call would give the same result, with nothing changed in between. A result counts while the model still sees it. */
export function countRepetition(process: Process, digest: string): number {
  return (repeatOf(process, digest)?.times ?? 0) + 1;
}

/** Refuses a child beyond the limits of depth, fan-out or number. */
export function familyLimit(core: Core, parent: Process): Fault | undefined {
  if (parent.depth >= FAMILY_LIMITS.depth)
    return fault(
      "EDQUOT",
      `Families are at most ${FAMILY_LIMITS.depth} deep.`,
      "Do this part of the work yourself.",
    );
  if (parent.pid !== INIT && parent.living >= FAMILY_LIMITS.children)
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
