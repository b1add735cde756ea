// The tour's project is the demo project, so that what people try by hand is what the tour shows.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { test } from "node:test";
import { parseCap } from "../../../src/abi/capability.ts";
import { isFault } from "../../../src/abi/errors.ts";
import { parseScript } from "../../../src/abi/script.ts";
import { DEMO_SCRIPT, TOUR_EDIT, TOUR_FILES, tourGrants, tourScript } from "../../../src/agent/tour.ts";
import { kinds } from "../../harness/kinds.ts";

const demo = join(import.meta.dirname, "../../../scripts/demo");

test("the tour brings the demo project along, byte for byte", () => {
  const files = readdirSync(demo, { recursive: true, withFileTypes: true }).filter((e) => e.isFile());
  const there = Object.fromEntries(
    files.map((e) => {
      const path = join(e.parentPath, e.name);
      return [relative(demo, path).replaceAll("\\", "/"), readFileSync(path, "utf8")];
    }),
  );
  assert.deepEqual({ ...TOUR_FILES }, there);
});

test("its edit fits its file once, and its scripts and grants can be read", () => {
  assert.equal(TOUR_FILES[TOUR_EDIT.path]?.split(TOUR_EDIT.before).length, 2);
  const root = { name: "50% off; really*", path: "/x" };
  for (const script of [tourScript(root), DEMO_SCRIPT]) assert.ok(parseScript(script).ok);
  for (const grant of tourGrants(kinds, root)) assert.ok(!isFault(parseCap(grant, kinds)), grant);
});
