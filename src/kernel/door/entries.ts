// Entries: how each single thing of a call that acts on many is decided, while the call runs.
import type { Need } from "../../abi/resource.ts";
import { nowOf, type Core } from "../core.ts";
import { decide } from "../authority/decide.ts";

/** How one entry of a recursive read is decided. Nothing is spent on entries, so no count holds but for their names. */
export function entriesOf(core: Core, holder: number): (need: Need, named?: boolean) => boolean {
  const at = nowOf(core);
  const { state } = core;
  const table = state.capabilities;
  return (need, named = false) => {
    const { policy } = state;
    return decide({ needs: [need], holder, table, policy, at, uncounted: !named }).kind === "allow";
  };
}
