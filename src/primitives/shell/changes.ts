// Changes of a command: each file that really differs becomes a call of its own, judged like any edit of its process.
import { isFault, type Fault, type Result } from "../../abi/errors.ts";
import { fsSegments } from "../../abi/resource.ts";
import type { Invocation } from "../../kernel/operation.ts";
import type { ChangeProblem, LayerChange } from "./backend.ts";

/** The fate of one change; `kept` is ignored by git and stays in the layer. */
export type ChangeOutcome = "applied" | "refused" | "denied" | "conflict" | "kept";

/** One change as the result of a command tells it. */
export interface ToldChange {
  readonly path: string;
  readonly change: LayerChange["change"];
  readonly outcome: ChangeOutcome;
  /** Why it was not applied. */
  readonly why?: string;
}

/** The reason, in words, why a difference is told and not applied. */
const PROBLEMS: Readonly<Record<ChangeProblem, string>> = {
  conflict: "somebody else changed it while the command ran",
  hidden: "the command could not see what is there",
  special: "it is a pipe, a socket or a device",
  "set-id": "it would run with the rights of its owner",
  link: "it is a link that leads out of its workspace folder",
  kind: "something of another kind is there",
  name: "its name is not valid text",
  "not-empty": "something that the command did not see is in it",
  large: "what is there is too large to be compared",
};
const LINK = "links are not made";

/** The path of an `fs:` resource as models write it. */
export function pathOfResource(resource: string): string {
  return fsSegments(resource).join("/");
}

/** A call that carries out one or several changes. */
interface Carrying {
  readonly op: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly about: readonly LayerChange[];
}

/**
 * Carries out the changes of a command, all at once, so that a person is asked about them together. Each is decided by
 * itself. The order is the same for the same changes, as calls that run again after a crash must be.
 */
export async function applyChanges(
  changes: readonly LayerChange[],
  on: Pick<Invocation<unknown>, "sub">,
): Promise<ToldChange[]> {
  const came = new Map<LayerChange, Pick<ToldChange, "outcome" | "why">>();
  for (const change of changes) {
    const { problem, kind } = change;
    if (problem !== undefined)
      came.set(change, { outcome: problem === "conflict" ? "conflict" : "denied", why: PROBLEMS[problem] });
    else if (kind === "link" && change.change !== "deleted")
      came.set(change, { outcome: "denied", why: LINK });
  }
  const carried = carryingOf(changes, (change) => came.has(change));
  await Promise.all(
    carried.map(async ({ op, args, about }) => {
      const outcome = outcomeOf(await on.sub(op, args));
      for (const change of about) came.set(change, outcome);
    }),
  );
  return changes.map((change) => ({
    ...{ path: pathOfResource(change.resource), change: change.change },
    ...(came.get(change) ?? { outcome: "applied" as const }),
  }));
}

/**
 * The calls for these changes. A folder that is gone with all that was in it goes in one call. A folder that a new file
 * lies in is made with that file.
 */
function carryingOf(
  changes: readonly LayerChange[],
  isTold: (change: LayerChange) => boolean,
): readonly Carrying[] {
  const told = changes.filter(isTold);
  const inside = (folder: string, { resource }: LayerChange): boolean => resource.startsWith(`${folder}/`);
  const gone = changes.filter(
    (c) =>
      c.kind === "folder" && c.change === "deleted" && !isTold(c) && !told.some((t) => inside(c.resource, t)),
  );
  const outermost = gone.filter((c) => !gone.some((other) => inside(other.resource, c)));
  const calls: Carrying[] = [];
  for (const change of changes) {
    const { resource, kind, pre, post, executable } = change;
    const path = pathOfResource(resource);
    if (isTold(change) || outermost.some((folder) => inside(folder.resource, change))) continue;
    if (outermost.includes(change)) {
      const about = changes.filter((each) => each === change || inside(resource, each));
      calls.push({ op: "fs.delete", args: { path, recursive: true }, about });
    } else if (change.change === "deleted") {
      // A folder of which something stays cannot go.
      const about = [change];
      if (kind === "link") calls.push({ op: "fs.delete", args: { path }, about });
      else if (kind !== "folder")
        calls.push({ op: "fs.put", args: { path, from: pre, to: "absent" }, about });
    } else if (kind === "folder") {
      const filled = changes.some((each) => inside(resource, each) && !isTold(each));
      if (change.change === "created" && !filled)
        calls.push({ op: "fs.mkdir", args: { path }, about: [change] });
    } else {
      const args = { path, from: pre ?? "absent", to: post, executable };
      calls.push({ op: "fs.put", args, about: [change] });
    }
  }
  return calls;
}

const REFUSED: readonly string[] = ["ECANCELED", "ETIMEDOUT"];
const DENIED: readonly string[] = ["ENOTCAPABLE", "EACCES", "EDQUOT", "EBUSY", "EINTR"];

function outcomeOf(result: Result<unknown>): Pick<ToldChange, "outcome" | "why"> {
  if (!isFault(result)) return { outcome: "applied" };
  return { outcome: wordOf(result), why: result.message };
}

function wordOf({ code }: Fault): ChangeOutcome {
  if (REFUSED.includes(code)) return "refused";
  return DENIED.includes(code) ? "denied" : "conflict";
}
