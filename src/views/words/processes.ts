// Processes in words: names, states, usage, and what a process waits for besides a person.
import type { Budget, Usage } from "../../abi/image.ts";
import type { ExitWord } from "../../abi/record.ts";
import type { Reader, RunningCall } from "../../kernel/reader.ts";
import { stateOf, type StateWord, type Stop } from "../../kernel/state/life.ts";
import type { Process, State } from "../../kernel/state/rows.ts";
import type { Translate } from "./translate.ts";
import { visibleImage } from "./visible.ts";

/** Says a moment, in milliseconds since 1970, in the readers' local time format. */
export type SayMoment = (ms: number) => string;

/**
 * Says what the calls of a process wait for: a child, a message, an event or a time. The first call is named, the
 * others are counted. Empty when no call waits for these, and when the calls run elsewhere: no record says what a
 * running call does.
 */
export function waitWords(t: Translate, reader: Reader, pid: number, moment: SayMoment): string {
  const [first, ...more] = reader
    .runningOf(pid)
    .map((call) => callWords(t, reader.state, call, moment))
    .filter((w) => w !== "");
  if (first === undefined) return "";
  return more.length === 0 ? first : t("{0} and {1} more", first, more.length);
}

function callWords(
  t: Translate,
  state: Readonly<State>,
  { id, pid, waits, about }: RunningCall,
  moment: SayMoment,
): string {
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

/** The number of unread messages in words; empty when there are none. */
export function unreadWords(t: Translate, { state }: Reader, pid: number): string {
  const unread = state.processes.get(pid)?.mailbox.length ?? 0;
  return unread === 0 ? "" : t("{0} unread", unread);
}

/** The usage, beside the limit where there is one. Estimated figures are marked; rare units appear once used. */
export function usageWords(t: Translate, used: Usage, budget: Budget = {}): string {
  const { modelCalls, toolCalls, tokens, activeSeconds, microdollars, bytesWritten, children } = budget;
  const written = used.bytesWritten ?? 0;
  const born = used.children ?? 0;
  const spent = `${estimateMark(used)}${used.tokens}`;
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
    ...(written === 0
      ? []
      : [
          bytesWritten === undefined
            ? t("{0} bytes written", written)
            : t("{0} of {1} bytes written", written, bytesWritten),
        ]),
    ...(born === 0
      ? []
      : [children === undefined ? bornWords(t, born) : t("{0} of {1} children", born, children)]),
  ].join(", ");
}

function bornWords(t: Translate, born: number): string {
  return born === 1 ? t("1 child") : t("{0} children", born);
}

/** The cost, as far as prices are known; otherwise empty. */
export function costWords(used: Pick<Usage, "microdollars" | "estimated">): string {
  return used.microdollars === undefined ? "" : `${estimateMark(used)}${dollars(used.microdollars)}`;
}

/** The mark of an estimated figure. */
export function estimateMark(used: Pick<Usage, "estimated">): "≈" | "" {
  return used.estimated === true ? "≈" : "";
}

/** The amount in cents; small amounts get more decimal places. */
function dollars(micro: number): string {
  return `$${(micro / 1e6).toFixed(micro > 0 && micro < 10_000 ? 4 : 2)}`;
}

/** A process by its image and pid: `reviewer (4)`. */
export function processWords(t: Translate, state: State, pid: number): string {
  const image = state.processes.get(pid)?.image;
  return image === undefined ? t("process {0}", pid) : `${visibleImage(image)} (${pid})`;
}

/** The end of a process. */
export function exitWords(t: Translate, exit: ExitWord): string {
  const words: Readonly<Record<ExitWord, string>> = {
    finished: t("finished"),
    failed: t("failed"),
    killed: t("stopped"),
  };
  return words[exit];
}

/** The state of a process as far as the record tells. The record does not tell which calls run. */
export function stateWordOf(process: Process): StateWord {
  return stateOf(process.life, { looping: false, calls: [] }).state;
}

/** The state as printed: the exit word, or the state with its reasons to wait. */
export function stateText(t: Translate, process: Process, word: StateWord = stateWordOf(process)): string {
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

/** The agent whose conversation a fork or a branch began with; empty for others. */
export function forkWords(t: Translate, { forkOf, branch }: Pick<Process, "forkOf" | "branch">): string[] {
  if (forkOf === undefined) return [];
  return [
    branch === undefined ? t("fork of {0}", forkOf) : t("branch of {0} at {1}", forkOf, branch.checkpoint),
  ];
}
