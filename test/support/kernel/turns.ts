// Scripted answers of a model, turn by turn.
import type { Fault } from "../../../src/abi/errors.ts";
import type { ModelAnswer, ModelRequest } from "../../../src/abi/model.ts";

/** One scripted answer: the tools it calls, or a text that ends the turn. */
export type Turn = readonly (readonly [tool: string, args: unknown])[] | string;

export type Thinker = (request: ModelRequest, signal: AbortSignal) => Promise<ModelAnswer | Fault>;

/** Answers turn by turn from lists by pid; a process without a list, or beyond it, says that it is done and ends. */
export function turns(scripts: Readonly<Record<number, readonly Turn[]>>): Thinker {
  return (request) => Promise.resolve(answerOf(scripts[request.pid]?.[request.turn] ?? "done"));
}

export function answerOf(turn: Turn): ModelAnswer {
  const usage = { input: 10, output: 5 };
  if (typeof turn === "string") return { text: turn, calls: [], usage, stop: "end" };
  const calls = turn.map(([tool, args], i) => ({ id: `c${i}`, tool, args }));
  return { text: "", calls, usage, stop: "calls" };
}
