// Deadlines: the time until which a question may be answered. An unanswered question then closes as expired.
import type { Question } from "../../abi/question.ts";
import type { RecordData } from "../../abi/record.ts";
import { payers } from "../state/account.ts";
import { commit, nowOf, type Core } from "../core.ts";

/**
 * The deadline for a question of this process; undefined when there is none. It comes after the `seconds` of the
 * question, or after the limit its family was launched with, whichever is sooner.
 */
export function deadlineOf(core: Core, pid: number, seconds = Infinity): string | undefined {
  const { answerWithin = Infinity } = [...payers(core.state, pid)].at(-1)?.launch ?? {};
  const within = Math.min(seconds, answerWithin);
  return within === Infinity ? undefined : new Date(nowOf(core).now + within * 1000).toISOString();
}

/** The milliseconds left to answer; undefined without a deadline. A clock that is set back adds nothing. */
function msLeft(core: Core, { deadline }: Question): number | undefined {
  return deadline === undefined ? undefined : Date.parse(deadline) - nowOf(core).now;
}

/** True when the deadline has passed, even if no timer fired yet, because the machine may have slept. */
export function isOverdue(core: Core, question: Question): boolean {
  return (msLeft(core, question) ?? 1) <= 0;
}

/** Lets an open question expire at its deadline, also if its call has not resumed. */
export function watchDeadline(core: Core, question: Question): void {
  const ms = msLeft(core, question);
  if (ms === undefined || core.deadlines.has(question.id)) return;
  const over = core.clock.after(Math.max(0, ms), () => expireQuestion(core, question));
  core.deadlines.set(question.id, over);
}

/** Cancels all timers when the runtime stops; the record holds the deadlines. */
export function unwatchDeadlines(core: Core): void {
  for (const cancel of core.deadlines.values()) cancel();
  core.deadlines.clear();
}

/** Closes a question as expired, unless it was closed before. */
export function expireQuestion(core: Core, { id, pid }: Question): void {
  if (core.sealed !== undefined || core.state.questions.get(id)?.outcome !== undefined) return;
  if (core.state.questions.has(id)) closeQuestion(core, pid, { id, outcome: "expired", by: "kernel" });
}

/** Closes an open question and cancels its timer. */
export function closeQuestion(core: Core, pid: number, how: RecordData<"question.close">): void {
  core.deadlines.get(how.id)?.();
  core.deadlines.delete(how.id);
  commit(core, "question.close", how, { pid });
}
