// The plan of a restore: for each file that changed since a checkpoint, whether it goes back, stays, or cannot.
import type { RestoreStep } from "../../abi/record/files.ts";
import { encodeName } from "../../abi/resource.ts";
import type { FilesNow, ListedFile } from "../ports.ts";
import { familyRoot } from "../state/account.ts";
import { INIT, type State } from "../state/rows.ts";
import { changesSince, type FileSince, type RestoreRow } from "./rows.ts";

/** The wish that a plan is made for. */
export interface Wish {
  /** The family whose changes go back, by the pid of its root; undefined for those of all agents. */
  readonly family: number | undefined;
  /** Only these files, and those in these folders. A conflict goes back, too, if it is named itself. */
  readonly only: readonly string[];
}

const CONTENT = /^[0-9a-f]{64}$/u;
const FOLDER = /^folder:([0-9a-f]{64})$/u;

/**
 * Plans to go back to a checkpoint; undefined when there is none. One that an agent took, or that precedes its turn, is
 * about the changes of its family; one of a person is about those of all agents.
 */
export async function planFor(
  state: Readonly<State>,
  id: string,
  only: readonly string[],
  now: FilesNow,
): Promise<RestoreStep[] | undefined> {
  const checkpoint = state.checkpoints.get(id);
  const changes = changesSince(state, id);
  if (checkpoint === undefined || changes === undefined) return undefined;
  const { pid } = checkpoint;
  const family = pid === INIT ? undefined : (familyRoot(state, pid)?.pid ?? pid);
  return planRestore(changes.files.values(), { family, only }, now);
}

/** Plans to go back over these changes, which are in the order of their first ones. */
export async function planRestore(
  changes: Iterable<FileSince>,
  wish: Wish,
  now: FilesNow,
): Promise<RestoreStep[]> {
  const files = await filesOf(changes, now);
  const steps: RestoreStep[] = [];
  for (const change of [...files.values()].sort(byResource)) {
    const named = wish.only.includes(change.resource);
    const wanted = named || wish.only.some((folder) => change.resource.startsWith(`${folder}/`));
    if (wish.only.length > 0 && !wanted) continue;
    steps.push(await stepOf(change, { ...wish, named }, now));
  }
  return steps;
}

/** Plans to take a restore back: each file that it changed, if nobody changed it since. */
export async function planUndo({ files }: RestoreRow, now: FilesNow): Promise<RestoreStep[]> {
  const steps: RestoreStep[] = [];
  for (const step of files.filter(isChange)) {
    const { resource, from, to, ran, executable } = step;
    const change = { resource, pre: from, post: to, first: 0, last: 0, by: [] };
    const runs = {
      ...(ran === true ? { ran } : {}),
      ...(executable === true ? { runs: true as const } : {}),
    };
    steps.push(await stepOf({ ...change, ...runs }, { family: undefined, only: [], named: false }, now));
  }
  return steps;
}

/** True for a step that changes its file. */
export function isChange({ outcome }: Pick<RestoreStep, "outcome">): boolean {
  return outcome === "restored" || outcome === "removed";
}

function byResource(a: FileSince, b: FileSince): number {
  return a.resource < b.resource ? -1 : 1;
}

/** The changes of files alone: a folder that went or came stands for the files in it. */
async function filesOf(changes: Iterable<FileSince>, now: FilesNow): Promise<Map<string, FileSince>> {
  const found = new Map<string, FileSince>();
  for (const change of changes) {
    const [left, came] = [await listOf(change.pre, now), await listOf(change.post, now)];
    const isFolder = [change.pre, change.post].some((mark) => mark === "folder" || FOLDER.test(mark));
    // A folder without files is no file. One whose list is missing is told, because it cannot be brought back.
    const unknown =
      [change.pre, change.post].some((mark) => FOLDER.test(mark)) && (left ?? came) === undefined;
    if (!isFolder || unknown) put(found, change);
    for (const { segments, sha256, runs } of left ?? [])
      put(found, {
        ...insideOf(change, segments),
        pre: sha256,
        post: "absent",
        ...(runs ? { ran: true } : {}),
      });
    for (const { segments, sha256, runs } of came ?? [])
      put(found, {
        ...insideOf(change, segments),
        pre: "absent",
        post: sha256,
        ...(runs ? { runs: true } : {}),
      });
  }
  return found;
}

async function listOf(mark: string, now: FilesNow): Promise<readonly ListedFile[] | undefined> {
  const [, digest] = FOLDER.exec(mark) ?? [];
  return digest === undefined ? undefined : now.files(digest);
}

function insideOf({ resource, first, last, by, mixed }: FileSince, segments: readonly string[]) {
  const inside = [resource, ...segments.map((name) => encodeName(name))].join("/");
  return { resource: inside, first, last, by, ...(mixed === undefined ? {} : { mixed }) };
}

/** Joins two changes of one file by their order: the first tells what was there, the last what is expected now. */
function put(found: Map<string, FileSince>, change: FileSince): void {
  const other = found.get(change.resource);
  if (other === undefined) {
    found.set(change.resource, change);
    return;
  }
  const [early, late] = [other, change].sort((a, b) => a.first - b.first);
  const [, newest] = [other, change].sort((a, b) => a.last - b.last);
  if (early === undefined || late === undefined || newest === undefined) return;
  const mixed =
    other.mixed === true || change.mixed === true || (early.last < late.first && early.post !== late.pre);
  found.set(change.resource, {
    ...{
      resource: change.resource,
      pre: early.pre,
      post: newest.post,
      first: early.first,
      last: newest.last,
    },
    by: [...new Set([...other.by, ...change.by])],
    ...(early.ran === undefined ? {} : { ran: early.ran }),
    ...(newest.runs === undefined ? {} : { runs: newest.runs }),
    ...(mixed ? { mixed } : {}),
  });
}

/** The step of one file. `named` is true when a person named it, so that work of others goes, too. */
async function stepOf(
  change: FileSince,
  { family, named }: Wish & { readonly named: boolean },
  now: FilesNow,
): Promise<RestoreStep> {
  const { resource, pre: to, post, ran, runs } = change;
  const found = await now.at(resource);
  const from = found.mark;
  const executable = to === "absent" ? undefined : ran === true ? true : runs === true ? false : undefined;
  const step = {
    ...{ resource, from, to },
    ...(executable === undefined ? {} : { executable }),
    ...(found.runs ? { ran: true as const } : {}),
  };
  if (from === to && (executable === undefined || executable === found.runs))
    return { ...step, outcome: "equal" };
  if (to !== "absent" && !CONTENT.test(to)) return { ...step, outcome: "gone", why: "kind" };
  if (from !== "absent" && !CONTENT.test(from)) return { ...step, outcome: "conflict", why: "kind" };
  if (found.large) return { ...step, outcome: "conflict", why: "large" };
  const others = family === undefined ? [] : change.by.filter((pid) => pid !== family);
  if (!named && from !== post) return { ...step, outcome: "conflict", why: "changed" };
  if (!named && change.mixed === true) return { ...step, outcome: "conflict", why: "between" };
  if (!named && others.length > 0) return { ...step, outcome: "conflict", why: "others", by: others };
  if (to === "absent") return { ...step, outcome: "removed" };
  return { ...step, outcome: (await now.copied(to)) ? "restored" : "gone" };
}
