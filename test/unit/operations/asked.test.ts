// Questions about registered operations: a person reads what a call of one would pass on, as of a built-in one.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod";
import { define, type Primitive } from "../../../src/kernel/operation.ts";
import { isFault } from "../../../src/abi/errors.ts";
import { readSchema } from "../../../src/kernel/operations/schema.ts";
import type { KernelOps } from "../../../src/kernel/ops.ts";
import { questionText, questionView } from "../../../src/views/questions/question.ts";
import { english } from "../../../src/views/words/translate.ts";
import { TestKernel } from "../../support/kernel.ts";

const FILE = "fs:/app/a.txt";
const PASSED = { effect: "allow" as const, rights: ["read"], resource: FILE };

/** A primitive whose operation registers one that passes a grant on. */
function kit(ops: KernelOps): Primitive {
  const add = define({
    name: "kit.add",
    summary: "Register an operation that passes a grant on.",
    effect: "kernel",
    idempotent: true,
    input: z.strictObject({}),
    output: z.unknown(),
    needs: () => [],
    invoke(_, on) {
      const input = readSchema({ type: "object", properties: {}, additionalProperties: false }, "object");
      if (isFault(input)) return Promise.resolve(input);
      const added = ops.registerOperation(on.grant, {
        ...{ space: "kit", tool: "lend", summary: "Lend a file.", effect: "kernel", idempotent: true },
        input,
        needs: () => [{ resource: FILE, right: "read" }],
        delegates: () => [PASSED],
        invoke: () => Promise.resolve("lent"),
      });
      return Promise.resolve(added);
    },
  });
  return { kind: "kit", operations: [add] };
}

test("the question about a call of a registered operation says what it would pass on", async () => {
  const k = await TestKernel.open({ more: (ops) => [kit(ops)] });
  const pid = k.launch([`allow:read:${FILE}`, `ask:read:${FILE}`]);
  assert.ok((await k.call(pid, "kit.add", {})).ok);
  const lent = k.call(pid, "kit/p2/lend", {}, { id: "0.0" });
  await k.settle();
  const view = questionView(english, k.kernel, k.question, k.question.preview, k.person);
  assert.match(questionText(english, view), /It passes on: .*allow:read:fs:\/app\/a\.txt/u);
  k.answer({ allow: false });
  await lent;
});
