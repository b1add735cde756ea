// Acts of answers: which capabilities an answer mints, and what else it settles, for each kind of question of the kernel.
import { budgetSchema } from "../../abi/image.ts";
import type { Answer, Question } from "../../abi/question.ts";
import { callGrants, proposedGrant } from "./grants.ts";
import { EFFECT_ANSWERS, QUESTIONS, type QuestionKind, type Settling } from "./kinds.ts";

/** The grant that a request for authority proposes. Records of earlier versions have it as the target of the preview. */
const requestedGrant = ({ grant, preview }: Question): string => grant ?? preview?.target ?? "";

const ACTS: Readonly<Record<string, Pick<QuestionKind, "proposes" | "grants" | "settle">>> = {
  approval: { grants: callGrants },
  permission: {
    proposes: requestedGrant,
    grants: (question, ...rest) => proposedGrant(requestedGrant(question), question, ...rest),
  },
  budget: { settle: settleBudget },
  effect: { settle: settleEffect },
};

/** The kinds that every kernel has, with their acts. */
export const ACTING: readonly QuestionKind[] = [...QUESTIONS.values()].map((kind) => ({
  ...kind,
  ...ACTS[kind.name],
}));

/** Raises the account that ran out, or ends the agent that was stopped. */
function settleBudget(on: Settling, question: Question, { allow }: Answer): void {
  const { payer, add } = question.args as { payer: number; add: unknown };
  if (allow) on.raise(payer, budgetSchema.parse(add));
  else on.endProcess(question.pid, "stopped: budget");
}

/**
 * Applies a person's answer about an unknown effect. `happened` ends the call as done; `did not` lets it be dispatched
 * again under the same begin. Any other answer ends it as unknown and tells the model so.
 */
function settleEffect(on: Settling, { call }: Question, { allow, text }: Answer): void {
  if (call === undefined || (allow && text === EFFECT_ANSWERS.not)) return;
  if (allow && text === EFFECT_ANSWERS.happened) on.endCall(call, "ok", { assumed: true });
  else on.endCall(call, "unknown", null);
}
