// The fold of questions: their opening, their closing, and the decisions kept of them. Only the fold calls them.
import type { Preview, PreviewNames } from "../../abi/question.ts";
import type { JournalRecord } from "../../abi/record.ts";
import { isForCall, QUESTIONS, questionStop } from "../questions/kinds.ts";
import { familyRoot } from "./account.ts";
import { foldLife } from "./processes.ts";
import { DECISIONS_HELD, type AskedQuestion, type Process, type State } from "./rows.ts";
import { noteMade } from "./subs.ts";

/** Opens a question and stops its process. */
export function foldQuestionOpen(
  state: State,
  process: Process | undefined,
  record: JournalRecord<"question.open">,
): void {
  const asked = { question: record.data, opened: record.time };
  state.questions.set(record.data.id, asked);
  process?.asked.push(asked);
  noteMade(process, record.data.call);
  state.nextQuestion += 1;
  foldLife(process, { type: "block", on: questionStop(record.data) });
}

/** Closes a question that was answered, has expired or was withdrawn. */
export function foldQuestionClose(
  state: State,
  process: Process | undefined,
  record: JournalRecord<"question.close">,
): void {
  const asked = state.questions.get(record.data.id);
  if (asked === undefined || asked.outcome !== undefined) return;
  const { outcome, by, answer, minted = [] } = record.data;
  asked.outcome = outcome;
  asked.by = by;
  if (answer !== undefined) asked.answer = answer;
  // A withdrawn question was decided by nobody.
  if (outcome !== "cancelled") {
    const { id, pid, kind, asks, text, preview } = asked.question;
    const question = { id, pid, kind, asks, text, preview: preview && namesOf(preview) };
    state.decided.push({ question, outcome, by, answer, minted });
    if (state.decided.length > DECISIONS_HELD) state.decided.shift();
  }
  foldLife(process, { type: "wake", on: questionStop(asked.question) });
  const { call, kind, digest, wish } = asked.question;
  if (
    process !== undefined &&
    record.data.outcome === "denied" &&
    (wish !== undefined || isForCall(asked.question))
  ) {
    // Records without a wish name the very call, which only its process can make.
    const holder = wish === undefined ? process : (familyRoot(state, process.pid) ?? process);
    (holder.refused ??= new Set<string>()).add(wish ?? digest);
  }
  const over = process?.life.ended !== undefined;
  if (over || call === undefined || QUESTIONS.get(kind)?.unawaited === true)
    forgetQuestion(state, process, asked);
}

function namesOf({ verb, title, target, to }: Preview): PreviewNames {
  return {
    target,
    ...(verb === undefined ? {} : { verb }),
    ...(title === undefined ? {} : { title }),
    ...(to === undefined ? {} : { to }),
  };
}

/** Forgets the closed questions of a call or process that ended: nobody reads their answers any more. */
export function forgetClosedQuestions(state: State, process: Process, call?: string): void {
  const closed = process.asked.filter(
    ({ question, outcome }) => outcome !== undefined && (call ?? question.call) === question.call,
  );
  for (const asked of closed) forgetQuestion(state, process, asked);
}

function forgetQuestion(state: State, process: Process | undefined, asked: AskedQuestion): void {
  state.questions.delete(asked.question.id);
  const at = process?.asked.indexOf(asked) ?? -1;
  if (at >= 0) process?.asked.splice(at, 1);
}
