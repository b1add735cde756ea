// Witnesses: objects that prove who is calling and what was authorised. Only the kernel can make one. A literal,
// a cast or a copy is refused at run time, because the kernel did not make it.
import type { Need, Right } from "../abi/resource.ts";
import type { Authority } from "./authority/authority.ts";

const callers = new WeakSet<object>();
const persons = new WeakSet<object>();

/**
 * Proves that its holder is the loop of one process, or acts for one running call of it. Its pid is a label, not the
 * authority. A caller that acts for a call is worth nothing once that call has ended.
 */
export class Caller {
  readonly #pid: number;
  readonly #acts: (() => boolean) | undefined;
  constructor(pid: number, acts: (() => boolean) | undefined, seal: Seal) {
    if (seal !== SEAL) throw new TypeError("only the kernel makes a Caller");
    this.#pid = pid;
    this.#acts = acts;
    callers.add(this);
  }
  get pid(): number {
    return this.#pid;
  }
  /** True for the loop of a process, which acts for all of it. */
  get whole(): boolean {
    return this.#acts === undefined;
  }
  /** False once the call that it acts for has ended. */
  get live(): boolean {
    return this.#acts?.() ?? true;
  }
}

/** Proves that a person is acting, or, marked as `launcher`, the command line's rule in their place. */
export class Person {
  readonly #as: "person" | "launcher";
  constructor(as: "person" | "launcher", seal: Seal) {
    if (seal !== SEAL) throw new TypeError("only boot makes a Person");
    this.#as = as;
    persons.add(this);
  }
  get as(): "person" | "launcher" {
    return this.#as;
  }
}

/**
 * Proves that *this* call was authorised. A `look` grant may only read what a preview needs; a `full` grant may carry
 * out the effect. It expires with its call. Backends must call `permits` with the real name at the place of the effect.
 */
export class Grant {
  readonly #mode: "look" | "full";
  readonly #call: string;
  readonly #authority: Authority;
  readonly #needs: readonly Need[];
  readonly #entry: (need: Need, named: boolean) => boolean;
  #live = false;
  constructor(
    init: {
      mode: "look" | "full";
      call: string;
      authority: Authority;
      needs: readonly Need[];
      entry: (need: Need, named: boolean) => boolean;
    },
    seal: Seal,
  ) {
    if (seal !== SEAL) throw new TypeError("only the door makes a Grant");
    this.#mode = init.mode;
    this.#call = init.call;
    this.#authority = init.authority;
    this.#needs = init.needs;
    this.#entry = init.entry;
    this.#live = true;
    // An own property could shadow `permits` on a live grant.
    Object.freeze(this);
  }
  /** True for an unexpired grant of this constructor: nothing else has its private fields. */
  static isLive(value: object): value is Grant {
    return #live in value && value.#live;
  }
  get mode(): "look" | "full" {
    return this.#mode;
  }
  get call(): string {
    return this.#call;
  }
  /** Whose authority the call acts under; what an operation passes on or re-judges is judged by this. */
  get authority(): Authority {
    return this.#authority;
  }
  get pid(): number {
    return this.#authority.holder;
  }
  get live(): boolean {
    return this.#live;
  }
  /** True when exactly this right on exactly this resource was decided for this call, and the call still runs. */
  permits(right: Right, resource: string): boolean {
    return this.#live && this.#needs.some((n) => n.right === right && n.resource === resource);
  }
  /** Decides one entry of a recursive read: true only when it is allowed without asking and without counted uses. */
  entry(right: Right, resource: string): boolean {
    return this.#live && this.#entry({ right, resource }, false);
  }
  /** The same for an entry that is only named: naming it spends no counted use. */
  names(right: Right, resource: string): boolean {
    return this.#live && this.#entry({ right, resource }, true);
  }
  /** Ends the grant; the door calls it when the call ends. */
  expire(): void {
    this.#live = false;
  }
}

/** The type of the private token that constructors demand. */
type Seal = typeof SEAL;
const SEAL: unique symbol = Symbol("seal");

/** Makes witnesses. Only `kernel/` and `boot.ts` may import it; the tidy test enforces that. */
export const mint = {
  /** `acts` is given for a caller that acts for a call: it says whether that call still runs. */
  caller: (pid: number, acts?: () => boolean): Caller => new Caller(pid, acts, SEAL),
  person: (as: "person" | "launcher"): Person => new Person(as, SEAL),
  grant: (init: ConstructorParameters<typeof Grant>[0]): Grant => new Grant(init, SEAL),
};

/** True for a caller that the kernel made, and that has not ended with its call. */
export function isCaller(value: unknown): value is Caller {
  return typeof value === "object" && value !== null && callers.has(value) && (value as Caller).live;
}

/** True for a caller that is the loop of a process. A call has no say about the turns of its process. */
export function isLoop(value: unknown): value is Caller {
  return isCaller(value) && value.whole;
}

/** True for an unexpired grant that the door made. Backends call this first. */
export function isLiveGrant(value: unknown): value is Grant {
  return typeof value === "object" && value !== null && Grant.isLive(value);
}

/** True for a person witness that boot made. */
export function isPerson(value: unknown): value is Person {
  return typeof value === "object" && value !== null && persons.has(value);
}
