// The fold of questions: opened, closed, and what of them is kept. Only the fold may call what stands here.
import type { Question } from "../../abi/question.ts";
import type { JournalRecord } from "../../abi/record.ts";
import { foldLife } from "./processes.ts";
import type { Stop } from "./life.ts";
import { DECISIONS_HELD, type AskedQuestion, type Process, type State } from "./rows.ts";

/** Which standing a question of each kind puts its process in. */
const STOP_OF: Readonly<Record<Question["kind"], Stop>> = {
  approval: "approval",
  permission: "approval",
  question: "question",
  budget: "budget",
  effect: "effect",
};

/** A question stands, and its process with it. */
export function foldQuestionOpen(
  state: State,
  process: Process | undefined,
  record: JournalRecord<"question.open">,
): void {
  const asked = { question: record.data, opened: record.time };
  state.questions.set(record.data.id, asked);
  process?.asked.push(asked);
  state.nextQuestion += 1;
  foldLife(process, { type: "block", on: STOP_OF[record.data.kind] });
}

/** A question is answered or taken back. */
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
  // Taken back by whoever asked: nobody decided anything.
  if (outcome !== "cancelled") {
    const { id, pid, kind, asks, text, preview } = asked.question;
    const shown = preview === undefined ? undefined : { title: preview.title, target: preview.target };
    const question = { id, pid, kind, asks, text, preview: shown };
    state.decided.push({ question, outcome, by, answer, minted });
    if (state.decided.length > DECISIONS_HELD) state.decided.shift();
  }
  foldLife(process, { type: "wake", on: STOP_OF[asked.question.kind] });
  const { call, kind, digest } = asked.question;
  if (process !== undefined && record.data.outcome === "denied" && kind === "approval")
    (process.refused ??= new Set<string>()).add(digest);
  const over = process?.life.ended !== undefined;
  if (over || call === undefined || kind === "effect") forgetQuestion(state, process, asked);
}

/** A call has ended, or its process: nobody needs to find the answers any more. */
export function forgetClosedQuestions(state: State, process: Process, call?: string): void {
  for (const asked of [...process.asked])
    if ((call ?? asked.question.call) === asked.question.call && asked.outcome !== undefined)
      forgetQuestion(state, process, asked);
}

function forgetQuestion(state: State, process: Process | undefined, asked: AskedQuestion): void {
  state.questions.delete(asked.question.id);
  const at = process?.asked.indexOf(asked) ?? -1;
  if (at >= 0) process?.asked.splice(at, 1);
}
