// Deadlines: until when a question may be answered. One that nobody answered by then closes by itself, as expired.
import type { Question } from "../../abi/question.ts";
import type { RecordData } from "../../abi/record.ts";
import { payers } from "../state/account.ts";
import { commit, nowOf, type Core } from "../core.ts";

/**
 * Until when a question of this process may be answered, if there is an end to that: after the `seconds` that the
 * question itself asks for, or those that its family was launched with, whichever is sooner.
 */
export function deadlineOf(core: Core, pid: number, seconds = Infinity): string | undefined {
  const { answerWithin = Infinity } = [...payers(core.state, pid)].at(-1)?.launch ?? {};
  const within = Math.min(seconds, answerWithin);
  return within === Infinity ? undefined : new Date(nowOf(core).now + within * 1000).toISOString();
}

/** How many milliseconds are left to answer; undefined without a deadline. A clock that is set back adds nothing. */
function msLeft(core: Core, { deadline }: Question): number | undefined {
  return deadline === undefined ? undefined : Date.parse(deadline) - nowOf(core).now;
}

/** True when it is too late to answer, also where no timer has said so yet: a machine may have slept. */
export function isOverdue(core: Core, question: Question): boolean {
  return (msLeft(core, question) ?? 1) <= 0;
}

/** Lets an open question expire at its deadline, whether or not its call is taken up again by then. */
export function watchDeadline(core: Core, question: Question): void {
  const ms = msLeft(core, question);
  if (ms === undefined || core.deadlines.has(question.id)) return;
  const over = core.clock.after(Math.max(0, ms), () => expireQuestion(core, question));
  core.deadlines.set(question.id, over);
}

/** Ends every watch, because the runtime goes away; the deadlines stand in the record. */
export function unwatchDeadlines(core: Core): void {
  for (const cancel of core.deadlines.values()) cancel();
  core.deadlines.clear();
}

/** Closes a question whose time is over, unless it was closed before. */
export function expireQuestion(core: Core, { id, pid }: Question): void {
  if (core.sealed !== undefined || core.state.questions.get(id)?.outcome !== undefined) return;
  if (core.state.questions.has(id)) closeQuestion(core, pid, { id, outcome: "expired", by: "kernel" });
}

/** Closes an open question, and its watch with it. */
export function closeQuestion(core: Core, pid: number, how: RecordData<"question.close">): void {
  core.deadlines.get(how.id)?.();
  core.deadlines.delete(how.id);
  commit(core, "question.close", how, { pid });
}
