// What a record tells: the state it folds to, and the account of every family, as the command line prints it.
import { join } from "node:path";
import { boot } from "../../src/boot.ts";
import { createModels } from "../../src/host/node/models/providers.ts";
import { INIT, type ConversationEntry } from "../../src/kernel/state/rows.ts";
import { recordSourceOf, runJson } from "../../src/views/record/run.ts";
import { plainState } from "./plain.ts";

/** Reads the record of `place/app`, known to `place/home`, without writing to it. Paths of `place` are left out. */
export async function told(place: string): Promise<{ id: string; state: unknown; run: unknown }> {
  const root = join(place, "app");
  const where = { root, roots: [{ name: "app", path: root }], home: join(place, "home"), host: "stored" };
  const models = createModels({ scripted: true });
  const on = await boot({ ...where, mode: "view", policy: [], models, remembers: true });
  try {
    const { state } = on.kernel;
    const families = [...state.processes.values()].filter((p) => p.account === INIT).map((p) => p.pid);
    const run = runJson(recordSourceOf(on), families);
    const conversations = new Map<number, ConversationEntry[]>();
    for (const { pid, conversation } of state.processes.values())
      conversations.set(pid, await on.kernel.whole(conversation));
    return { id: on.opened.id, state: plainState(state, conversations), run };
  } finally {
    await on.close();
  }
}
