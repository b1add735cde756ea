// Operations: the declaration of one syscall, with everything the door may know about it.
import type * as z from "zod";
import { isFault, type Fault } from "../abi/errors.ts";
import type { Listed } from "../abi/capability.ts";
import type { Usage } from "../abi/image.ts";
import type { ObjectRef } from "../abi/object.ts";
import type { Need } from "../abi/resource.ts";
import { readArguments } from "./arguments.ts";
import type { Invocation, Prepared, Probe, Resolved, View } from "./invocation.ts";
import type { OwnQuestionKind } from "./questions/kinds.ts";
import type { OpenCall } from "./state/rows.ts";
import type { Grant } from "./witness.ts";

export type { Invocation, Prepared, Probe, Resolved, View, WaitReason } from "./invocation.ts";

/** The effects of calls, from the least to the most. */
const EFFECTS = ["kernel", "read", "write", "external"] as const;
/** `kernel` changes only the kernel's own records and finds its work by its call id; `write` can be undone. */
export type CallEffect = (typeof EFFECTS)[number];

/** Facts about an operation that shared code may read. Nothing may branch on `name`. */
export interface Declared {
  /** `<kind>.<verb>`, for example `fs.read`. */
  readonly name: string;
  /** One sentence that a model reads about the tool. */
  readonly summary: string;
  /** The tool name a model knows; absent when the operation is not offered as a tool. */
  readonly tool?: string;
  /** The most that a call of it may do. */
  readonly effect: CallEffect;
  /** True when two runs equal one. After a crash all but writes may then be dispatched again under the same begin. */
  readonly idempotent: boolean;
  /** True for operations that only wait or send messages; the loop detector does not count them. */
  readonly waits?: boolean;
  /** True when it must not run beside other calls of its turn: it waits for earlier ones, later ones wait for it. */
  readonly alone?: boolean;
  /** True when its outcome is a person's answer: ECANCELED from it reads as refused, ETIMEDOUT as expired. */
  readonly byPerson?: boolean;
  /** True when it ends its process: it runs after all other calls of its turn, and only if none of them failed. */
  readonly final?: boolean;
  /** True when its schema is not sent to a model until the model has found it or used it. Calls need no finding. */
  readonly deferred?: boolean;
  /** True for the tool that finds deferred ones. */
  readonly finds?: boolean;
  /** True when it acts for its whole process: a caller with a part of its authority cannot call it. */
  readonly whole?: boolean;
  /** The argument that another record of a successful call holds; the end of the call leaves it out and names it. */
  readonly keeps?: string;
  /** The field of its value that is the value of the object it shows; the end leaves it out and names the version. */
  readonly repeats?: string;
  /** True when its value holds all that it puts out while it runs; the record then keeps no second copy. */
  readonly emitsValue?: boolean;
  /** Arguments that only name things. The record keeps them, and no others, of a call that touches a secret file. */
  readonly names?: readonly string[];
}

/** The definition of an operation with its types. */
export interface OperationSpec<A, R, S> extends Declared {
  readonly input: z.ZodType<A>;
  readonly output: z.ZodType<R>;
  /** Finds out, once, what `needs` must know of this machine. It touches nothing of the workspace. */
  ready?(): Promise<void>;
  /**
   * The most that one call may cost; the default is one tool call. The prestate is known unless the call is charged
   * before its preparation; `state` is what `resolve` found.
   */
  cost?(args: A, prestate: unknown, state: S | undefined): Partial<Usage>;
  /**
   * The effect of this very call, known before it begins; without it each call has the effect of the operation. Never
   * more than that. The begin records it, and a crash is judged by it.
   */
  effectOf?(args: A, prestate: unknown): CallEffect;
  /** Lexical: resources and rights from the arguments alone. Must not throw; return a fault instead. */
  needs(args: A, view: View): readonly Need[] | Fault;
  /**
   * The part of the arguments that names no resource. Two calls with equal real needs and equal content wish for the
   * same, in whatever spelling; the default is all of them.
   */
  content?(args: A): unknown;
  /** Grants that the call wants to pass on; the caller must hold each, else the whole call is ENOTCAPABLE. */
  delegates?(args: A, view: View): readonly Listed[] | Fault;
  /** The first read of the world, with a look-only grant. */
  resolve?(args: A, view: View, look: Grant, signal: AbortSignal): Promise<Resolved<S> | Fault>;
  /** Makes prestate and preview, with a look-only grant. Every write has one. */
  prepare?(
    args: A,
    view: View,
    state: S | undefined,
    look: Grant,
    signal: AbortSignal,
  ): Promise<Prepared | Fault>;
  /** Judges an effect that was cut off; `noted` is what the call had noted by then. */
  probe?(args: A, prestate: unknown, view: View, noted?: OpenCall["noted"]): Promise<Probe>;
  /** The object version whose value is in the arguments or the answer of a call, so that the caller has seen it. */
  shows?(args: A, value: R, pid: number): ObjectRef | undefined;
  /** The value as text for a model; without it a model gets JSON. */
  told?(value: R, args: A): string;
  /** The value as the record keeps it, where that must hold less than the caller gets. */
  recorded?(value: R, view: View): R;
  invoke(args: A, on: Invocation<S | undefined>): Promise<R | Fault>;
}

