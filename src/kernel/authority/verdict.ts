// Verdicts: decides by the state of a kernel, so that no caller gathers the parts of a decision by itself.
import { bindersOf } from "../state/account.ts";
import type { State } from "../state/rows.ts";
import { decide, type DecisionInput, type Verdict } from "./decide.ts";

/** The part of a decision that its caller knows; the state has the rest. */
export type Asked = Omit<DecisionInput, "binders" | "table" | "policy" | "kinds" | "roots"> &
  // Whoever decides many times under one authority looks them up once.
  Partial<Pick<DecisionInput, "binders">>;

/** Decides by the capabilities, rules, kinds and folders of a state. */
export function decideBy(state: Readonly<State>, asked: Asked): Verdict {
  const { capabilities: table, policy, kinds, roots } = state;
  const { binders = bindersOf(state, asked.authority.holder) } = asked;
  return decide({ ...asked, binders, table, policy, kinds, roots });
}
