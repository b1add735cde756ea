// Secret files at the door: what the record keeps of a call that touches one, and how the values in it are learned.
import { fault, isFault, type Fault } from "../../abi/errors.ts";
import { withoutOpaque, type ModelAnswer, type ModelCall } from "../../abi/model.ts";
import type { Kinds } from "../../abi/kind.ts";
import { recordedNeed } from "../../abi/question.ts";
import type { Need } from "../../abi/resource.ts";
import type { Call } from "../call.ts";
import type { Core } from "../core.ts";
import type { Operation, View } from "../operation.ts";
import type { OperationTable } from "../operations/table.ts";
import { secretValues } from "../record/learn.ts";
import { SECRET } from "../record/redact.ts";
import type { State } from "../state/rows.ts";

/** The parts of the state that tell what is secret. */
type Known = Pick<State, "kinds" | "roots">;

/** True when one of the needs reads or changes something that usually holds secrets. */
export function touchesSecret(needs: readonly Need[], { kinds, roots }: Known): boolean {
  return needs.some((need) => kinds.isSecret(need, roots));
}

/**
 * The arguments of a call as the record keeps them. A call on a secret file keeps those that only name things. A path
 * that leads nowhere counts by its text. Before the needs are known, any text may be the path of a secret file.
 */
export function recordedArgs(
  { args, needs, op }: Pick<Call, "args" | "needs" | "op">,
  known: Known,
): unknown {
  const names = op?.names ?? [];
  const named = needs.length === 0 ? args : names.map((name) => fieldOf(args, name));
  return touchesSecret(needs, known) || namesSecret(named, known.kinds) ? withoutTexts(args, names) : args;
}

/** The needs of a call as the record keeps them, without words. */
export function recordedNeeds({ needs }: Pick<Call, "needs">): ReturnType<typeof recordedNeed>[] {
  return needs.map(recordedNeed);
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

const MOST_PARTS = 1000;
/** A shorter text is no secret, and a call that has no other goes on after a restart. */
const SHORTEST = 4;

/** The value with {@link SECRET} in the place of each text, but for the fields of these names. */
function withoutTexts(value: unknown, names: readonly string[], seen = new Set<object>()): unknown {
  if (typeof value === "string") return value.length < SHORTEST ? value : SECRET;
  if (typeof value !== "object" || value === null) return value;
  // A value that contains itself, or has very many parts, is left out as a whole.
  if (seen.has(value) || seen.size >= MOST_PARTS) return SECRET;
  seen.add(value);
  if (Array.isArray(value)) return value.map((item: unknown) => withoutTexts(item, [], seen));
  const fields = Object.entries(value as Readonly<Record<string, unknown>>);
  return Object.fromEntries(
    fields.map(([key, item]) => [key, names.includes(key) ? item : withoutTexts(item, [], seen)]),
  );
}

/** True when a text in the value could name something secret. */
function namesSecret(value: unknown, kinds: Kinds): boolean {
  const open = [value];
  const seen = new Set<unknown>();
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next === "string" && kinds.all.some((kind) => kind.mayNameSecret?.(next) === true))
      return true;
    if (typeof next !== "object" || next === null || seen.has(next)) continue;
    seen.add(next);
    for (const item of Object.values(next)) open.push(item);
  }
  return false;
}

/**
 * The value of a call as the record keeps it. If a read file holds secrets, the record keeps the shape of the answer.
 * Of its text it keeps only the requested names.
 */
export function recordedValue(
  { op, needs }: Pick<Call, "needs" | "op">,
  value: unknown,
  known: Known,
): unknown {
  if (op?.effect !== "read" || !touchesSecret(needs, known)) return value;
  const names = new Set(needs.map((n) => n.resource));
  const blank = (_: string, v: unknown): unknown => (typeof v === "string" && !names.has(v) ? SECRET : v);
  return JSON.parse(JSON.stringify(value, blank));
}

/** After so many changes of the directory in one answer, no text of a later call is kept. */
const MOST_FOLDERS = 16;

/**
 * The answer of a model as the record keeps it. It is recorded before its calls are judged, so those that touch a secret
 * file lose their texts here. A call that runs alone may change the directory; later paths are judged in each.
 */
export function recordedAnswer(
  { operations, state: { kinds } }: { readonly operations: OperationTable; readonly state: Readonly<State> },
  answer: ModelAnswer,
  view: View,
): ModelAnswer {
  const folders = new Set([view.cwd]);
  let changed = false;
  const calls = answer.calls.map((call): ModelCall => {
    const op = operations.tool(call.tool, view.pid);
    const needs = [...folders].flatMap((cwd) => needsOf(op, call.args, { ...view, cwd }));
    if (op?.alone === true) for (const need of needs) if (kinds.lists(need)) folders.add(need.resource);
    const args =
      folders.size > MOST_FOLDERS
        ? withoutTexts(call.args, [])
        : recordedArgs({ args: call.args, needs, op }, { kinds, roots: view.roots });
    changed ||= args !== call.args;
    return args === call.args ? call : { ...call, args };
  });
  // An opaque field may repeat the arguments, so it goes with them.
  return changed ? withoutOpaque({ ...answer, calls }) : answer;
}

function needsOf(op: Operation | undefined, args: unknown, view: View): readonly Need[] {
  const bound = op?.decode(args);
  const needs = bound === undefined || isFault(bound) ? [] : bound.needs(view);
  return isFault(needs) ? [] : needs;
}

/**
 * Keeps the values in the text of a file out of every later record, if the call touches a secret file. EIO when they
 * cannot be stored; then nobody may see the text.
 */
export async function learnText(
  core: Core,
  call: Call,
  resource: string,
  text: string,
): Promise<Fault | undefined> {
  if (!touchesSecret(call.needs, core.state)) return undefined;
  const name = resource.slice(resource.lastIndexOf("/") + 1);
  try {
    await core.journal.learn(secretValues({ name, text }, core.state.roots));
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return fault(
      "EIO",
      `The values in ${resource} cannot be kept out of the record: ${why}`,
      "Mend the disk.",
    );
  }
}
