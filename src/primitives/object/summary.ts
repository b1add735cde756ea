// Keeping a summary: what an answer does that is to stand for a part of its process's conversation.
import { fault, isFault, type Fault } from "../../abi/errors.ts";
import type { Leaving } from "../../abi/model.ts";
import type { Source } from "../../abi/object.ts";
import { commit, living, type Core } from "../../kernel/core.ts";
import type { Invocation } from "../../kernel/operation.ts";
import { SUMMARY, turnsOf } from "../../kernel/state/conversation.ts";
import { store, type Stored } from "./put.ts";

/**
 * Makes the summary the next version of its object and lets the part leave, in one tick. It is the model's text, so it is
 * data like any object's: nothing reads it but people and models.
 */
export function keepSummary(
  core: Core,
  said: string,
  { to, why }: Leaving,
  on: Pick<Invocation<unknown>, "grant" | "call" | "once">,
): Stored | Fault {
  const { pid } = on.grant;
  const process = living(core, pid);
  if (process === undefined) return fault("EINTR", "The process has ended.");
  const value = said.trim();
  if (value === "") return fault("EIO", "The summary came back empty.");
  const { summary } = process;
  const earlier =
    summary === undefined
      ? []
      : [{ namespace: summary.namespace, name: summary.name, version: summary.version }];
  const from: Source[] = [...turnsOf(process.conversation.slice(0, to)), ...earlier];
  const name = SUMMARY;
  return store(
    core,
    { name },
    { type: "summary", form: "text", value, from },
    {
      ...on,
      once: (act) =>
        on.once(() => {
          const made = act();
          if (isFault(made)) return made;
          const namespace = `p${pid}`;
          const version = core.state.objects.get(namespace)?.get(name)?.version ?? 0;
          const stands = { namespace, name, version, to };
          commit(core, "process.trim", { from: to, reason: why, summary: stands }, { pid, call: on.call });
          return made;
        }),
    },
  );
}
