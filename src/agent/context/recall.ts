// Recall: which of its own objects a process is to be told of next, by what its conversation shows it already.
import { USUAL_MEMORY, type Image } from "../../abi/image.ts";
import type { ObjectRef } from "../../abi/object.ts";
import { encodeName } from "../../abi/resource.ts";
import { entriesOf } from "../../kernel/door/judge.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import type { Told } from "../../kernel/state/conversation.ts";
import { imageOf, type Entry, type Process, type Remembered } from "../../kernel/state/rows.ts";
import { choose } from "./memory.ts";
import { toolNamed } from "../tools.ts";

type Turn = Entry & { readonly role: "turn" };

/** How much of a window a process's own objects take at most. */
const PART = 1 / 8;

export class Recall {
  readonly #kernel: () => Kernel;
  readonly #images: ReadonlyMap<string, Image>;
  readonly #told: Told;
  /** What a turn shows, for turns that are over. */
  readonly #shown = new WeakMap<Entry, readonly string[]>();

  constructor(kernel: () => Kernel, images: ReadonlyMap<string, Image>, told: Told) {
    this.#kernel = kernel;
    this.#images = images;
    this.#told = told;
  }

  /** Each living object of the process's own namespace with its reason; `window` is its model's, in tokens. */
  choice(process: Process, window: number): Map<string, Remembered> {
    const { core, state } = this.#kernel();
    const objects = state.objects.get(`p${process.pid}`);
    if (objects === undefined) return new Map();
    const shown = new Set(process.summary === undefined ? [] : [textOf(process.summary)]);
    for (const entry of process.conversation.slice(process.trimmed))
      if (entry.role === "turn") for (const ref of this.#shows(entry)) shown.add(ref);
    const entry = entriesOf(core, process.pid);
    const memory = imageOf(state, this.#images, process)?.memory ?? USUAL_MEMORY;
    return choose(objects.values(), {
      ...memory,
      tokens: Math.min(memory.tokens, Math.floor(window * PART)),
      stands: (ref) => shown.has(textOf(ref)),
      mayRead: ({ namespace, name }) =>
        entry({ resource: `object:/${encodeName(namespace)}/${encodeName(name)}`, right: "read" }),
    });
  }

  /** The objects that the calls of a turn have put before the model. */
  #shows(turn: Turn): readonly string[] {
    const known = this.#shown.get(turn);
    if (known !== undefined) return known;
    const { calls } = this.#told.answer(turn);
    const refs = calls.flatMap(({ tool, args }, index) => {
      if (turn.results.get(index)?.ok !== true) return [];
      const op = toolNamed(this.#kernel().core.operations, tool);
      const ref = op?.shows(args, this.#told.value(turn, index), turn.pid);
      return ref === undefined ? [] : [textOf(ref)];
    });
    if (turn.results.size >= calls.length) this.#shown.set(turn, refs);
    return refs;
  }
}

function textOf({ namespace, name, version }: ObjectRef): string {
  return `${namespace}/${name}@${version}`;
}
