// How many random cases a test plays: all of them in a long run (`npm test -- all`), a quarter of them otherwise.

/** Whether this run may take its time. */
export const LONG = process.env["TEST_LONG"] === "1";

/**
 * `all` in a long run, else a quarter of it. For tests whose case costs more than five milliseconds. A test that
 * asserts how often something was seen takes the same share of that number.
 */
export function share(all: number): number {
  return LONG ? all : Math.ceil(all / 4);
}
