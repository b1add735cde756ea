// The kinds of resources in tests: those of the program.
import { isFault } from "../../src/abi/errors.ts";
import { parseCap, type Listed } from "../../src/abi/capability.ts";
import { kinds } from "../../src/primitives/index.ts";

export { kinds };

/** A grant that a test writes as text; the test fails when it is none. */
export function grantOf(text: string): Listed {
  const listed = parseCap(text, kinds);
  if (isFault(listed)) throw new Error(`${text}: ${listed.message}`);
  return listed;
}
