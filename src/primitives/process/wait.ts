// Waiting for a child: `process.wait` gives its result, or why it is stuck.
import * as z from "zod";
import { fault } from "../../abi/errors.ts";
import { LONGEST_WAIT } from "../../abi/record.ts";
import { processResource } from "../../abi/resource.ts";
import { wholeStart } from "../../abi/size.ts";
import { define, type Operation } from "../../kernel/operation.ts";
import type { KernelOps } from "../../kernel/ops.ts";
import { modelStop, REASON_MOST, stuckWords } from "../../kernel/processes/stuck.ts";
import type { Process, State } from "../../kernel/state/rows.ts";

const waitInput = z.strictObject({
  pid: z.int().positive().optional(),
  seconds: z.number().nonnegative().max(LONGEST_WAIT).optional().describe("How long to wait at most."),
});
const waitOutput = z.union([
  z.strictObject({ pid: z.int(), exit: z.string(), result: z.unknown() }),
  /** A child that has not ended, and why it cannot go on. */
  z.strictObject({ pid: z.int(), stuck: z.string() }),
]);

/** The most stuck children that one answer names. */
const NAMED_MOST = 8;

/**
 * Builds the operation. A child whose model failed is told of at once, because nobody may ever look at it. It is told
 * of once for each failure, so that a second wait waits. Other reasons to wait for a person are told when the time is
 * up.
 */
export function waitOperation(ops: KernelOps): Operation {
  /** By waiting process and child, the failure that was told last. */
  const told = new Map<string, number>();
  return define({
    name: "process.wait",
    tool: "wait_agent",
    summary:
      "Wait until a child agent ends and get its result, or why it is stuck; without a pid, whichever ends first.",
    effect: "kernel",
    idempotent: true,
    waits: true,
    input: waitInput,
    output: waitOutput,
    needs: ({ pid }) => (pid === undefined ? [] : [{ resource: processResource(pid), right: "wait" }]),
    told: (value) =>
      "stuck" in value
        ? `Agent ${value.pid} has not ended: ${value.stuck}. Wait again to wait until it goes on and ends.`
        : `Agent ${value.pid} ${endWords(ops.state, value)}. Its result:\n${resultWords(value.result)}`,
    async invoke({ pid, seconds }, on) {
      const me = on.grant.pid;
      const mine = (): readonly number[] =>
        (ops.state.processes.get(me)?.children ?? []).filter((c) =>
          on.grant.entry("wait", processResource(c)),
        );
      const awaited = (): Process[] =>
        (pid === undefined ? mine() : [pid]).flatMap((p) => ops.state.processes.get(p) ?? []);
      const ended = (): Process | undefined =>
        awaited().find(({ life }) => life.ended !== undefined && (pid !== undefined || !life.reaped));
      const failing = (): Process | undefined =>
        awaited().find((child) => (modelStop(child) ?? -1) > (told.get(`${me} ${child.pid}`) ?? -1));
      if (pid !== undefined && awaited().length === 0)
        return fault("ENOENT", `There is no process ${pid}.`, "Wait for a pid that spawn_agent returned.");
      // Another call of the same turn may collect the last child, or somebody may revoke the right to wait.
      const nobody = (): boolean => pid === undefined && awaited().every(({ life }) => life.reaped);
      const over = (): boolean => ended() !== undefined || failing() !== undefined || nobody();
      for (;;) {
        const ms = seconds === undefined ? undefined : on.left(seconds);
        const met = await on.waiting("child", ops.until(pid ?? me, over, on.signal, ms), pid);
        const found = ended();
        if (found !== undefined) return on.once(() => ops.collect(on.grant, found));
        if (on.signal.aborted) return fault("EINTR", "Interrupted while waiting for a child.", "");
        const stuck = failing();
        if (stuck !== undefined) {
          told.set(`${me} ${stuck.pid}`, modelStop(stuck) ?? 0);
          return { pid: stuck.pid, stuck: stuckWords(ops.state, stuck) ?? "its model call failed" };
        }
        if (nobody()) {
          const [each] = mine();
          return each === undefined
            ? fault("ENOENT", "There is no child to wait for.", "Start one with spawn_agent.")
            : fault(
                "ENOENT",
                "The result of every child was collected already.",
                `Name a pid to get its result again, for example ${each}.`,
              );
        }
        // Another call may have collected the child that woke this one; then this one waits for the next.
        if (!met) return lateFault(ops.state, awaited());
      }
    },
  });
}

/** The fault when no child ended in time; it says which of them are stuck, and why. */
function lateFault(state: Readonly<State>, awaited: readonly Process[]) {
  const stuck = awaited.flatMap((child) => {
    const words = stuckWords(state, child);
    return words === undefined ? [] : [`Agent ${child.pid} is stuck: ${words}.`];
  });
  const more = stuck.length > NAMED_MOST ? [`${stuck.length - NAMED_MOST} more are stuck.`] : [];
  const message = ["No child ended in time.", ...stuck.slice(0, NAMED_MOST), ...more].join(" ");
  return fault("ETIMEDOUT", message, "Go on meanwhile, or wait longer.");
}

/** How a child ended, and why if it did not finish; the record of its exit says that. */
function endWords(
  state: Readonly<State>,
  { pid, exit }: { readonly pid: number; readonly exit: string },
): string {
  const reason = state.processes.get(pid)?.reason ?? "";
  return exit === "finished" || reason === "" ? exit : `${exit} (${wholeStart(reason, REASON_MOST)})`;
}

/** A result as text: its words, or a value as JSON. */
function resultWords(result: unknown): string {
  return typeof result === "string" ? result : JSON.stringify(result ?? null);
}
