// The loop: one process takes turns, from the model's answer through its calls to their results.
import { hasUnheardMessage } from "../kernel/state/unheard.ts";
import { isFault, type Fault, type Result } from "../abi/errors.ts";
import type { Image } from "../abi/image.ts";
import type { Leaving } from "../abi/model.ts";
import type { Conversations } from "./context/messages.ts";
import { judgeEnding } from "./ending.ts";
import type { Slots } from "./slots.ts";
import { TurnCalls } from "./turn-calls.ts";
import type { Slot } from "../kernel/call.ts";
import type { Executor } from "../kernel/ports.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { summaryId } from "../kernel/state/call-id.ts";
import type { Process } from "../kernel/state/rows.ts";
import type { Caller } from "../kernel/witness.ts";

/** Runs the turns of processes over the kernel. */
export class AgentLoop implements Executor {
  readonly #kernel: Kernel;
  readonly #talk: Conversations;
  readonly #slots: Slots;
  readonly #calls: TurnCalls;

  constructor(kernel: Kernel, images: ReadonlyMap<string, Image>, talk: Conversations, slots: Slots) {
    this.#kernel = kernel;
    this.#talk = talk;
    this.#slots = slots;
    this.#calls = new TurnCalls(kernel, images, talk);
  }

  /**
   * Takes turns until the process ends, is stopped or waits for a person. After a restart it continues where
   * the record ends: first come the calls of the last turn without a result.
   */
  async run(caller: Caller, signal: AbortSignal): Promise<void> {
    const process = this.#kernel.state.processes.get(caller.pid);
    if (process === undefined) return;
    try {
      while (!signal.aborted && this.#kernel.mayGo(caller)) {
        if (!(await this.#step(caller, process, signal))) break;
      }
    } finally {
      if (process.life.ended !== undefined) this.#talk.forget(process.pid);
    }
  }

  /**
   * One step: the rest of an unfinished turn, or the next model call. False when there is nothing to do now.
   */
  async #step(caller: Caller, process: Process, signal: AbortSignal): Promise<boolean> {
    const last = process.conversation.at(-1);
    const turn = process.conversation.findLast((e) => e.role === "turn");
    // A fork knows of the turns of its origin but never runs their calls.
    if (turn?.pid === process.pid) {
      const answer = this.#talk.answer(turn);
      if (turn.results.size < answer.calls.length) return this.#calls.run(caller, process, turn, answer);
      // An interactive agent reads a message that came during its turn instead of waiting for one.
      const more = process.launch?.interactive === true && hasUnheardMessage(process);
      if (last === turn && answer.calls.length === 0 && !more && !(await this.#goesOn(caller, process)))
        return false;
    }
    return this.#think(caller, process, signal);
  }

  /**
   * The end of a turn without calls: an interactive agent waits for a message, any other ends. An answer that did not
   * come to its end is no end: the model is asked to go on, and in the end a person has to look. True to ask it.
   */
  async #goesOn(caller: Caller, process: Process): Promise<boolean> {
    const { conversation, pid } = process;
    const scripted = this.#talk.scripted(pid);
    const ending = judgeEnding({ conversation, read: this.#talk, tools: this.#talk.tools(pid), scripted });
    if (ending.kind !== "rest") {
      this.#kernel.tell(caller, ending.tell);
      if (ending.kind === "again") return true;
      this.#kernel.block(caller, "model", ending.why);
    } else if (process.launch?.interactive === true) this.#kernel.block(caller, "message", "its turn ended");
    else this.#kernel.finish(caller, ending.text === "" ? await this.#lastText(process) : ending.text);
    return false;
  }

  async #lastText(process: Process): Promise<string> {
    await this.#talk.recall(process.pid, true);
    const own = process.conversation.filter((e) => e.role === "turn").filter((e) => e.pid === process.pid);
    return own.map((e) => this.#talk.answer(e).text).findLast((text) => text !== "") ?? "";
  }

  async #think(caller: Caller, process: Process, signal: AbortSignal): Promise<boolean> {
    await this.#talk.recall(process.pid);
    if (!(await this.#makeRoom(caller, process, signal))) return true;
    const turn = process.turns;
    const id = process.failures === 0 ? `${turn}` : `${turn}r${process.failures}`;
    const result = await this.#ask(caller, process, signal, { id });
    if (result === undefined) return true;
    if (!isFault(result)) {
      const entry = process.conversation.findLast((e) => e.role === "turn");
      if (entry?.turn === turn) this.#talk.keep(`${process.pid}.${turn}`, result.value, entry.answer);
      return true;
    }
    if (this.#makesSmaller(process, result)) return true;
    // After a signal, go on if the process may. When the budget is used up, the kernel has stopped it. Any
    // other fault needs a person.
    if (result.code !== "EINTR" && result.code !== "EDQUOT" && this.#kernel.mayGo(caller)) {
      this.#kernel.block(caller, "model", `${result.code}: ${result.message} ${result.hint}`);
    }
    return result.code === "EINTR";
  }

  /** True after a refusal as too long, if the next request is smaller: a part leaves, or results are shortened. */
  #makesSmaller(process: Process, { code, tokens }: Fault): boolean {
    return code === "E2BIG" && this.#talk.refused(process.pid, tokens);
  }

  /**
   * Lets a part leave a conversation that is too long, summed up by the process's own model. Without a
   * summary the part leaves anyway, and the record says why. False when the call was interrupted; the next
   * step asks again.
   */
  async #makeRoom(caller: Caller, process: Process, signal: AbortSignal): Promise<boolean> {
    const leaving = this.#talk.leaving(process.pid);
    if (leaving === undefined) return true;
    await this.#talk.recall(process.pid, true);
    const id = summaryId(process.turns, process.summaries);
    const result = await this.#ask(caller, process, signal, { id, spare: true }, { leaving });
    if (result === undefined) return false;
    if (!isFault(result)) return true;
    if (result.code === "EINTR") return false;
    this.#kernel.trim(
      caller,
      leaving.to,
      `${leaving.why}; no summary: ${result.code}: ${result.message}`,
      id,
    );
    return true;
  }

  /** One model call, in a slot of its provider; undefined when the process may not go on. */
  #ask(
    caller: Caller,
    process: Process,
    signal: AbortSignal,
    slot: Slot & { readonly id: string },
    more: { leaving?: Leaving } = {},
  ): Promise<Result<unknown> | undefined> {
    const args = { model: process.model, pid: process.pid, turn: process.turns, ...more };
    const provider = process.model.split("/")[0] ?? "";
    const call = (): Promise<Result<unknown> | undefined> => {
      if (!this.#kernel.mayGo(caller)) return Promise.resolve(undefined);
      if (more.leaving === undefined) this.#kernel.remember(caller, slot.id, this.#talk.memory(process.pid));
      return this.#kernel.syscall(caller, "model.call", args, slot);
    };
    const said = process.conversation.at(-1);
    const awaited = process.launch?.interactive === true && said?.role === "user" && said.by === "person";
    return this.#slots.run(provider, signal, call, awaited);
  }
}
