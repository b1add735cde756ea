// Accounts: the units of usage, their addition, and the processes that pay for a call.
import type { Usage } from "../../abi/image.ts";
import { INIT, type Process, type State } from "./rows.ts";

/** The units of an account, in the order of their checks. */
export const UNITS = ["modelCalls", "toolCalls", "tokens", "activeSeconds", "microdollars"] as const;

/** Adds two usages. The sum has a price only if one of them has, and is estimated only if one of them is. */
export function addUsage(a: Usage, b: Usage, sign: 1 | -1 = 1): Usage {
  const counted = {
    modelCalls: a.modelCalls + sign * b.modelCalls,
    toolCalls: a.toolCalls + sign * b.toolCalls,
    tokens: a.tokens + sign * b.tokens,
    activeSeconds: a.activeSeconds + sign * b.activeSeconds,
  };
  if (isPlain(a) && isPlain(b)) return counted;
  const money = (a.microdollars ?? 0) + sign * (b.microdollars ?? 0);
  return {
    ...(a.microdollars === undefined && b.microdollars === undefined ? {} : { microdollars: money }),
    ...(a.estimated === true || b.estimated === true ? { estimated: true } : {}),
    ...counted,
  };
}

function isPlain({ microdollars, estimated }: Usage): boolean {
  return microdollars === undefined && estimated !== true;
}

/** The charge of a call whose usage is unknown: its whole reserve, marked as estimated. */
export function guessUsage(reserve: Usage): Usage {
  return reserve.tokens === 0 ? reserve : { ...reserve, estimated: true };
}

/**
 * The processes whose asks and denies bind a process, nearest first: itself, and all that its calls are charged to. An
 * ended one still binds while a living one pays through it (DESIGN 6, Decision).
 */
export function bindersOf(state: State, pid: number): readonly number[] {
  const at = state.processes.get(pid);
  if (at === undefined || at.pid === INIT || at.account === INIT) return [pid];
  return [...payers(state, pid)].map((payer) => payer.pid);
}

/** The process that the whole family of a process is charged to; undefined for one that is unknown. */
export function familyRoot(state: State, pid: number): Process | undefined {
  return [...payers(state, pid)].at(-1);
}

/** The process and the ancestors that pay with it, up to but not including init. */
export function* payers(state: State, pid: number): IterableIterator<Process> {
  for (
    let at = state.processes.get(pid);
    at !== undefined && at.pid !== INIT;
    at = state.processes.get(at.account)
  )
    yield at;
}
