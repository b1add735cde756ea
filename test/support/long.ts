// Long conversations: a model that stores large values turn by turn in a small window, and summarises when asked.
import { fault, type Fault } from "../../src/abi/errors.ts";
import type { ModelRequest } from "../../src/abi/model.ts";
import { TestKernel, type Setup } from "./kernel.ts";
import { answerOf, type Turn } from "./kernel/turns.ts";

/** A turn that makes the conversation about 1,000 tokens longer. */
export function fill(turn: number): Turn {
  return [["put_object", { name: `n${turn}`, value: `v${turn} ${"x".repeat(4_000)}` }]];
}

/** What the nth summary of a process says. */
export function summed(pid: number, nth: number): string {
  return `summary ${nth} of ${pid}`;
}

export interface Long extends Setup {
  /** The turns of each process; beyond them it fills. */
  readonly script?: (pid: number, turn: number) => Turn | undefined;
  /** How many turns a process takes at most. */
  readonly length?: number;
  readonly sumUp?: (request: ModelRequest, signal: AbortSignal) => Promise<string | Fault>;
}

/** A kernel over such a model; `asked` are all its requests. */
export async function long(setup: Long = {}): Promise<{ k: TestKernel; asked: ModelRequest[] }> {
  const asked: ModelRequest[] = [];
  const { script, length = 12, sumUp, ...rest } = setup;
  const k = await TestKernel.open({
    window: 10_000,
    ...rest,
    model: async (request, signal) => {
      asked.push(request);
      if (request.summary !== undefined) {
        const text = (await sumUp?.(request, signal)) ?? summed(request.pid, request.summary.nth);
        return typeof text === "string" ? answerOf(text) : text;
      }
      const turn =
        script?.(request.pid, request.turn) ?? (request.turn < length ? fill(request.turn) : "done");
      return answerOf(turn);
    },
  });
  return { k, asked };
}

/** A model call that never answers; stopped, it says so. */
export function hangs(signal: AbortSignal): Promise<Fault> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => {
      resolve(fault("EINTR", "it was stopped"));
    });
  });
}

/** All that a request says, as one text. */
export function textOf({ system, messages }: ModelRequest): string {
  return `${system}\n${JSON.stringify(messages)}`;
}
