// Accounts: the units of usage, their addition, and the processes that pay for a call.
import type { Usage } from "../../abi/image.ts";
import { INIT } from "./life.ts";
import type { Process, State } from "./rows.ts";

/** Units that most calls do not use; a usage has them only where they count. */
const RARE = ["microdollars", "bytesWritten", "children"] as const;

/** The units of an account, in the order of their checks. */
export const UNITS = ["modelCalls", "toolCalls", "tokens", "activeSeconds", ...RARE] as const;

/** Adds two usages. The sum has a rare unit only if one of them has, and is estimated only if one of them is. */
export function addUsage(a: Usage, b: Usage, sign: 1 | -1 = 1): Usage {
  const counted = {
    modelCalls: a.modelCalls + sign * b.modelCalls,
    toolCalls: a.toolCalls + sign * b.toolCalls,
    tokens: a.tokens + sign * b.tokens,
    activeSeconds: a.activeSeconds + sign * b.activeSeconds,
  };
  if (isPlain(a) && isPlain(b)) return counted;
  const sum: { -readonly [K in keyof Usage]: Usage[K] } = counted;
  for (const unit of RARE)
    if (a[unit] !== undefined || b[unit] !== undefined) sum[unit] = (a[unit] ?? 0) + sign * (b[unit] ?? 0);
  if (a.estimated === true || b.estimated === true) sum.estimated = true;
  return sum;
}

function isPlain(usage: Usage): boolean {
  return (
    usage.microdollars === undefined &&
    usage.bytesWritten === undefined &&
    usage.children === undefined &&
    usage.estimated !== true
  );
}

/** The usage without what counts only when an effect happened: nothing was written, and nobody was born. */
export function withoutEffects({ bytesWritten: _, children: __, ...rest }: Usage): Usage {
  return rest;
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
