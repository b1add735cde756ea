// The loop: one process takes turns, from the model's answer through its calls to their results.
import { hasUnheardMessage } from "../kernel/state/unheard.ts";
import { fault, isFault, type Result } from "../abi/errors.ts";
import type { Image } from "../abi/image.ts";
import { CALLS_MOST, type Leaving, type ModelAnswer, type ModelCall } from "../abi/model.ts";
import { overlaps, type Need } from "../abi/resource.ts";
import type { Conversations } from "./context/messages.ts";
import type { Slots } from "./slots.ts";
import type { Slot } from "../kernel/call.ts";
import { findTool, viewOf, type Executor } from "../kernel/core.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { Operation } from "../kernel/operation.ts";
import { summaryId } from "../kernel/state/call-id.ts";
import { imageOf, type Process, type ConversationEntry } from "../kernel/state/rows.ts";
import type { Caller } from "../kernel/witness.ts";

type Turn = ConversationEntry & { readonly role: "turn" };

/** The resources that a call of a turn touches; they tell which calls may run at once. */
interface Reach {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
}

/** The fault of each call beyond those that one turn may make. */
const TOO_MANY = fault(
  "E2BIG",
  `One turn makes at most ${CALLS_MOST} calls; this one and all later ones were not run.`,
  "Make fewer calls at once.",
);

/** Runs the turns of processes over the kernel. */
export class AgentLoop implements Executor {
  readonly #kernel: Kernel;
  readonly #images: ReadonlyMap<string, Image>;
  readonly #talk: Conversations;
  readonly #slots: Slots;

