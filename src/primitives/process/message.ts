// Messages between processes. A message is data. It gives no authority, except for one reply if it asks for
// one.
import * as z from "zod";
import { fault, isFault } from "../../abi/errors.ts";
import { LONGEST_WAIT } from "../../abi/record.ts";
import { processResource } from "../../abi/resource.ts";
import { define, type Operation } from "../../kernel/operation.ts";
import type { KernelOps } from "../../kernel/ops.ts";
import type { Message } from "../../kernel/state/rows.ts";

/** The longest message, in characters. */
const TEXT_MAX = 100_000;

const name = z.string().min(1).max(200);
const pid = z.int().positive();

const sendInput = z.strictObject({
  pid,
  message: z.string().max(TEXT_MAX),
  channel: name.default("main"),
  correlation: name.optional().describe("Names what this is about, so that an answer can be told."),
  urgent: z.boolean().default(false).describe("Received before all that are not."),
  reply: z.boolean().default(false).describe("Lets the receiver send one message back to you."),
});
const sendOutput = z.strictObject({ id: z.string() });
const receiveInput = z.strictObject({
  from: pid.optional(),
  channel: name.optional(),
  correlation: name.optional(),
  seconds: z
    .number()
    .nonnegative()
    .max(LONGEST_WAIT)
    .optional()
    .describe("How long to wait at most; 0 only looks."),
});
const receiveOutput = z.strictObject({
  ...{ id: z.string(), from: z.int(), message: z.string(), channel: z.string(), sent: z.string() },
  correlation: z.string().optional(),
});

/** Builds the two operations over the kernel's mailboxes. */
export function messageOperations(ops: KernelOps): readonly Operation[] {
  const sendOp = define({
    name: "process.send",
    tool: "send_message",
    summary: "Send a message to another agent. It waits in its mailbox until it is received.",
    effect: "kernel",
    idempotent: true,
    waits: true,
    input: sendInput,
    output: sendOutput,
    needs: (args) => [{ resource: processResource(args.pid), right: "message" }],
    async invoke({ pid: to, message: text, ...about }, on) {
      return on.once(() => ops.send(on.grant, { to, text, ...about }));
    },
  });
  const receiveOp = define({
    name: "process.receive",
    tool: "receive_message",
    summary: "Take the next message from your mailbox, urgent ones first; wait for one if there is none.",
    effect: "kernel",
    idempotent: true,
    whole: true,
    waits: true,
    input: receiveInput,
    output: receiveOutput,
    told: ({ id, from, message, channel, sent, correlation }) => {
      const about = correlation === undefined ? "" : `, about ${correlation}`;
      return `Message ${id} from process ${from} on channel ${channel}${about}, sent ${sent}:\n${message}`;
    },
    needs: () => [],
    async invoke({ from, channel, correlation, seconds }, on) {
      const me = on.grant.pid;
      const fits = (m: Message): boolean =>
        (from ?? m.from) === m.from &&
        (channel ?? m.channel) === m.channel &&
        (correlation === undefined || correlation === m.correlation);
      const next = (): Message | undefined => {
        const all = ops.state.processes.get(me)?.mailbox.filter(fits) ?? [];
        return all.find((m) => m.urgent) ?? all[0];
      };
      // Another call of the same turn may have taken the message that woke this one.
      for (;;) {
        const met = await on.waiting(
          "message",
          ops.until(
            me,
            () => next() !== undefined,
            on.signal,
            seconds === undefined ? undefined : on.left(seconds),
          ),
          from,
        );
        const found = next();
        if (found !== undefined)
          return on.once(() => {
            const { id, text, time, channel, from, correlation } = found;
            const taken = ops.write(on.grant, "message.take", { id });
            if (isFault(taken)) return taken;
            const about = correlation === undefined ? {} : { correlation };
            return { id, from, message: text, channel, sent: time, ...about };
          });
        if (on.signal.aborted) return fault("EINTR", "Interrupted while waiting for a message.", "");
        if (!met)
          return fault("ETIMEDOUT", "No such message came in time.", "Go on without it or wait longer.");
      }
    },
  });
  return [sendOp, receiveOp];
}
