// A kit whose calls add and remove operations, for the tests of registered ones.
import assert from "node:assert/strict";
import * as z from "zod";
import { isFault, type Fault, type Result } from "../../../../src/abi/errors.ts";
import { define, type Primitive } from "../../../../src/kernel/operation.ts";
import type { KernelOps } from "../../../../src/kernel/ops.ts";
import { type Registration } from "../../../../src/kernel/operations/register.ts";
import { readSchema, type JsonSchema } from "../../../../src/kernel/operations/schema.ts";
import type { Grant } from "../../../../src/kernel/witness.ts";
import { code, TestKernel, type Setup } from "../../../support/kernel.ts";

/** The parts of a registration that a test may change. */
export interface Wanted {
  readonly tool: string;
  readonly says?: string;
  readonly need?: string;
  readonly summary?: string;
  readonly code?: string;
  readonly input?: JsonSchema;
}

export const WORDS = {
  type: "object",
  properties: { text: { type: "string" } },
  required: ["text"],
  additionalProperties: false,
};

function counting({ tool, says = "counted", need, input, ...more }: Wanted): Registration | Fault {
  const read = readSchema(input ?? WORDS, "object");
  if (isFault(read)) return read;
  return {
    ...{ space: "kit", tool, summary: "Count the words of a text.", ...more },
    ...{ effect: "kernel", idempotent: true, input: read },
    needs: () => (need === undefined ? [] : [{ resource: need, right: "read" }]),
    told: (value: unknown) => `it says ${JSON.stringify(value)}`,
    invoke: (args: unknown) => Promise.resolve({ says, args }),
  };
}

/** Registers with `register`, if there is something to register. */
export function readAndAdd(
  args: Wanted,
  register: (declared: Registration) => Result<{ name: string; hash: string }>,
  more: Partial<Registration> = {},
): Result<{ name: string; hash: string }> {
  const declared = counting(args);
  return isFault(declared) ? declared : register({ ...declared, ...more });
}

/** A primitive whose operations register and remove others, as those of tools and servers do. */
function kit(ops: KernelOps, grants: Grant[]): Primitive {
  const act = (name: string, run: (grant: Grant, args: Wanted) => Result<unknown>) =>
    define({
      name,
      tool: name.replace(".", "_"),
      summary: "Do something with operations.",
      effect: "kernel",
      idempotent: true,
      input: z.looseObject({ tool: z.string() }),
      output: z.unknown(),
      needs: () => [],
      invoke(args, on) {
        grants.push(on.grant);
        const done = run(on.grant, args);
        return Promise.resolve(isFault(done) ? done : done.value);
      },
    });
  const peek = define({
    name: "kit.peek",
    summary: "Try to register with a grant that only looks.",
    effect: "read",
    idempotent: true,
    input: z.strictObject({ tool: z.string() }),
    output: z.unknown(),
    needs: () => [],
    resolve: (args, _view, look) =>
      Promise.resolve({
        needs: [],
        state: code(readAndAdd(args, (made) => ops.registerOperation(look, made))),
      }),
    invoke: (_, on) => Promise.resolve(on.state),
  });
  const pass = define({
    name: "kit.pass",
    summary: "Try to register as a caller with a part of the authority.",
    effect: "read",
    idempotent: true,
    input: z.strictObject({ tool: z.string() }),
    output: z.unknown(),
    needs: () => [],
    async invoke(args, on) {
      const part = on.narrow([]);
      return code(isFault(part) ? part : await on.sub("kit.add", args, part));
    },
  });
  return {
    kind: "kit",
    operations: [
      peek,
      pass,
      act("kit.add", (grant, args) => readAndAdd(args, (made) => ops.registerOperation(grant, made))),
      act("kit.remove", (grant, { tool }) => ops.removeOperation(grant, tool, "not needed")),
    ],
  };
}

export const SPAWN = ["allow:spawn:process:/children", "allow:execute:image:/boxes"];

export async function open(setup: Setup = {}) {
  const grants: Grant[] = [];
  const k = await TestKernel.open({ ...setup, more: (ops) => [kit(ops, grants)] });
  const child = async (of: number): Promise<number> => {
    const born = await k.call(of, "process.spawn", { goal: "part" });
    assert.ok(born.ok, JSON.stringify(born));
    return (born.value as { pid: number }).pid;
  };
  return { k, grants, child };
}

export const NAME = "kit/p2/count_words";

export const ARGS = { text: "a b" };
