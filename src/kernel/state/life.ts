// The life of a process as pure data: its durable standing, the events that change it, and the word people see.
import type { ExitWord } from "../../abi/record.ts";

/** pid 1: the workspace itself. It never runs; its children are the user's agents. */
export const INIT = 1;

/** Durable reasons why a process may not go on. Waiting for a child, a timer or a slot is told by its live calls. */
export type Stop = "approval" | "question" | "message" | "budget" | "effect" | "model";

/** The durable standing. `stops` counts each reason, because several calls may wait for approvals at once. */
export interface Life {
  readonly ended?: ExitWord;
  readonly reaped: boolean;
  readonly paused: boolean;
  readonly stops: Readonly<Partial<Record<Stop, number>>>;
}

export const NEW_LIFE: Life = { reaped: false, paused: false, stops: {} };

export type LifeEvent =
  | { readonly type: "pause" | "resume" | "reap" }
  | { readonly type: "block" | "wake"; readonly on: Stop }
  | { readonly type: "exit"; readonly exit: ExitWord };

/**
 * The one transition function. Returns undefined for an event that is not legal in that standing: a zombie hears
 * nothing but `reap`, a reaped process nothing at all, and nobody wakes from a reason that does not hold.
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

/** What the live side adds: whether the loop runs, and for each of its open calls what it waits for, if anything. */
export interface Activity {
  readonly looping: boolean;
  readonly calls: readonly (string | undefined)[];
}

export type StateWord = "runnable" | "running" | "blocked" | "paused" | "zombie";

/** The state people see (DESIGN 6): `running` while any call runs, `paused` printed in place of the state. */
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
