// The life of a process as pure data: its durable state, the events that change it, and the word people see.
import type { ExitWord } from "../../abi/record.ts";

/** The pid of init, the workspace itself. Init never runs; its children are the user's agents. */
export const INIT = 1;

/** Durable reasons why a process may not run. Its live calls show a wait for a child, a timer or a slot. */
export type Stop = "approval" | "question" | "message" | "budget" | "effect" | "model";

/** The durable state. `stops` counts each reason, because several calls may wait for approvals at once. */
export interface Life {
  readonly ended?: ExitWord;
  readonly reaped: boolean;
  readonly paused: boolean;
  readonly stops: Readonly<Partial<Record<Stop, number>>>;
}

/** The state of a new process. */
export const NEW_LIFE: Life = { reaped: false, paused: false, stops: {} };

/** An event in the life of a process. */
export type LifeEvent =
  | { readonly type: "pause" | "resume" | "reap" }
  | { readonly type: "block" | "wake"; readonly on: Stop }
  | { readonly type: "exit"; readonly exit: ExitWord };

/**
 * The one transition function. Returns undefined for an event that is not legal in this state. A zombie accepts only
 * `reap`, and a reaped process accepts nothing. A wake needs a stop for the same reason.
 */
export function stepLife(life: Life, event: LifeEvent): Life | undefined {
  if (life.reaped) return undefined;
  if (life.ended !== undefined) return event.type === "reap" ? { ...life, reaped: true } : undefined;
  switch (event.type) {
    case "pause":
      return life.paused ? undefined : { ...life, paused: true };
    case "resume":
      return life.paused ? { ...life, paused: false } : undefined;
    case "block":
      return { ...life, stops: { ...life.stops, [event.on]: (life.stops[event.on] ?? 0) + 1 } };
    case "wake": {
      const count = life.stops[event.on] ?? 0;
      if (count === 0) return undefined;
      const { [event.on]: _, ...rest } = life.stops;
      return { ...life, stops: count === 1 ? rest : { ...rest, [event.on]: count - 1 } };
    }
    case "exit":
      return { ...life, ended: event.exit, paused: false, stops: {} };
    case "reap":
      return undefined;
  }
}

/** The live facts: whether the loop runs, and what each open call waits for; undefined for a call that works. */
export interface Activity {
  readonly looping: boolean;
  readonly calls: readonly (string | undefined)[];
}

/** The words for the state of a process. */
export type StateWord = "runnable" | "running" | "blocked" | "paused" | "zombie";

/** The state that people see (DESIGN 6): `running` while any call runs; `paused` replaces the state. */
export function stateOf(
  life: Life,
  activity: Activity,
): { readonly state: StateWord; readonly on: readonly string[] } {
  if (life.ended !== undefined) return { state: "zombie", on: [] };
  const on = [...new Set([...Object.keys(life.stops), ...activity.calls.filter((c) => c !== undefined)])];
  if (life.paused) return { state: "paused", on };
  const calling = activity.calls.some((c) => c === undefined);
  const thinking = activity.looping && activity.calls.length === 0;
  if (calling || thinking) return { state: "running", on: [] };
  return on.length > 0 ? { state: "blocked", on } : { state: "runnable", on: [] };
}

/** True when the loop of this process may take its next step. */
export function mayRun(life: Life): boolean {
  const { message, budget, effect, model } = life.stops;
  return (
    life.ended === undefined &&
    !life.paused &&
    message === undefined &&
    budget === undefined &&
    effect === undefined &&
    model === undefined
  );
}