/** One decoded call of an operation; its typed arguments are private. */
export interface Bound {
  /** The decoded arguments as JSON, for digests and records. */
  readonly args: unknown;
  /** The arguments that were given in another form than they were understood in, as given; undefined when none. */
  readonly given?: unknown;
  /** The part of the arguments that names no resource. */
  readonly content: unknown;
  cost(prestate: unknown): Usage;
  effect(prestate: unknown): CallEffect;
  needs(view: View): readonly Need[] | Fault;
  delegates(view: View): readonly Listed[] | Fault;
  resolve(
    view: View,
    look: Grant,
    signal: AbortSignal,
  ): Promise<{ needs: readonly Need[]; link?: string } | Fault>;
  prepare(view: View, look: Grant, signal: AbortSignal): Promise<Prepared | Fault | undefined>;
  probe(prestate: unknown, view: View, noted?: OpenCall["noted"]): Promise<Probe>;
  invoke(
    on: Omit<Invocation<never>, "state">,
  ): Promise<{ readonly ok: true; readonly value: unknown } | Fault>;
}

/** An operation as the door sees it. `input` and `output` are there for schemas and tests. */
export interface Operation extends Declared {
  /** For a registered operation: the SHA-256 of its declaration, which its calls name in the record. */
  readonly hash?: string;
  /** For a registered operation: the JSON Schema that it was declared with. */
  readonly schema?: Readonly<Record<string, unknown>>;
  /** True while the code of a registered operation is not here; no call of it can be decoded. */
  readonly absent?: boolean;
  readonly input: z.ZodType;
  readonly output: z.ZodType;
  /** Awaited before its needs are asked for; absent where they need no knowledge of the machine. */
  readonly ready?: () => Promise<void>;
  /** Whether its calls have a prestate or a preview; without them no second look at the world is needed. */
  readonly prepares: boolean;
  decode(raw: unknown): Bound | Fault;
  /** The object version that a successful call showed to this process; undefined when none. */
  shows(raw: unknown, value: unknown, pid: number): ObjectRef | undefined;
  /** The value of a successful call as text for a model; undefined when JSON serves, or for a value of another shape. */
  told(value: unknown, raw: unknown): string | undefined;
  /** The value of a successful call as the record keeps it. */
  recorded(value: unknown, view: View): unknown;
}

/** A family of operations over one kind of resource. */
export interface Primitive {
  readonly kind: string;
  readonly operations: readonly Operation[];
  /** The kinds of questions that its operations ask, beside those that every kernel has. */
  readonly questions?: readonly OwnQuestionKind[];
  /** How each kind of handle that its calls open is ended. */
  readonly handles?: readonly HandleKind[];
}

/** One kind of handle. */
export interface HandleKind {
  readonly kind: string;
  /**
   * Ends the thing behind a handle; resolves when it has ended, with a few words on what was lost by that, if anything
   * was. An id that is unknown is no error. The thing may never have been started, or a run that was cut off may have
   * left it.
   */
  end(id: string, why: string): Promise<string | void>;
  /**
   * The call by which its process ends the thing and takes over what came of it. A person's stop makes this call for the
   * process, with `why`. Without it a person's stop is {@link HandleKind.end}.
   */
  takeOver?(id: string, pid: number, why: string): { readonly op: string; readonly args: unknown };
}

