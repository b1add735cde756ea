// The reader: everything about a kernel that may be seen, for whoever shows or explains it. Nothing here changes anything.
import type { Preview, Question } from "../abi/question.ts";
import type { Need } from "../abi/resource.ts";
import type { Authority } from "./authority/authority.ts";
import type { Now } from "./authority/capabilities.ts";
import type { Verdict } from "./authority/decide.ts";
import { decideBy, type Asked } from "./authority/verdict.ts";
import type { Call } from "./call.ts";
import { living, nowOf, standingOf, viewOf, type Core } from "./core.ts";
import { entriesOf } from "./door/judge.ts";
import type { View } from "./operation.ts";
import type { OperationTable } from "./operations/table.ts";
import type { Digests } from "./ports.ts";
import type { QuestionKinds } from "./questions/kinds.ts";
import type { stateOf } from "./state/life.ts";
import { wholeEntries } from "./record/recall.ts";
import type { ConversationEntry, Process, State } from "./state/rows.ts";

/** A running call, as far as it may be seen. The record leaves out the secrets that its arguments and preview hold. */
export type RunningCall = Readonly<Pick<Call, "id" | "pid" | "name" | "slot" | "args" | "waits" | "about">>;

/** The side of a kernel that views, editors and agents read. */
export class Reader {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  get state(): Readonly<State> {
    return this.#core.state;
  }

  get digests(): Digests {
    return this.#core.digests;
  }

  get operations(): OperationTable {
    return this.#core.operations;
  }

  /** The kinds of questions, the kernel's own and those that primitives bring. */
  get questionKinds(): QuestionKinds {
    return this.#core.questionKinds;
  }

  /** The present facts that the liveness of capabilities depends on; `spent` are uses that count as held. */
  now(spent?: readonly string[]): Now {
    return nowOf(this.#core, spent);
  }

  /** Entries of a conversation with the texts that the state let go; see {@link wholeEntries}. */
  whole(entries: readonly ConversationEntry[]): Promise<ConversationEntry[]> {
    return wholeEntries(entries, this.#core.recall);
  }

  /** The process of a pid if it lives. */
  living(pid: number): Process | undefined {
    return living(this.#core, pid);
  }

  /** The view of its process that an operation gets. */
  view(process: Process): View {
    return viewOf(this.#core, process);
  }

  /** Decides what would be decided now. It spends nothing and records nothing. */
  decide(asked: Omit<Asked, "at">): Verdict {
    return decideBy(this.#core.state, { ...asked, at: this.now() });
  }

  /** Decides single entries of what is read under an authority; true when nobody need be asked and nothing is spent. */
  entries(authority: Authority): (need: Need) => boolean {
    return entriesOf(this.#core, authority);
  }

  /** The state word and wait reasons of a process. */
  standing(pid: number): ReturnType<typeof stateOf> {
    const process = this.#core.state.processes.get(pid);
    return process === undefined ? { state: "zombie", on: [] } : standingOf(this.#core, process);
  }

  /** The running call of an id; undefined when no call of that id runs here. */
  running(id: string): RunningCall | undefined {
    return this.#core.live.get(id);
  }

  /** The running calls of a process, in the order they came in. */
  runningOf(pid: number): readonly RunningCall[] {
    return this.#core.live.of(pid);
  }

  /** The unredacted preview of an open question if its call is live here, else the recorded preview. */
  previewOf(question: Question): Preview | undefined {
    const call = question.call === undefined ? undefined : this.#core.live.get(question.call);
    return call?.preview ?? question.preview;
  }
}
