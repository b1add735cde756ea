// The folded state as plain data, in the shape that the stored expectations were written in by 1b7a234.
import type { ConversationEntry, Process, State } from "../../src/kernel/state/rows.ts";

/**
 * Maps and sets become lists sorted by their keys, and what is undefined is left out. When a part of the state takes
 * another shape, it is translated here, so that the stored expectations stay as they are. `conversations` are whole: the
 * state lets go of the texts of agents that have ended.
 */
export function plainState(
  state: Readonly<State>,
  conversations: ReadonlyMap<number, readonly ConversationEntry[]>,
): unknown {
  const { seq, time, roots, policy, policyProblem, processes, capabilities, questions, decided, open } =
    state;
  const { objects, images, registered, nextPid, nextCapability, nextQuestion, nextMessage } = state;
  const held = [...capabilities.all()]
    .map(({ cap, key, folder, left, revoked }) => ({ cap, key, folder, left, revoked }))
    .sort((a, b) => Number(a.cap.id.slice(1)) - Number(b.cap.id.slice(1)));
  const known = new Map(
    [...processes].map(([pid, process]) => [
      pid,
      { ...withoutTurns(process), conversation: (conversations.get(pid) ?? []).map(withoutPlaces) },
    ]),
  );
  return plain({
    ...{
      seq,
      time,
      roots,
      policy,
      policyProblem,
      processes: known,
      capabilities: held,
      questions,
      decided,
      open,
    },
    ...{ objects, images, registered, nextPid, nextCapability, nextQuestion, nextMessage },
  });
}

/**
 * A process without what 1b7a234 did not note: the turn of a repetition, the tools it called, its living children, and
 * the turns before whose changes there is a checkpoint.
 */
function withoutTurns({ repeats, tools: _, living: __, marks: ___, ...process }: Process): object {
  if (repeats === undefined) return process;
  return {
    ...process,
    repeats: new Map([...repeats].map(([digest, { result, times }]) => [digest, { result, times }])),
  };
}

/** An entry of a conversation without the places of its texts in the record, which 1b7a234 did not note. */
function withoutPlaces(entry: ConversationEntry): object {
  if (entry.role !== "turn") return entry;
  const { at: _, results, ...turn } = entry;
  return {
    ...turn,
    results: new Map(
      [...results].map(([index, result]) => [index, result.ok ? { ok: true, value: result.value } : result]),
    ),
  };
}

function plain(value: unknown): unknown {
  if (value instanceof Map) {
    const entries = [...(value as ReadonlyMap<unknown, unknown>)];
    return entries.map(([k, v]) => [k, plain(v)]).sort(byKey);
  }
  if (value instanceof Set) return [...value].map((item: unknown) => plain(item)).sort();
  if (Array.isArray(value)) return value.map((item: unknown) => plain(item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, v]) => v !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => [k, plain(v)]),
  );
}

function byKey(a: readonly unknown[], b: readonly unknown[]): number {
  const [left, right] = [a[0], b[0]];
  if (typeof left === "number" && typeof right === "number") return left - right;
  return String(left) < String(right) ? -1 : 1;
}
