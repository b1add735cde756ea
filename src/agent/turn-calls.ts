// The calls of a turn: which run at once, which wait for others, and which are not run at all.
import { fault, isFault, type Fault } from "../abi/errors.ts";
import type { Image } from "../abi/image.ts";
import { CALLS_MOST, type ModelAnswer, type ModelCall } from "../abi/model.ts";
import type { Kinds } from "../abi/kind.ts";
import { overlaps, stem, type Need } from "../abi/resource.ts";
import type { Conversations } from "./context/messages.ts";
import type { Slot } from "../kernel/call.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { Operation } from "../kernel/operation.ts";
import { imageOf } from "../kernel/state/objects.ts";
import type { Process, ConversationEntry } from "../kernel/state/rows.ts";
import type { Caller } from "../kernel/witness.ts";

/** One turn in a conversation. */
export type Turn = ConversationEntry & { readonly role: "turn" };

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

/** Runs the calls of turns over the kernel. */
export class TurnCalls {
  readonly #kernel: Kernel;
  readonly #images: ReadonlyMap<string, Image>;
  readonly #talk: Conversations;

  constructor(kernel: Kernel, images: ReadonlyMap<string, Image>, talk: Conversations) {
    this.#kernel = kernel;
    this.#images = images;
    this.#talk = talk;
  }

  /**
   * Runs the calls of a turn that have no result yet: at once, except after earlier calls that they overlap with. A
   * call that ends the process comes last. True when all have a result.
   */
  async run(caller: Caller, process: Process, turn: Turn, answer: ModelAnswer): Promise<boolean> {
    const earlier: { index: number; reach: Reach; done: Promise<void> }[] = [];
    const last: number[] = [];
    for (const [index, call] of answer.calls.entries()) {
      // Find the tool anew for each call: an earlier call may have changed the image of the process.
      const op = this.#tool(process, call.tool);
      if (turn.results.has(index)) {
        earlier.push({ index, reach: this.#reach(process, op, call), done: Promise.resolve() });
        continue;
      }
      const refused = refusalOf(answer, index, op);
      if (refused !== undefined) {
        await this.#call(caller, turn, index, call, op, { refused });
        continue;
      }
      if (op?.final === true) {
        last.push(index);
        continue;
      }
      // A call that runs alone may change the working directory. The reach of later calls is known only after
      // it.
      if (op?.alone === true) await Promise.all(earlier.map((each) => each.done));
      const reach = this.#reach(process, op, call);
      const { kinds } = this.#kernel.state;
      const builtOn = earlier.filter((e) => touches(kinds, e.reach.writes, reach.writes)).map((e) => e.index);
      const before = earlier.filter((e) => mustWait(kinds, e.reach, reach)).map((e) => e.done);
      const run = async (): Promise<void> => {
        await Promise.all(before);
        await this.#call(caller, turn, index, call, op, { builtOn });
      };
      earlier.push({ index, reach, done: run() });
      if (op?.alone === true) await earlier.at(-1)?.done;
    }
    await Promise.all(earlier.map((each) => each.done));
    for (const index of last) await this.#end(caller, process, turn, answer, index);
    return turn.results.size >= answer.calls.length;
  }

  /** Runs a call that ends the process, after all others: the model must see what failed before it ends. */
  async #end(
    caller: Caller,
    process: Process,
    turn: Turn,
    { calls }: ModelAnswer,
    index: number,
  ): Promise<void> {
    const call = calls[index];
    const others = calls.flatMap((_, i) => (i === index || this.#isLater(process, calls[i]) ? [] : [i]));
    // After a pause some of them have no result yet, and the rest of the turn runs later.
    if (call === undefined || others.some((i) => !turn.results.has(i))) return;
    const failed = [...calls.keys()].find((i) => turn.results.get(i)?.ok === false);
    const refused = failed === undefined ? {} : { refused: unseenFailure(turn, failed, calls[failed]) };
    await this.#call(caller, turn, index, call, this.#tool(process, call.tool), refused);
  }

  /** True for a call that ends the process, too. */
  #isLater(process: Process, call: ModelCall | undefined): boolean {
    return call !== undefined && this.#tool(process, call.tool)?.final === true;
  }

  async #call(
    caller: Caller,
    turn: Turn,
    index: number,
    { tool, args }: ModelCall,
    op: Operation | undefined,
    more: Pick<Slot, "refused" | "builtOn">,
  ): Promise<void> {
    if (!this.#kernel.mayGo(caller)) return;
    const id = `${turn.turn}.${index}`;
    const replay = !this.#talk.raw.has(`${caller.pid}.${turn.turn}`);
    // A tool outside the table reaches the door under a name that no operation has. The record then shows
    // the refusal.
    const name = op?.name ?? `tool.${tool}`;
    const result = await this.#kernel.syscall(caller, name, args, { id, tool, replay, ...more });
    const kept = turn.results.get(index);
    if (!isFault(result) && kept?.ok === true)
      this.#talk.keep(`${caller.pid}.${id}`, result.value, kept.value);
  }

  #tool(process: Process, tool: string): Operation | undefined {
    const image = imageOf(this.#kernel.state, this.#images, process);
    return image === undefined ? undefined : this.#kernel.operations.table(image, process.pid).get(tool);
  }

  #reach(process: Process, op: Operation | undefined, call: ModelCall): Reach {
    const bound = op?.decode(call.args);
    if (op === undefined || bound === undefined || isFault(bound)) return { reads: [], writes: [] };
    const needs = bound.needs(this.#kernel.view(process));
    if (isFault(needs)) return { reads: [], writes: [] };
    const { kinds } = this.#kernel.state;
    const reach = (n: Need): string => (kinds.lists(n) ? `${stem(n.resource)}/**` : n.resource);
    return {
      writes: needs.filter((n) => kinds.changes(n)).map((n) => n.resource),
      reads: needs.filter((n) => !kinds.changes(n)).map(reach),
    };
  }
}

/** Why a call of an answer must not be run: there are too many, or its arguments are no JSON, mostly because of a cut. */
function refusalOf(answer: ModelAnswer, index: number, op: Operation | undefined): Fault | undefined {
  const call = answer.calls[index];
  if (index >= CALLS_MOST) return TOO_MANY;
  if (call?.malformed === undefined || (op !== undefined && !isFault(op.decode(call.args)))) return undefined;
  const cut = answer.stop === "length" && index === answer.calls.length - 1;
  const hint = cut
    ? "Make the call again with less in it; write a long text in several parts."
    : "Make the call again with valid JSON as its arguments.";
  return fault("EINVAL", `It was not run: ${call.malformed}.`, hint);
}

/** The fault of a call that would end the process before its model has seen that another one failed. */
function unseenFailure(turn: Turn, index: number, call: ModelCall | undefined): Fault {
  const result = turn.results.get(index);
  const code = result?.ok === false ? result.code : "EINTR";
  return fault(
    "ESTALE",
    `Call ${index + 1} of this turn (${call?.tool.slice(0, 64) ?? "?"}) failed with ${code}, so the work is not ended.`,
    "Read why it failed. Then mend it, or end the work in a turn of its own and say what failed.",
  );
}

/**
 * True when the later call must wait for the earlier one: one of them writes a resource that the other
 * touches.
 */
function mustWait(kinds: Kinds, earlier: Reach, later: Reach): boolean {
  const touched = [...later.reads, ...later.writes];
  return touches(kinds, earlier.writes, touched) || touches(kinds, later.writes, earlier.reads);
}

function touches(kinds: Kinds, writes: readonly string[], others: readonly string[]): boolean {
  return writes.some((w) => others.some((o) => overlaps(w, o, kinds)));
}
