// Boots: the state of a process as an image holds it, so that others can begin with it.
import type { Boot } from "../../abi/image.ts";
import type { CallResult, ConversationEntry, Process, State } from "../state/rows.ts";

/** The boot of a process: so many entries of its conversation, and the newest versions of its objects. */
export function bootOf(
  past: Readonly<State>,
  { pid, conversation }: Process,
  { checkpoint, entries }: { readonly checkpoint: string; readonly entries: number },
): Boot {
  const objects = [...(past.objects.get(`p${pid}`)?.values() ?? [])].flatMap(({ name, versions }) => {
    const newest = versions.at(-1);
    return newest === undefined
      ? []
      : [{ name, version: newest.version, type: newest.type, value: newest.value }];
  });
  return { pid, checkpoint, conversation: conversation.slice(0, entries).map(written), objects };
}

function written(entry: ConversationEntry): Boot["conversation"][number] {
  if (entry.role === "user") return entry;
  const { role, pid, turn, answer } = entry;
  const results = [...entry.results].map(([index, result]) => {
    if (result.ok) return { index, value: result.value ?? null };
    const { code, message, hint } = result;
    return { index, value: null, error: { code, message, hint } };
  });
  return { role, pid, turn, answer, results };
}

/** The entries that a process of the image begins with. They are read as recorded: no secret is in them. */
export function entriesOfBoot({ conversation }: Boot): ConversationEntry[] {
  return conversation.map((entry): ConversationEntry => {
    if (entry.role === "user") return entry;
    const results = entry.results.map(({ index, value, error }): [number, CallResult] => [
      index,
      error === undefined ? { ok: true, value } : { ok: false, ...error },
    ]);
    return { ...entry, results: new Map(results), recorded: true };
  });
}