  constructor(kernel: Kernel, images: ReadonlyMap<string, Image>, talk: Conversations, slots: Slots) {
    this.#kernel = kernel;
    this.#images = images;
    this.#talk = talk;
    this.#slots = slots;
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
      if (process.life.ended !== undefined) this.#forget(process);
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
      if (turn.results.size < answer.calls.length) return this.#calls(caller, process, turn, answer);
      // An interactive agent reads a message that came during its turn instead of waiting for one.
      const more = process.launch?.interactive === true && hasUnheardMessage(process);
      if (last === turn && answer.calls.length === 0 && !more) return this.#rest(caller, process, answer);
    }
    return this.#think(caller, process, signal);
  }

  /** The end of a turn without calls: an interactive agent waits for a message, any other ends. */
  #rest(caller: Caller, process: Process, answer: ModelAnswer): false {
    if (process.launch?.interactive === true) this.#kernel.block(caller, "message", "its turn ended");
    else this.#kernel.finish(caller, answer.text === "" ? this.#lastText(process) : answer.text);
    return false;
  }

  #lastText(process: Process): string {
    const own = process.conversation.filter((e) => e.role === "turn").filter((e) => e.pid === process.pid);
    return own.map((e) => this.#talk.answer(e).text).findLast((text) => text !== "") ?? "";
  }

  async #think(caller: Caller, process: Process, signal: AbortSignal): Promise<boolean> {
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
    // After a signal, go on if the process may. When the budget is used up, the kernel has stopped it. Any
    // other fault needs a person.
    if (result.code !== "EINTR" && result.code !== "EDQUOT" && this.#kernel.mayGo(caller)) {
      this.#kernel.block(caller, "model", `${result.code}: ${result.message} ${result.hint}`);
    }
    return result.code === "EINTR";
  }

  /**
   * Lets a part leave a conversation that is too long, summed up by the process's own model. Without a
   * summary the part leaves anyway, and the record says why. False when the call was interrupted; the next
   * step asks again.
   */
  async #makeRoom(caller: Caller, process: Process, signal: AbortSignal): Promise<boolean> {
    const leaving = this.#talk.leaving(process.pid);
    if (leaving === undefined) return true;
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

  /**
   * Runs the calls of a turn that have no result yet: at once, except after earlier calls that they overlap
   * with.
   */
  async #calls(caller: Caller, process: Process, turn: Turn, answer: ModelAnswer): Promise<boolean> {
    const replay = !this.#talk.raw.has(`${process.pid}.${turn.turn}`);
    const earlier: { index: number; reach: Reach; done: Promise<void> }[] = [];
    for (const [index, call] of answer.calls.entries()) {
      // Find the tool anew for each call: an earlier call may have changed the image of the process.
      const op = this.#tool(process, call.tool);
      if (turn.results.has(index)) {
        earlier.push({ index, reach: this.#reach(process, op, call), done: Promise.resolve() });
        continue;
      }
      if (index >= CALLS_MOST) {
        await this.#refuse(caller, turn, index, call);
        continue;
      }
      // A call that runs alone may change the working directory. The reach of later calls is known only after
      // it.
      if (op?.alone === true) await Promise.all(earlier.map((each) => each.done));
      const reach = this.#reach(process, op, call);
      const builtOn = earlier.filter((each) => touches(each.reach.writes, reach.writes)).map((e) => e.index);
      const before = earlier.filter((other) => mustWait(other.reach, reach)).map((other) => other.done);
      const run = async (): Promise<void> => {
        await Promise.all(before);
        if (!this.#kernel.mayGo(caller)) return;
        const id = `${turn.turn}.${index}`;
        // A tool outside the table reaches the door under a name that no operation has. The record then shows
        // the refusal.
        const name = op?.name ?? `tool.${call.tool}`;
        const result = await this.#kernel.syscall(caller, name, call.args, {
          ...{ id, tool: call.tool, replay, builtOn },
        });
        const kept = turn.results.get(index);
        if (!isFault(result) && kept?.ok === true)
          this.#talk.keep(`${process.pid}.${id}`, result.value, kept.value);
      };
      earlier.push({ index, reach, done: run() });
      if (op?.alone === true) await earlier.at(-1)?.done;
    }
    await Promise.all(earlier.map((each) => each.done));
    return turn.results.size >= answer.calls.length;
  }

  /** Ends a call beyond those that one turn may make. */
  async #refuse(caller: Caller, turn: Turn, index: number, { tool, args }: ModelCall): Promise<void> {
    if (!this.#kernel.mayGo(caller)) return;
    const slot = { id: `${turn.turn}.${index}`, tool, refused: TOO_MANY };
    await this.#kernel.syscall(caller, `tool.${tool}`, args, slot);
  }

  #tool(process: Process, tool: string): Operation | undefined {
    const image = imageOf(this.#kernel.state, this.#images, process);
    if (image?.tools.includes(tool) !== true) return undefined;
    return findTool(this.#kernel.core.operations, tool);
  }

  #reach(process: Process, op: Operation | undefined, call: ModelCall): Reach {
    const bound = op?.decode(call.args);
    if (op === undefined || bound === undefined || isFault(bound)) return { reads: [], writes: [] };
    const needs = bound.needs(viewOf(this.#kernel.core, process));
    if (isFault(needs)) return { reads: [], writes: [] };
    const writes = (n: Need): boolean => n.right === "write" || n.right === "delete";
    return {
      writes: needs.filter(writes).map((n) => n.resource),
      // Listing a folder reads everything below it.
      reads: needs
        .filter((n) => !writes(n))
        .map((n) => (n.right === "list" ? `${n.resource.replace(/\/\*\*$/u, "")}/**` : n.resource)),
    };
  }

  #forget(process: Process): void {
    for (const id of [...this.#talk.raw.keys()])
      if (id.startsWith(`${process.pid}.`)) this.#talk.raw.delete(id);
  }
}

/**
 * True when the later call must wait for the earlier one: one of them writes a resource that the other
 * touches.
 */
function mustWait(earlier: Reach, later: Reach): boolean {
  return touches(earlier.writes, [...later.reads, ...later.writes]) || touches(later.writes, earlier.reads);
}

function touches(writes: readonly string[], others: readonly string[]): boolean {
  return writes.some((w) => others.some((o) => overlaps(w, o)));
}
