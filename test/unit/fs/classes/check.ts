// The classes of a path, checked for many spellings at once.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Right } from "../../../../src/abi/resource.ts";
import { classify } from "../../../../src/primitives/fs/classes/classes.ts";

export const classes = (path: string, right: Right): string => {
  const { reserved, asks } = classify(path.split("/"), right);
  return reserved === undefined ? asks.map((a) => a.id).join("+") : "reserved";
};

export function check(expected: string, right: Right, paths: readonly string[]): void {
  test(`${right}: ${expected || "nothing"} (${paths.length} spellings)`, () => {
    for (const path of paths) assert.equal(classes(path, right), expected, JSON.stringify(path));
  });
}
