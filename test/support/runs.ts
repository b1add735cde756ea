// How many random cases a test plays: all of them in a long run (`npm test -- all`), usually a tenth of them otherwise.

/** Whether this run may take its time. */
export const LONG = process.env["TEST_LONG"] === "1";

/**
 * `all` in a long run, else one part of `parts`. For tests whose case costs more than five milliseconds. A test that
 * asserts how often something common was seen takes the same share of that number.
 */
export function share(all: number, parts = 10): number {
  return LONG ? all : Math.ceil(all / parts);
}

/** How often at least something rare was seen: more often than this in a long run, else at all. */
export function floor(all: number): number {
  return LONG ? all : 0;
}
