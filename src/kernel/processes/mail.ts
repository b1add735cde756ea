// Mail: messages from one process to another. A message is data; it gives no authority but one reply, if it asks for it.
import { fault, type Fault } from "../../abi/errors.ts";
import { processResource } from "../../abi/resource.ts";
import { isBeyond, type Authority } from "../authority/authority.ts";
import { commit, living, nowOf, type Core } from "../core.ts";
import { mintCapability } from "../questions/questions.ts";
import { INIT } from "../state/rows.ts";
import { wakeProcess } from "./lifecycle.ts";

/** How many messages may wait in one mailbox, and how long all of them may be together, in characters. */
const MAILBOX_MAX = 1000;
const MAILBOX_TEXT_MAX = 4_000_000;

/** A message to be sent. */
export interface Letter {
  readonly to: number;
  readonly text: string;
  readonly channel: string;
  readonly correlation?: string | undefined;
  readonly urgent: boolean;
  /** Lets the receiver send one message back. */
  readonly reply: boolean;
}

/** Puts a message into the mailbox of a living process and wakes it. Returns the id of the message. */
export function sendLetter(core: Core, from: Authority, letter: Letter): { id: string } | Fault {
  const { to, text, channel, correlation, urgent, reply } = letter;
  const receiver = living(core, to);
  if (receiver === undefined || to === INIT)
    return fault("ENOENT", `There is no living process ${to}.`, "Nobody would read it.");
  const sender = from.holder;
  // A process lets anybody answer it, but a caller with a part of it only those that this part reaches.
  const back = { resource: processResource(sender), right: "message" };
  if (reply && isBeyond(from, back, nowOf(core).now))
    return fault("ENOTCAPABLE", "A reply would reach its agent.", "Send it without reply.");
  const waiting = receiver.mailbox.reduce((sum, each) => sum + each.text.length, text.length);
  if (receiver.mailbox.length >= MAILBOX_MAX || waiting > MAILBOX_TEXT_MAX)
    return fault("EBUSY", `The mailbox of process ${to} is full.`, "Wait until it has read some.");
  const id = `m${core.state.nextMessage}`;
  const issuer = `pid:${sender}`;
  const about = correlation === undefined ? {} : { correlation };
  commit(core, "message.send", { id, from: sender, text, channel, ...about, urgent }, { pid: to });
  const { resource, right } = back;
  if (reply)
    mintCapability(core, { effect: "allow", rights: [right], uses: 1, issuer, resource, holder: to });
  wakeProcess(core, to, "message", issuer);
  return { id };
}
