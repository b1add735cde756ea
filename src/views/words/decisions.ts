// Decisions in words: who decided, the outcome of a call or question, and the deadline of an answer.
import type { CliApproval } from "../../abi/cli.ts";
import type { DecisionWord, OutcomeWord } from "../../abi/record.ts";
import type { Translate } from "./translate.ts";
import { visibleLine } from "./visible.ts";

/** Who gave or decided something: `person`, `launcher`, `kernel`, `pid:N`. The words follow "by" and "from". */
export function actorWords(t: Translate, actor: string): string {
  if (actor === "person") return t("a person");
  if (actor === "launcher") return t("the command line");
  if (actor === "kernel") return t("the kernel");
  return actor.startsWith("pid:") ? t("process {0}", actor.slice(4)) : visibleLine(actor);
}

/** The decision on a call. */
export function decisionWords(t: Translate, decision: DecisionWord): string {
  const words: Readonly<Record<DecisionWord, string>> = {
    allow: t("allowed"),
    deny: t("denied"),
    approved: t("approved"),
    refused: t("refused"),
    expired: t("nobody answered"),
    none: t("not decided"),
  };
  return words[decision];
}

/** The outcome of a call. */
export function outcomeWords(t: Translate, outcome: OutcomeWord): string {
  const words: Readonly<Record<OutcomeWord, string>> = {
    ok: t("done"),
    error: t("failed"),
    "not-run": t("not run"),
    unknown: t("unknown whether it happened"),
  };
  return words[outcome];
}

/** The outcome of a question, with its decider if there is one. */
export function answerWords(t: Translate, { outcome, by }: Pick<CliApproval, "outcome" | "by">): string {
  const words: Readonly<Record<CliApproval["outcome"], string>> = {
    open: t("open"),
    allowed: t("allowed"),
    denied: t("denied"),
    answered: t("answered"),
    expired: t("expired"),
    cancelled: t("cancelled"),
  };
  return by === undefined || outcome === "cancelled" || outcome === "expired"
    ? words[outcome]
    : t("{0} by {1}", words[outcome], actorWords(t, by));
}

/** Seconds are shown when less than this time is left, in milliseconds. */
const SECONDS_MATTER = 10 * 60_000;

/**
 * The deadline in local time, with the date when it is another day. `now` is in milliseconds since 1970. The text
 * stays true while it is shown, because it names no remaining time.
 */
export function deadlineWords(t: Translate, deadline: string, now: number): string {
  const at = new Date(deadline);
  const clock = at.toTimeString().slice(0, at.getTime() - now < SECONDS_MATTER ? 8 : 5);
  const day = new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
  return at.toDateString() === new Date(now).toDateString()
    ? t("answer before {0}", clock)
    : t("answer before {0} {1}", day, clock);
}
