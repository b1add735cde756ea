// Messages that no model call was sent yet. The surface reads them at its start, so this file loads no schema.
import type { Process } from "./rows.ts";

/** How many messages the process has that no model call was sent yet. */
export function queued({ conversation, answering }: Process): number {
  const heard = Math.max(answering ?? 1, conversation.findLastIndex((e) => e.role === "turn") + 1);
  return Math.max(0, conversation.length - heard);
}

/** True when a message waits in its mailbox that no model call of it was sent with. */
export function hasUnheardMessage({ mailbox, told = 0 }: Process): boolean {
  return mailbox.some((message) => Number(message.id.slice(1)) >= told);
}
