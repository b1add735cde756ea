// Answering: a run of the command line answers questions by its rule, or asks the person at the terminal.
import { isFault, type Fault } from "../abi/errors.ts";
import type { Answer, Question } from "../abi/question.ts";
import { ALLOW_ONCE, DENY } from "../kernel/questions/kinds.ts";
import type { AnyRecord } from "../abi/record.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { payers } from "../kernel/state/account.ts";
import { isBelow, madeBy } from "../kernel/state/call-id.ts";
import type { Person } from "../kernel/witness.ts";
import { removesFiles, setPlaceOf } from "../views/questions/sets.ts";
import type { SetReply } from "./prompt-set.ts";

/** The parts that answering works with. */
export interface AnsweringParts {
  readonly kernel: Kernel;
  /** The root agents of this run; it leaves the questions of other agents alone. */
  readonly roots: readonly number[];
  /** Signs the answers of the rule; the record keeps them apart from those of a person. */
  readonly launcher: Person;
  /** Signs the answers of the person at the terminal. */
  readonly person: Person;
  /**
   * Asks the person; undefined when they gave no answer. Absent without a terminal: then the question stays
   * open.
   */
  readonly prompt?: (question: Question, signal: AbortSignal) => Promise<Answer | undefined>;
  /** Asks the person about all changes of one call together. */
  readonly promptSet?: (
    place: string,
    members: readonly Question[],
    signal: AbortSignal,
  ) => Promise<SetReply | undefined>;
  /** Tells the person that their answer was not taken. */
  readonly refused: (fault: Fault) => void;
}

/**
 * Answers by the launch rule of the root agent that a question belongs to. `deny` and `allow-once` answer in
 * the tick that opened the question, so that nothing ever waits for such an answer. `ask` asks one question
 * after the other. Some kinds of questions, such as budgets, no rule may decide; these stay open for a person.
 */
export class Answering {
  readonly #parts: AnsweringParts;
  readonly #prompts = new Map<string, AbortController>();
  /** The changes of calls that are not asked about yet, by their calls. */
  readonly #sets = new Map<string, Question[]>();
  #asking: Promise<void> = Promise.resolve();
  #said = 0;

  constructor(parts: AnsweringParts) {
    this.#parts = parts;
    parts.kernel.onRecord((record) => {
      this.#hear(record);
    });
  }

  /**
   * Answers until no process can go on. Questions that an earlier run left open come first. Before a person is asked
   * again, each call looks again at its work. It withdraws a question that is no longer true. It also ends while
   * questions are open, if no person can be asked or the person gave no answer.
   */
  async untilRest(): Promise<void> {
    const { kernel } = this.#parts;
    const earlier = [...kernel.state.questions.values()].filter((asked) => asked.outcome === undefined);
    for (const { question } of earlier) if (this.#ruleOf(question) !== "ask") this.#take(question);
    await kernel.rest();
    for (const { question, outcome } of earlier) if (outcome === undefined) this.#take(question);
    for (let said = -1; said !== this.#said;) {
      said = this.#said;
      await kernel.rest();
      for (let asking; asking !== this.#asking;) await (asking = this.#asking);
    }
  }

  /** Takes back the open prompts, because the run is being stopped. */
  stop(): void {
    for (const prompt of this.#prompts.values()) prompt.abort();
  }

  #hear(record: AnyRecord): void {
    if (record.kind === "question.open") this.#take(record.data);
    else if (record.kind === "question.close") this.#prompts.get(record.data.id)?.abort();
  }

  #take(question: Question): void {
    const rule = this.#ruleOf(question);
    if (rule === "ask") this.#enqueue(question);
    else if (rule !== undefined) this.#decide(question, rule);
  }

  /** The launch rule of the root agent that a question belongs to; undefined for agents of other runs. */
  #ruleOf(question: Question): "deny" | "allow-once" | "ask" | undefined {
    const { kernel, roots } = this.#parts;
    const root = [...payers(kernel.state, question.pid)].at(-1);
    return root === undefined || !roots.includes(root.pid) ? undefined : (root.launch?.answer ?? "ask");
  }

  #decide(question: Question, rule: "deny" | "allow-once"): void {
    const { kernel, launcher } = this.#parts;
    const byRule = kernel.questionKinds.get(question.kind)?.byRule ?? "deny";
    if (byRule === "open") return;
    if (rule === "allow-once" && byRule === "once") {
      const allowed = kernel.answer(launcher, question.id, ALLOW_ONCE);
      if (!isFault(allowed)) return;
    }
    kernel.answer(launcher, question.id, DENY);
  }

  #enqueue(question: Question): void {
    if (this.#parts.prompt === undefined || this.#prompts.has(question.id)) return;
    const abort = new AbortController();
    this.#prompts.set(question.id, abort);
    const place = placeOfMade(this.#parts.kernel, question);
    const set = place === undefined ? undefined : this.#sets.get(place);
    if (set !== undefined) return void set.push(question);
    if (place !== undefined) this.#sets.set(place, [question]);
    this.#asking = this.#asking.then(() =>
      place === undefined ? this.#ask(question) : this.#askSet(place, question.pid),
    );
  }

  async #ask(question: Question): Promise<void> {
    const { id } = question;
    const signal = this.#prompts.get(id)?.signal;
    const given =
      signal === undefined || signal.aborted ? undefined : await this.#parts.prompt?.(question, signal);
    this.#prompts.delete(id);
    if (given !== undefined && signal?.aborted === false) this.#give(question, given);
  }

  /** Asks about the changes of a call once each of them waits. What is closed meanwhile is no longer asked about. */
  async #askSet(place: string, pid: number): Promise<void> {
    const { kernel, promptSet } = this.#parts;
    await waitUntilAsked(kernel, place, pid);
    const all = this.#sets.get(place) ?? [];
    this.#sets.delete(place);
    const isOpen = ({ id }: Question): boolean => this.#prompts.get(id)?.signal.aborted === false;
    for (let members = all.filter(isOpen); members.length > 0; members = members.filter(isOpen)) {
      const signals = members.flatMap(({ id }) => this.#prompts.get(id)?.signal ?? []);
      const signal = AbortSignal.any(signals);
      const reply = members.length < 2 ? "each" : await promptSet?.(place, members, signal);
      if (reply === undefined && signal.aborted) continue;
      for (const question of members) {
        if (reply === "each" || (reply === "changes" && removesFiles(kernel.state.kinds, question)))
          await this.#ask(question);
        else if (reply !== undefined) this.#give(question, reply === "none" ? DENY : ALLOW_ONCE);
        this.#prompts.delete(question.id);
      }
    }
  }

  #give({ id }: Question, answer: Answer): void {
    const { kernel, person, refused } = this.#parts;
    this.#said += 1;
    const taken = kernel.answer(person, id, answer);
    if (isFault(taken)) refused(taken);
  }
}

/** The call whose changes a question is one of; undefined for what is asked by itself. */
function placeOfMade({ state }: Kernel, question: Question): string | undefined {
  const made = question.call !== undefined && madeBy(question.call) !== undefined;
  return made ? setPlaceOf(state.kinds, question) : undefined;
}

/** Resolves when every running call of a call waits, so that all that it asks at once has been asked. */
async function waitUntilAsked(kernel: Kernel, place: string, pid: number): Promise<void> {
  const asks = (): boolean =>
    kernel.runningOf(pid).some(({ id, waits }) => isBelow(id, place) && waits === undefined);
  // Each of them ends or asks with a record.
  while (asks())
    await new Promise<void>((resolve) => {
      const unlisten = kernel.onRecord(() => {
        unlisten();
        resolve();
      });
    });
}
