// Primitive `process`: starting, waiting for, signalling and ending processes.
import * as z from "zod";
import { fault, ok } from "../../abi/errors.ts";
import { until, type Core } from "../../kernel/core.ts";
import { collect, exit, signal } from "../../kernel/processes/lifecycle.ts";
import { define, type Primitive } from "../../kernel/operation.ts";
import type { Process } from "../../kernel/state/rows.ts";
import { LONGEST } from "../clock.ts";
import type { FsBackend } from "../fs/backend.ts";
import type { Images } from "../image.ts";
import { messageOperations } from "./message.ts";
import { bornOperations } from "./birth.ts";
import { chdirOperation } from "./cwd.ts";
import { eventsOperation } from "./events.ts";

const pidSchema = z.int().positive();

const waitInput = z.strictObject({
  pid: pidSchema.optional(),
  seconds: z.number().nonnegative().max(LONGEST).optional().describe("How long to wait at most."),
});
const waitOutput = z.strictObject({ pid: z.int(), exit: z.string(), result: z.unknown() });
const signalInput = z.strictObject({
  pid: pidSchema,
  signal: z.enum(["pause", "resume", "interrupt", "terminate", "kill"]),
  reason: z.string().default(""),
});
const signalOutput = z.strictObject({ pid: z.int() });
const exitInput = z.strictObject({ result: z.unknown().optional(), failed: z.boolean().default(false) });
const exitOutput = z.strictObject({ ended: z.literal(true) });

/** Builds the primitive over the kernel itself; `images` are those a process may be started from. */
export function processPrimitive(core: Core, images: Images, files: FsBackend): Primitive {
  const waitOp = define({
    name: "process.wait",
    tool: "wait_agent",
    summary: "Wait until a child agent ends and get its result; without a pid, whichever ends first.",
    effect: "pure",
    idempotent: true,
    waits: true,
    input: waitInput,
    output: waitOutput,
    needs: ({ pid }) => (pid === undefined ? [] : [{ resource: `process:/${pid}`, right: "wait" }]),
    async invoke({ pid, seconds }, on) {
      const me = on.grant.pid;
      const mine = (): readonly number[] =>
        (core.state.processes.get(me)?.children ?? []).filter((c) => on.grant.entry("wait", `process:/${c}`));
      const awaited = (): Process[] =>
        (pid === undefined ? mine() : [pid]).flatMap((p) => core.state.processes.get(p) ?? []);
      const ended = (): Process | undefined =>
        awaited().find(({ life }) => life.ended !== undefined && (pid !== undefined || !life.reaped));
      if (pid !== undefined && awaited().length === 0)
        return fault("ENOENT", `There is no process ${pid}.`, "Wait for a pid that spawn_agent returned.");
      // Another call of the same turn may collect the last one, or the right to wait for it may go.
      const nobody = (): boolean => pid === undefined && awaited().every(({ life }) => life.reaped);
      const ms = seconds === undefined ? undefined : on.left(seconds);
      const about = pid ?? me;
      await on.waiting(
        "child",
        until(core, about, () => ended() !== undefined || nobody(), on.signal, ms),
        pid,
      );
      const found = ended();
      if (found !== undefined) return on.once(() => collect(core, me, found));
      if (on.signal.aborted) return fault("EINTR", "Interrupted while waiting for a child.", "");
      return nobody()
        ? fault("ENOENT", "There is no child to wait for.", "Start one with spawn_agent.")
        : fault("ETIMEDOUT", "No child ended in time.", "Go on meanwhile, or wait longer.");
    },
  });
  const signalOp = define({
    name: "process.signal",
    tool: "signal_agent",
    summary: "Pause, resume, interrupt, terminate or kill a child agent.",
    effect: "pure",
    idempotent: true,
    input: signalInput,
    output: signalOutput,
    needs: (args) => [{ resource: `process:/${args.pid}`, right: "signal" }],
    async invoke(args, on) {
      return signal(core, args.pid, args.signal, `pid:${on.grant.pid}`, args.reason) ?? { pid: args.pid };
    },
  });
  const exitOp = define({
    name: "process.exit",
    tool: "finish",
    summary: "End your work with a result.",
    effect: "pure",
    idempotent: true,
    waits: true,
    alone: true,
    input: exitInput,
    output: exitOutput,
    needs: () => [],
    async invoke(args, on) {
      exit(
        core,
        on.grant.pid,
        args.failed ? "failed" : "finished",
        args.result ?? null,
        args.failed ? "the agent gave up" : "the agent finished",
      );
      return ok({ ended: true as const }).value;
    },
  });
  const operations = [
    ...bornOperations(core, images),
    ...[waitOp, signalOp, exitOp, chdirOperation(core, files), eventsOperation(core)],
    ...messageOperations(core),
  ];
  return { kind: "process", operations };
}
