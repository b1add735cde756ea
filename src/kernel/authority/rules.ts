// Rules: the policy in force, and the part of it that launches brought.
import type { PolicyRule } from "../../abi/policy.ts";
import { INIT, type State } from "../state/rows.ts";

/** The rules in force, as they were written. */
export function rulesIn(state: Readonly<State>): PolicyRule[] {
  return state.policy.map(({ key: _, ...rule }) => rule);
}

/** The launch rules in force: those of unfinished agents, and the new ones. */
export function launchRulesOf(state: Readonly<State>, policy: readonly PolicyRule[]): PolicyRule[] {
  const unfinished = [...state.processes.values()].some((p) => p.pid !== INIT && p.life.ended === undefined);
  const launched = (rule: PolicyRule): boolean => (rule.source?.from ?? "launch") === "launch";
  const before = unfinished ? rulesIn(state).filter(launched) : [];
  const rules = new Map([...before, ...policy].map((rule) => [JSON.stringify(rule), rule]));
  return [...rules.values()];
}
