// Primitive `clock`: letting time pass.
import * as z from "zod";
import { fault } from "../abi/errors.ts";
import type { Kind } from "../abi/kind.ts";
import { LONGEST_WAIT } from "../abi/record.ts";
import { define, type Primitive } from "../kernel/operation.ts";
import type { KernelOps } from "../kernel/ops.ts";

/** Kind `clock`: the passing of time. */
export const clockKind: Kind = {
  name: "clock",
  rights: { sleep: (t) => t("use") },
  noun: (t) => t("the clock to wait"),
  tools: [{ names: ["sleep"], images: ["coding"], wish: "sleep" }],
  suggests: ({ wishes }) => (wishes.has("sleep") ? ["allow:sleep:clock:/sleep"] : []),
};

const sleepInput = z.strictObject({ seconds: z.number().nonnegative().max(LONGEST_WAIT) });
const sleepOutput = z.strictObject({ slept: z.number() });

/** Builds the primitive over the kernel's clock. After a reload a sleep goes on for its rest. */
export function clockPrimitive(ops: KernelOps): Primitive {
  const sleepOp = define({
    name: "clock.sleep",
    tool: "sleep",
    summary: "Let some seconds pass. It costs no active time.",
    effect: "kernel",
    idempotent: true,
    waits: true,
    input: sleepInput,
    output: sleepOutput,
    needs: () => [{ resource: "clock:/sleep", right: "sleep" }],
    async invoke({ seconds }, on) {
      const never = (): boolean => false;
      await on.waiting("timer", ops.until(on.grant.pid, never, on.signal, on.left(seconds)));
      return on.signal.aborted ? fault("EINTR", "The sleep was interrupted.", "") : { slept: seconds };
    },
  });
  return { kind: "clock", operations: [sleepOp] };
}
