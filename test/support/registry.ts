// The registry of primitives in tests: that of the program, and one line for each primitive of the test tree.
import { Kinds, type Kind } from "../../src/abi/kind.ts";
import type { Primitive } from "../../src/kernel/operation.ts";
import type { KernelOps } from "../../src/kernel/ops.ts";
import * as program from "../../src/primitives/index.ts";
import { box } from "./box/box.ts";

/** A primitive of the test tree with its kind; its part of the world lies in a folder. */
export interface Addition {
  readonly kind: Kind;
  build(ops: KernelOps, folder: string): Primitive;
}

/** The primitives of the test tree. */
const ADDED: readonly Addition[] = [box];

/** Every kind of the program and of the test tree. */
export const kinds = new Kinds(
  [...program.kinds.all, ...ADDED.map(({ kind }) => kind)],
  program.kinds.others,
);

/** The parts of a test kernel that has them all, over this folder. */
export function added(folder: string): { kinds: Kinds; more: (ops: KernelOps) => readonly Primitive[] } {
  return { kinds, more: (ops) => ADDED.map((each) => each.build(ops, folder)) };
}

/** All primitives of a program that is started from the sources; the folder is `ADDED_FOLDER`. */
export function primitives(on: program.Backends): readonly Primitive[] {
  const folder = process.env["ADDED_FOLDER"] ?? "";
  return [...program.primitives(on), ...ADDED.map((each) => each.build(on.ops, folder))];
}