/** Makes an operation from its typed definition, so that the door needs neither generics nor casts. */
export function define<A, R, S = null>(spec: OperationSpec<A, R, S>): Operation {
  return {
    name: spec.name,
    summary: spec.summary,
    ...(spec.tool === undefined ? {} : { tool: spec.tool }),
    effect: spec.effect,
    idempotent: spec.idempotent,
    ...(spec.waits === undefined ? {} : { waits: spec.waits }),
    ...(spec.alone === undefined ? {} : { alone: spec.alone }),
    ...(spec.byPerson === undefined ? {} : { byPerson: spec.byPerson }),
    ...(spec.final === undefined ? {} : { final: spec.final }),
    ...(spec.deferred === undefined ? {} : { deferred: spec.deferred }),
    ...(spec.finds === undefined ? {} : { finds: spec.finds }),
    ...(spec.whole === undefined ? {} : { whole: spec.whole }),
    ...(spec.keeps === undefined ? {} : { keeps: spec.keeps }),
    ...(spec.repeats === undefined ? {} : { repeats: spec.repeats }),
    ...(spec.emitsValue === undefined ? {} : { emitsValue: spec.emitsValue }),
    ...(spec.names === undefined ? {} : { names: spec.names }),
    input: spec.input,
    output: spec.output,
    ...(spec.ready === undefined ? {} : { ready: () => spec.ready?.() ?? Promise.resolve() }),
    prepares: spec.prepare !== undefined,
    recorded(value, view) {
      const typed = spec.recorded === undefined ? undefined : spec.output.safeParse(value);
      return typed?.success === true ? spec.recorded?.(typed.data, view) : value;
    },
    shows: (raw, value, pid) => spec.shows && ofTyped(spec, raw, value, (a, v) => spec.shows?.(a, v, pid)),
    told: (value, raw) => spec.told && ofTyped(spec, raw, value, (a, v) => spec.told?.(v, a)),
    decode(raw) {
      const read = readArguments(spec, raw);
      return isFault(read) ? read : new Decoded(spec, read.args, read.given);
    },
  };
}

/** Gives arguments and value to `use` when both have the shapes of the operation. */
function ofTyped<A, R, S, T>(
  spec: OperationSpec<A, R, S>,
  raw: unknown,
  result: unknown,
  use: (args: A, value: R) => T,
): T | undefined {
  const read = readArguments(spec, raw);
  const value = spec.output.safeParse(result);
  return !isFault(read) && value.success ? use(read.args, value.data) : undefined;
}

class Decoded<A, R, S> implements Bound {
  readonly args: A;
  readonly given: unknown;
  readonly #spec: OperationSpec<A, R, S>;
  #state: S | undefined;

  constructor(spec: OperationSpec<A, R, S>, args: A, given: unknown) {
    this.#spec = spec;
    this.args = args;
    this.given = given;
  }

  cost(prestate: unknown): Usage {
    const cost = this.#spec.cost?.(this.args, prestate, this.#state) ?? { toolCalls: 1 };
    return { modelCalls: 0, toolCalls: 0, tokens: 0, activeSeconds: 0, ...cost };
  }

  effect(prestate: unknown): CallEffect {
    const { name, effect: most } = this.#spec;
    const effect = this.#spec.effectOf?.(this.args, prestate) ?? most;
    if (EFFECTS.indexOf(effect) > EFFECTS.indexOf(most))
      throw new Error(`a call of ${name} has the effect ${effect}, but the operation says ${most} at most`);
    return effect;
  }

  get content(): unknown {
    return this.#spec.content?.(this.args) ?? this.args;
  }

  needs(view: View): readonly Need[] | Fault {
    return this.#spec.needs(this.args, view);
  }

  delegates(view: View): readonly Listed[] | Fault {
    return this.#spec.delegates?.(this.args, view) ?? [];
  }

  async resolve(
    view: View,
    look: Grant,
    signal: AbortSignal,
  ): Promise<{ needs: readonly Need[]; link?: string } | Fault> {
    const found = await this.#spec.resolve?.(this.args, view, look, signal);
    if (found === undefined) return { needs: [] };
    if (isFault(found)) return found;
    this.#state = found.state;
    return found;
  }

  async prepare(view: View, look: Grant, signal: AbortSignal): Promise<Prepared | Fault | undefined> {
    return this.#spec.prepare?.(this.args, view, this.#state, look, signal);
  }

  async probe(prestate: unknown, view: View, noted?: OpenCall["noted"]): Promise<Probe> {
    const detail = `${this.#spec.name} cannot tell whether it happened`;
    return (await this.#spec.probe?.(this.args, prestate, view, noted)) ?? { state: "unknown", detail };
  }

  async invoke(
    on: Omit<Invocation<never>, "state">,
  ): Promise<{ readonly ok: true; readonly value: unknown } | Fault> {
    const value = await this.#spec.invoke(this.args, { ...on, state: this.#state });
    if (isFault(value)) return value;
    return { ok: true, value: this.#spec.output.parse(value) };
  }
}
