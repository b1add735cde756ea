// A fake primitive whose calls make calls of their own, as the arguments list them or as a test says.
import * as z from "zod";
import { parseGrants } from "../../src/abi/capability.ts";
import { isFault, type Fault, type Result } from "../../src/abi/errors.ts";
import { define, type Invocation, type Operation, type Primitive } from "../../src/kernel/operation.ts";
import { BOXES, TestKernel } from "./kernel.ts";
import { turns } from "./kernel/turns.ts";
import { kinds } from "../harness/kinds.ts";

/** One call of a call: the operation, its arguments, and the list that its caller is narrowed to. */
export interface Part {
  readonly op: string;
  readonly args?: unknown;
  readonly within?: readonly string[] | undefined;
}

/** The act of a nest in place of making the listed calls one after the other. */
export type Body = (on: Invocation<unknown>, parts: readonly Part[]) => Promise<unknown>;

export class Nest {
  body: Body = inOrder;
  /** The finding of a probe. */
  happened = false;
}

const parts = z.array(
  z.strictObject({ op: z.string(), args: z.unknown().optional(), within: z.array(z.string()).optional() }),
);
const input = z.strictObject({ calls: parts.default([]) });
const output = z.strictObject({ came: z.unknown() });

/** Makes one listed call. */
export async function make(on: Invocation<unknown>, part: Part): Promise<Result<unknown>> {
  if (part.within === undefined) return on.sub(part.op, part.args ?? {});
  const list = parseGrants(part.within, kinds);
  const as = isFault(list) ? list : on.narrow(list);
  return isFault(as) ? as : on.sub(part.op, part.args ?? {}, as);
}

/** The codes of the listed calls, made one after the other. */
export async function inOrder(on: Invocation<unknown>, calls: readonly Part[]): Promise<unknown> {
  const came: string[] = [];
  for (const part of calls) came.push(codeOf(await make(on, part)));
  return came;
}

/** The same, all at once. */
export async function atOnce(on: Invocation<unknown>, calls: readonly Part[]): Promise<unknown> {
  return Promise.all(calls.map(async (part) => codeOf(await make(on, part))));
}

function codeOf(result: Result<unknown>): string {
  return result.ok ? "ok" : result.code;
}

/** Builds `nest.run`, which only makes calls, and `nest.write`, whose effect is theirs. */
export function nestPrimitive(nest: Nest): Primitive {
  const run = async (calls: readonly Part[], on: Invocation<unknown>): Promise<{ came: unknown } | Fault> => {
    const came = await nest.body(on, calls);
    return on.signal.aborted && isFault(came) ? came : { came };
  };
  const declared = (name: string, effect: Operation["effect"]) =>
    define<z.infer<typeof input>, z.infer<typeof output>>({
      ...{ name, effect, input, output },
      tool: name.replace("nest.", "").concat("_nest"),
      summary: "Make calls of its own.",
      idempotent: effect === "kernel",
      needs: () => [],
      ...(effect === "kernel"
        ? {}
        : {
            prepare: () =>
              Promise.resolve({
                prestate: { pre: "absent" },
                preview: { title: "Nest", target: "nest", risk: "low" as const },
              }),
            probe: () =>
              Promise.resolve(
                nest.happened
                  ? ({ state: "done", value: { came: "found" } } as const)
                  : ({ state: "not-started" } as const),
              ),
          }),
      invoke: ({ calls }, on) => run(calls, on),
    });
  return { kind: "nest", operations: [declared("nest.run", "kernel"), declared("nest.write", "write")] };
}

/** The image of the fake world with the tools of the nest. */
export const NESTS = { ...BOXES, name: "nests", tools: [...BOXES.tools, "run_nest", "write_nest"] };

/** The file that {@link runNested} makes, with the text `old`. */
export const NEST_FILE = "fs:/app/a.txt";

/** A kernel in which a model makes one call that makes these calls, and then reads {@link NEST_FILE}. */
export async function runNested(calls: readonly Part[], grants: readonly string[]): Promise<TestKernel> {
  const first = [
    ["run_nest", { calls }],
    ["read_box", { at: NEST_FILE }],
  ] as const;
  const k = await TestKernel.open({
    model: turns({ 2: [[...first], "done"] }),
    more: () => [nestPrimitive(new Nest())],
    images: new Map([["nests", NESTS]]),
  });
  k.world.files.set(NEST_FILE, "old");
  k.launch(grants, { image: NESTS });
  return k;
}
