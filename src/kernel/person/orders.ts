// Orders: file changes that a person orders directly, as syscalls of init through the same door as all others.
import { fault, type Result } from "../../abi/errors.ts";
import { isForCall } from "../questions/kinds.ts";
import { mintCapability } from "../questions/questions.ts";
import { nowOf, type Core } from "../core.ts";
import { syscall } from "../door/door.ts";
import { INIT } from "../state/rows.ts";
import { answerAndSettle } from "./acts.ts";
import { isPerson, mint, type Person } from "../witness.ts";

/**
 * Mints the asks of init, each once in a record: init must ask for what can be ordered, and the ordering person
 * answers. Without them every order would be ENOTCAPABLE.
 */
function letInitAsk(core: Core, issuer: string): void {
  const { capabilities: table, kinds } = core.state;
  for (const { ordered } of kinds.all) {
    if (ordered === undefined) continue;
    const { rights, resource } = ordered;
    const asks = table
      .heldBy(INIT)
      .filter((h) => h.cap.effect === "ask" && h.cap.resource === resource && table.live(h, nowOf(core)))
      .some(({ cap }) => rights.every((right) => cap.rights.includes(right)));
    if (!asks) mintCapability(core, { effect: "ask", rights: [...rights], resource, holder: INIT, issuer });
  }
}

/**
 * Runs a syscall of init that a person orders. The order answers the questions of the call, so the record holds each
 * question with its preview and answer, like any other. Reserved paths stay out of reach.
 */
export async function order(core: Core, who: Person, name: string, args: unknown): Promise<Result<unknown>> {
  if (!isPerson(who) || who.as !== "person")
    return fault("EACCES", "Only a person can give an order.", "Use the command in the editor.");
  if (core.sealed !== undefined) return core.sealed;
  letInitAsk(core, who.as);
  const stop = core.records.add((record) => {
    if (record.kind === "question.open" && record.pid === INIT && isForCall(record.data))
      answerAndSettle(core, who, record.data.id, { allow: true, scope: "once" });
  });
  try {
    return await syscall(core, mint.caller(INIT), name, args);
  } finally {
    stop();
  }
}
