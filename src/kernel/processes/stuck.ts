// Stuck: why a process cannot go on by itself, in words for the process that waits for it.
import { wholeStart } from "../../abi/size.ts";
import { questionStop } from "../questions/kinds.ts";
import { questionsOf, type Process, type State } from "../state/rows.ts";

/** The longest reason that is passed on, in characters. */
export const REASON_MOST = 400;

/**
 * Why a process, or one of its living descendants, waits for a person; undefined when none does. It names no resource:
 * a person may have given the child more than its parent may list.
 */
export function stuckWords(
  state: Readonly<State>,
  { pid, life, reason, children, pausedBy }: Process,
): string | undefined {
  if (life.ended !== undefined) return undefined;
  const { model, budget, question, approval, effect } = life.stops;
  if (life.paused) return `it is paused by ${(pausedBy ?? "").startsWith("pid:") ? "an agent" : "a person"}`;
  if (model !== undefined)
    return `its model call failed, and a person has to look: ${wholeStart(reason ?? "", REASON_MOST)}`;
  if (budget !== undefined) return `it waits for a person to raise a budget${askedWords(state, pid)}`;
  if (question !== undefined) return "it waits for a person to answer its question";
  if (approval !== undefined) return "it waits for a person to allow what it wants to do";
  if (effect !== undefined) return "it waits for a person to say whether a call happened before a crash";
  for (const child of children) {
    const process = state.processes.get(child);
    const words = process === undefined ? undefined : stuckWords(state, process);
    if (words !== undefined) return `its child agent ${child} is stuck: ${words}`;
  }
  return undefined;
}

/** The budget that a process asks for. */
function askedWords(state: Readonly<State>, pid: number): string {
  const asked = questionsOf(state, pid).find((a) => questionStop(a.question) === "budget");
  return asked === undefined ? "" : `: ${wholeStart(asked.question.text, REASON_MOST)}`;
}

/** The number of the record that stopped a process for its model; undefined when its model did not. */
export function modelStop({ life, events }: Process): number | undefined {
  if (life.ended !== undefined || life.stops.model === undefined) return undefined;
  return events.findLast((event) => event.kind === "process.block")?.seq ?? 0;
}
