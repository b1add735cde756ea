// Waits: what a process waits for that is no person, in words, and what waits for it.
import type { Core } from "../../kernel/core.ts";
import type { Call } from "../../kernel/call.ts";
import type { Translate } from "./translate.ts";
import { processWords } from "./resources.ts";

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
