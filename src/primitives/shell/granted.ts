// Granted: a grant to run a program outside a layer covers the workspace as it was when a person gave it.
import type { Capability } from "../../abi/capability.ts";
import type { SaidReason } from "../../abi/kind.ts";
import { quotedName } from "../../abi/quoted.ts";
import type { CallAsk } from "../../abi/question.ts";
import type { Need } from "../../abi/resource.ts";
import type { State } from "../../kernel/state/rows.ts";
import type { Written } from "../../kernel/state/roots.ts";
import { pathOfResource } from "./changes.ts";
import { shellReason } from "./kind.ts";
import { ANY_PROGRAM } from "./reading/needs.ts";

/** The part of the state that grants are judged by. */
export type GrantState = Pick<State, "capabilities" | "roots" | "time" | "written">;

/** How many files the reason names. */
const NAMED = 5;

/**
 * Asks again for a granted program outside a layer once an agent has changed any file since. Nobody can tell which files
 * a program runs: the scripts of `package.json`, what these import, configuration, a program in `node_modules/.bin`. So
 * every file counts. A grant of every program is no narrower than what an agent writes, and stays as it is. A program
 * that is not granted is asked for anyway.
 */
export function asksOfGranted(
  needs: readonly Need[],
  pid: number,
  state: GrantState,
): { readonly asks: readonly CallAsk[]; readonly changed: readonly Written[] } {
  const now = Date.parse(state.time);
  const placeOf = (folder: string): string | undefined => state.roots.find((r) => r.name === folder)?.path;
  const asks: CallAsk[] = [];
  let changed: readonly Written[] = [];
  for (const need of needs) {
    if (need.right !== "direct") continue;
    const grants = state.capabilities
      .allows(pid, need, { now, placeOf })
      .filter(({ cap }) => cap.boundTo === undefined);
    if (grants.length === 0 || grants.some(({ cap }) => cap.resource === ANY_PROGRAM)) continue;
    const since = state.written.filter(({ next }) =>
      grants.every(({ cap }) => numberOfGrant(cap, state) < next),
    );
    if (since.length === 0) continue;
    if (since.length > changed.length) changed = since;
    asks.push({ id: "changed", need, ...reasonOf(since), once: true, secret: false });
  }
  return { asks, changed };
}

/**
 * The number of the grant that a capability was passed on from: passing it on makes it no younger. One whose origin is
 * not known any more counts as the oldest.
 */
function numberOfGrant({ id, parent }: Capability, { capabilities }: Pick<State, "capabilities">): number {
  if (parent === undefined) return Number(/\d+$/u.exec(id)?.[0] ?? 0);
  const from = capabilities.get(parent);
  return from === undefined ? 0 : numberOfGrant(from.cap, { capabilities });
}

function reasonOf(changed: readonly Written[]): SaidReason {
  const named = changed.slice(-NAMED).map(({ resource }) => quotedName(pathOfResource(resource)));
  return shellReason(changed.length > NAMED ? "changedMore" : "changed", named.join(", "));
}
