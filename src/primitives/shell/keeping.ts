// Keeping: a person takes files that git ignores, as the commands of an agent left them, over into the workspace.
import { isFault, type Fault, type Result } from "../../abi/errors.ts";
import type { State } from "../../kernel/state/rows.ts";
import type { Person } from "../../kernel/witness.ts";
import type { KeptBackend, KeptGroup } from "./backend.ts";
import { applyChanges, pathOfResource, type ToldChange } from "./changes.ts";

/** The part of a kernel that takes orders. */
interface Orders {
  readonly state: Pick<State, "roots">;
  order(person: Person, name: string, args: unknown): Promise<Result<unknown>>;
}

/** So many orders are under way at once. */
const AT_ONCE = 16;

/** Takes kept files over. Each file is an order of the person, so each is on record, and can be undone. */
export class KeptFiles {
  readonly #kernel: Orders;
  readonly #person: Person;
  readonly #backend: KeptBackend;

  constructor(kernel: Orders, person: Person, backend: KeptBackend) {
    this.#kernel = kernel;
    this.#person = person;
    this.#backend = backend;
  }

  groups(pid: number): Promise<readonly KeptGroup[] | Fault> {
    return this.#backend.groups(pid, this.#kernel.state.roots);
  }

  /** Takes over everything at these names that nobody changed since; tells what came of each. */
  async take(pid: number, names: readonly string[]): Promise<readonly ToldChange[] | Fault> {
    const { roots } = this.#kernel.state;
    const changes = await this.#backend.changes(pid, roots, names);
    if (isFault(changes)) return changes;
    const told = await applyChanges(changes, { sub: this.#inTurns() });
    const whole = names.filter((name) => {
      const path = pathOfResource(name);
      const inside = told.filter((each) => each.path === path || each.path.startsWith(`${path}/`));
      return inside.every(({ outcome }) => outcome === "applied");
    });
    await this.#backend.taken(pid, roots, whole);
    return told;
  }

  /** Gives orders, few at once: each listens to every record as long as it is under way. */
  #inTurns(): (name: string, args: unknown) => Promise<Result<unknown>> {
    const lanes: Promise<unknown>[] = Array.from({ length: AT_ONCE }, () => Promise.resolve());
    let next = 0;
    return (name, args) => {
      const lane = (next += 1) % AT_ONCE;
      const given = lanes[lane]?.then(() => this.#kernel.order(this.#person, name, args));
      const order = given ?? this.#kernel.order(this.#person, name, args);
      lanes[lane] = order.catch(() => undefined);
      return order;
    };
  }
}
