// Finishing: after a crash, the restores that a person ordered go on by the plan in the record.
import type { Result } from "../../abi/errors.ts";
import { INIT, type State } from "../../kernel/state/rows.ts";
import type { Person } from "../../kernel/witness.ts";

/** The part of a kernel that takes orders. */
interface Orders {
  readonly state: Readonly<State>;
  order(person: Person, name: string, args: unknown): Promise<Result<unknown>>;
}

/** Goes on with what a person ordered. A restore of an agent goes on with its call. */
export async function finishRestores(kernel: Orders, person: Person): Promise<void> {
  for (const { id, pid, done } of kernel.state.restores)
    if (pid === INIT && !done) await kernel.order(person, "checkpoint.finish", { restore: id });
}
