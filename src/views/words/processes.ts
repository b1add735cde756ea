// Waits: what a process waits for that is no person, in words, and what waits for it.
import type { Budget, Usage } from "../../abi/image.ts";
import type { ExitWord } from "../../abi/record.ts";
import type { LiveCall } from "../../kernel/call.ts";
import type { Core } from "../../kernel/core.ts";
import { stateOf, type StateWord, type Stop } from "../../kernel/state/life.ts";
import type { Process, State } from "../../kernel/state/rows.ts";
import type { Translate } from "./translate.ts";
import { visibleLine } from "./visible.ts";

/** Says a moment, in milliseconds since 1970, as its readers write the time of day. */
export type Moment = (ms: number) => string;

/**
 * What the calls of a process wait for, the first of them named: a child, a message, an event or a time. Empty when they
 * wait for nothing of that, or when they run elsewhere, because no record says what a call does meanwhile.
 */
export function waitWords(t: Translate, core: Core, pid: number, moment: Moment): string {
  const [first, ...more] = core.live
    .of(pid)
    .map((call) => callWords(t, core, call, moment))
    .filter((w) => w !== "");
  if (first === undefined) return "";
  return more.length === 0 ? first : t("{0} and {1} more", first, more.length);
}

function callWords(t: Translate, { state }: Core, { id, pid, waits, about }: Call, moment: Moment): string {
  const who = about === undefined ? undefined : processWords(t, state, about);
  const until = state.processes.get(pid)?.timers?.get(id);
  switch (waits) {
    case "child":
      return who === undefined ? t("waits for any child") : t("waits for {0}", who);
    case "message":
      return who === undefined ? t("waits for a message") : t("waits for a message from {0}", who);
    case "timer":
      if (until === undefined) return "";
      return who === undefined
        ? t("sleeps until {0}", moment(until))
        : t("follows events until {0}", moment(until));
    default:
      return "";
  }
}

/** How many messages nobody has taken yet; empty when there are none. */
export function unreadWords(t: Translate, { state }: Core, pid: number): string {
  const unread = state.processes.get(pid)?.mailbox.length ?? 0;
  return unread === 0 ? "" : t("{0} unread", unread);
}

/** What was used, beside what may be used where that is limited; what was guessed says so. */
export function usageWords(t: Translate, used: Usage, budget: Budget = {}): string {
  const { modelCalls, toolCalls, tokens, activeSeconds, microdollars } = budget;
  const spent = `${about(used)}${used.tokens}`;
  const seconds = Math.round(used.activeSeconds * 10) / 10;
  const cost = costWords(used);
  return [
    modelCalls === undefined
      ? t("{0} model calls", used.modelCalls)
      : t("{0} of {1} model calls", used.modelCalls, modelCalls),
    toolCalls === undefined
      ? t("{0} tool calls", used.toolCalls)
      : t("{0} of {1} tool calls", used.toolCalls, toolCalls),
    tokens === undefined ? t("{0} tokens", spent) : t("{0} of {1} tokens", spent, tokens),
    ...(cost === ""
      ? []
      : [microdollars === undefined ? cost : t("{0} of {1}", cost, dollars(microdollars))]),
    activeSeconds === undefined
      ? t("{0} active seconds", seconds)
      : t("{0} of {1} active seconds", seconds, activeSeconds),
  ].join(", ");
}

/** What it cost, as far as prices are known; nothing where none is. */
export function costWords(used: Pick<Usage, "microdollars" | "estimated">): string {
  return used.microdollars === undefined ? "" : `${about(used)}${dollars(used.microdollars)}`;
}

/** The mark of what was guessed. */
export function about(used: Pick<Usage, "estimated">): "≈" | "" {
  return used.estimated === true ? "≈" : "";
}

/** Cents, and more places where there would be nothing else to see. */
function dollars(micro: number): string {
  return `$${(micro / 1e6).toFixed(micro > 0 && micro < 10_000 ? 4 : 2)}`;
}

/** Which process, by what it runs: `reviewer (4)`. */
export function processWords(t: Translate, state: State, pid: number): string {
  const image = state.processes.get(pid)?.image;
  return image === undefined ? t("process {0}", pid) : `${visibleLine(image)} (${pid})`;
}

export function exitWords(t: Translate, exit: ExitWord): string {
  const words: Readonly<Record<ExitWord, string>> = {
    finished: t("finished"),
    failed: t("failed"),
    killed: t("stopped"),
  };
  return words[exit];
}

/** The state word of a process as far as the record tells; what runs is not known from it. */
export function wordOf(process: Process): StateWord {
  return stateOf(process.life, { looping: false, calls: [] }).state;
}

/** The state as printed: how it ended, or the state with what it waits for. */
export function stateText(t: Translate, process: Process, word: StateWord = wordOf(process)): string {
  const { ended, stops } = process.life;
  if (ended !== undefined) return exitWords(t, ended);
  const states: Readonly<Record<StateWord, string>> = {
    runnable: t("runnable"),
    running: t("running"),
    blocked: t("blocked"),
    paused: t("paused"),
    zombie: t("zombie"),
  };
  const reasons: Readonly<Record<Stop, string>> = {
    approval: t("approval"),
    question: t("question"),
    message: t("message"),
    budget: t("budget"),
    effect: t("effect"),
    model: t("model"),
  };
  const on = (Object.keys(stops) as Stop[]).map((stop) => reasons[stop]);
  return on.length === 0 ? states[word] : `${states[word]}(${on.join(",")})`;
}

/** Whose conversation a process began with, if it began with any. */
export function forkWords(t: Translate, { forkOf }: Process): string[] {
  return forkOf === undefined ? [] : [t("fork of {0}", forkOf)];
}
