// All tries on every operation of the table; the end of the process comes last.
import { BUILT_IN, FILED } from "./world.ts";
import { AUTHORITY_TRIES } from "./tries/authority.ts";
import { BOX_TRIES } from "./tries/boxes.ts";
import { CHECKPOINT_TRIES } from "./tries/checkpoints.ts";
import { COMMAND_TRIES } from "./tries/commands.ts";
import { FAMILY_TRIES } from "./tries/family.ts";
import { GIT_TRIES } from "./tries/git.ts";
import { FILE_TRIES } from "./tries/files.ts";
import { OBJECT_TRIES } from "./tries/objects.ts";
import { need, OK, said, type Make } from "./try.ts";

const others: Make[] = [
  (m, me) => ({
    ...{ op: "object.list", args: {}, needs: [] },
    does() {
      const shows = m.readable(me.pid).map((ref) => {
        const [namespace, name] = ref.split("/");
        return JSON.stringify({ namespace, name }).slice(1, -1);
      });
      return { code: "ok", shows, only: /"namespace":"[^"]+","name":"[^"]+"/gu };
    },
  }),
  ...["made", "made", "few", FILED, "odd"].map((name, at): Make => (m, me) => ({
    op: "image.register",
    args: {
      name,
      prompt: `${at} by ${me.pid}`,
      tools: name === "odd" ? ["run_all"] : ["read_file", "spawn_agent"],
    },
    needs: [need("register", `image:/${name}`)],
    wrong: name === "odd" ? "EINVAL" : undefined,
    finds: () =>
      BUILT_IN.includes(name) || (name === FILED && !m.images.has(name))
        ? "EEXIST"
        : m.images.has(name)
          ? [need("replace", `image:/${name}`)]
          : [],
    does() {
      m.images.set(name, (m.images.get(name) ?? 0) + 1);
      return OK;
    },
  })),
  ...["test/one", "test/two"].map((model): Make => (m, me) => ({
    ...{ op: "model.call", args: { model, pid: me.pid, turn: 0 }, needs: [need("call", `model:/${model}`)] },
    does() {
      m.thoughts.push(`${me.pid}:${model}`);
      return OK;
    },
  })),
  (_, me) => ({
    ...{ op: "model.call", args: { model: "test/one", pid: me.pid + 1, turn: 0 }, needs: [] },
    ...{ wrong: "EINVAL", does: () => OK },
  }),
  (m) => ({
    ...{ op: "human.ask", args: { question: "Well?" }, needs: [need("ask", "human:/ask")] },
    does: () => (m.says === "no" ? said("ECANCELED") : OK),
  }),
  () => ({
    op: "human.tell",
    args: { message: "Hear." },
    needs: [need("ask", "human:/ask")],
    does: () => OK,
  }),
  () => ({ op: "tools.find", args: { query: "link" }, needs: [], does: () => OK }),
  () => ({ op: "clock.sleep", args: { seconds: 0 }, needs: [need("sleep", "clock:/sleep")], does: () => OK }),
];

/** The last thing that anybody does. */
const LAST: Make = (m, me) => ({
  ...{ op: "process.exit", args: { result: `result-of-${me.pid}` }, needs: [] },
  does() {
    m.exit(me.pid, `result-of-${me.pid}`);
    return OK;
  },
});

export const TRIES: readonly Make[] = [
  ...[
    ...FILE_TRIES,
    ...FAMILY_TRIES,
    ...AUTHORITY_TRIES,
    ...OBJECT_TRIES,
    ...BOX_TRIES,
    ...COMMAND_TRIES,
    ...GIT_TRIES,
    ...CHECKPOINT_TRIES,
    ...others,
    LAST,
  ],
];
