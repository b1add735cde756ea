// The kinds of resources in tests: those of the program, unless a test adds its own.
import { isFault } from "../../src/abi/errors.ts";
import { parseCap, type Listed } from "../../src/abi/capability.ts";
import { Kinds, type Kind } from "../../src/abi/kind.ts";
import { kinds } from "../../src/primitives/index.ts";

export { kinds };

/** The kinds of the program and some more. */
export const kindsWith = (...more: readonly Kind[]): Kinds => new Kinds([...kinds.all, ...more]);

/** A grant that a test writes as text; the test fails when it is none. */
export function grantOf(text: string): Listed {
  const listed = parseCap(text, kinds);
  if (isFault(listed)) throw new Error(`${text}: ${listed.message}`);
  return listed;
}
