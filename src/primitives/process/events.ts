// Events: what has happened to a process and its children lately, for those who may wait for them.
import * as z from "zod";
import { fault } from "../../abi/errors.ts";
import { until, type Core } from "../../kernel/core.ts";
import { define, type Operation } from "../../kernel/operation.ts";
import { FOLLOWED, type Event } from "../../kernel/state/rows.ts";
import { LONGEST } from "../clock.ts";

const eventsInput = z.strictObject({
  after: z.int().nonnegative().default(0).describe("The seq of the last event you know."),
  pid: z.int().positive().optional().describe("Only this process."),
  kinds: z.array(z.enum(FOLLOWED)).optional(),
  seconds: z.number().nonnegative().max(LONGEST).default(0).describe("How long to wait at most."),
});
const eventsOutput = z.strictObject({
  events: z.array(
    z.strictObject({ seq: z.int(), pid: z.int(), kind: z.string(), time: z.string(), about: z.string() }),
  ),
});

/** Builds the operation over what the state remembers of each process. */
export function eventsOperation(core: Core): Operation {
  return define({
    name: "process.events",
    tool: "follow_events",
    summary:
      "What happened to you and your children since an event you know; waits for something if nothing did.",
    effect: "read",
    idempotent: true,
    waits: true,
    input: eventsInput,
    output: eventsOutput,
    needs: ({ pid }, view) =>
      pid === undefined || pid === view.pid ? [] : [{ resource: `process:/${pid}`, right: "wait" }],
    async invoke({ after, pid, kinds, seconds }, on) {
      const me = on.grant.pid;
      const { processes } = core.state;
      const open = (child: number): boolean => on.grant.entry("wait", `process:/${child}`);
      const whose = (): readonly number[] =>
        pid === undefined ? [me, ...(processes.get(me)?.children ?? []).filter(open)] : [pid];
      const since = (): (Event & { pid: number })[] =>
        whose()
          .flatMap((p) => (processes.get(p)?.events ?? []).map((e) => ({ ...e, pid: p })))
          .filter((e) => e.seq > after && (kinds === undefined || kinds.includes(e.kind)))
          .sort((a, b) => a.seq - b.seq);
      if (seconds > 0)
        await on.waiting(
          "timer",
          until(core, pid ?? me, () => since().length > 0, on.signal, on.left(seconds)),
          pid ?? me,
        );
      return on.signal.aborted
        ? fault("EINTR", "Interrupted while waiting for an event.", "")
        : { events: since() };
    },
  });
}
