// Calls a misbehaving provider once and checks the fault.
import assert from "node:assert/strict";
import { isFault, type Errno, type Fault } from "../../src/abi/errors.ts";
import { KEY, serve, type Reply, type Setup } from "./server.ts";

/** The fault that a test waits for. */
export interface Expected {
  readonly code: Errno;
  readonly message: RegExp;
  readonly hint?: RegExp;
  /** Requests made altogether. */
  readonly requests: number;
}

/** Asks once and judges the fault; the key may be in none of its texts. */
export async function check(
  reply: Reply,
  expected: Expected,
  setup: Setup = {},
  model = "openai/gpt-test",
): Promise<Fault> {
  await using wire = await serve(reply);
  const { result } = await wire.ask({ model }, setup);
  assert.ok(isFault(result), JSON.stringify(result));
  assert.equal(result.code, expected.code, result.message);
  assert.match(result.message, expected.message);
  assert.match(result.hint, expected.hint ?? /./u);
  assert.equal(wire.seen.length, expected.requests);
  assert.ok(!JSON.stringify(result).includes(KEY.slice(3, 12)), "the key is in the fault");
  return result;
}
