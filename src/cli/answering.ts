// Answering: how a run of the command line answers questions, by its rule or by asking the person at the terminal.
import type { Answer, Question } from "../abi/question.ts";
import { isFault } from "../abi/errors.ts";
import type { AnyRecord } from "../abi/record.ts";
import { payers } from "../kernel/state/account.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { Person } from "../kernel/witness.ts";

export interface AnsweringParts {
  readonly kernel: Kernel;
  /** The root agents that this run is about; questions of others are nobody's business here. */
  readonly roots: readonly number[];
  /** Signs what the rule says; the record keeps it apart from a person's word. */
  readonly launcher: Person;
  /** Signs what the person at the terminal says. */
  readonly person: Person;
  /** Asks the person there; undefined when they gave no answer. Absent without a terminal: then the question stays. */
  readonly prompt?: (question: Question, signal: AbortSignal) => Promise<Answer | undefined>;
}

/**
 * Answers for the root agent that a question belongs to, as its launch said: `deny` and `allow-once` at once, in the
 * tick in which it was put, so that nothing ever rests on a question that has its answer; `ask` one question after the
 * other. What a rule may not decide (budgets, effects nobody knows of) stays open for a person.
 */
export class Answering {
  readonly #parts: AnsweringParts;
  readonly #prompts = new Map<string, AbortController>();
  #asking: Promise<void> = Promise.resolve();
  #said = 0;

  constructor(parts: AnsweringParts) {
    this.#parts = parts;
    parts.kernel.onRecord((record) => {
      this.#hear(record);
    });
  }

  /**
   * Answers until nothing can go on any more. Questions that an earlier run left open are taken up first. It ends while
   * a person is still wanted when nobody is there to ask, or they gave no answer.
   */
  async untilRest(): Promise<void> {
    const { kernel } = this.#parts;
    for (const { question, outcome } of [...kernel.state.questions.values()])
      if (outcome === undefined) this.#take(question);
    for (let said = -1; said !== this.#said;) {
      said = this.#said;
      await kernel.rest();
      for (let asking; asking !== this.#asking;) await (asking = this.#asking);
    }
  }

  /** Takes back what is being asked, because the run is being stopped. */
  stop(): void {
    for (const prompt of this.#prompts.values()) prompt.abort();
  }

  #hear(record: AnyRecord): void {
    if (record.kind === "question.open") this.#take(record.data);
    else if (record.kind === "question.close") this.#prompts.get(record.data.id)?.abort();
  }

  #take(question: Question): void {
    const { kernel, roots } = this.#parts;
    const root = [...payers(kernel.state, question.pid)].at(-1);
    if (root === undefined || !roots.includes(root.pid)) return;
    const rule = root.launch?.answer ?? "ask";
    if (rule === "ask") this.#enqueue(question);
    else if (question.kind !== "budget" && question.kind !== "effect") this.#decide(question, rule);
  }

  #decide(question: Question, rule: "deny" | "allow-once"): void {
    const { kernel, launcher } = this.#parts;
    const grantable = question.kind === "approval" || question.kind === "permission";
    if (rule === "allow-once" && grantable) {
      const allowed = kernel.answer(launcher, question.id, { allow: true, scope: "once" });
      if (!isFault(allowed)) return;
    }
    kernel.answer(launcher, question.id, { allow: false, scope: "once" });
  }

  #enqueue(question: Question): void {
    const { kernel, person, prompt } = this.#parts;
    if (prompt === undefined) return;
    const abort = new AbortController();
    this.#prompts.set(question.id, abort);
    this.#asking = this.#asking.then(async () => {
      const given = abort.signal.aborted ? undefined : await prompt(question, abort.signal);
      this.#prompts.delete(question.id);
      if (given === undefined || abort.signal.aborted) return;
      this.#said += 1;
      kernel.answer(person, question.id, given);
    });
  }
}
