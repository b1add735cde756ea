// Narrowed authority: two lists, one inside the other, cover exactly what both of them cover.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MAX_GRANTS, type Listed } from "../../../src/abi/capability.ts";
import { isFault } from "../../../src/abi/errors.ts";
import type { Right } from "../../../src/abi/resource.ts";
import { isBeyond, narrowAuthority, type Authority } from "../../../src/kernel/authority/authority.ts";
import { share } from "../../support/runs.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const RIGHTS: Right[] = ["read", "list", "write", "delete"];
const resource = fc
  .tuple(fc.array(fc.constantFrom("app", "a", "A", "b"), { maxLength: 4 }), fc.boolean())
  .map(([path, tree]) => (path.length === 0 ? "fs:/**" : `fs:/${path.join("/")}${tree ? "/**" : ""}`));
const grant: fc.Arbitrary<Listed> = fc
  .tuple(
    resource,
    fc.subarray(RIGHTS, { minLength: 1 }),
    fc.constantFrom(undefined, undefined, "2025-06-01T00:00:00Z", "2027-06-01T00:00:00+02:00"),
  )
  .map(([at, rights, until]) => ({
    ...{ effect: "allow", rights, resource: at },
    ...(until === undefined ? {} : { until }),
  }));
const list = fc.array(grant, { maxLength: 5 });

function narrowed(from: Authority, within: readonly Listed[]): Authority {
  const made = narrowAuthority(from, within);
  assert.ok(!isFault(made));
  return made;
}

test("a need is within two lists when it is within each", () => {
  const whole = { holder: 2 };
  fc.assert(
    fc.property(list, list, resource, fc.constantFrom(...RIGHTS), (a, b, at, right) => {
      const need = { resource: at, right };
      const each = [a, b].map((only) => isBeyond(narrowed(whole, only), need, NOW));
      assert.equal(isBeyond(narrowed(narrowed(whole, a), b), need, NOW), each.includes(true));
    }),
    { numRuns: share(20_000) },
  );
});

test("a caller that is not narrowed has all, one with an empty list nothing, and a list has its bounds", () => {
  const need = { resource: "fs:/app", right: "read" } as const;
  assert.equal(isBeyond({ holder: 2 }, need, NOW), false);
  assert.equal(isBeyond(narrowed({ holder: 2 }, []), need, NOW), true);
  const many = Array.from({ length: MAX_GRANTS + 1 }, (_, i): Listed => {
    return { effect: "allow", rights: ["read"], resource: `fs:/app/${i}` };
  });
  const result = narrowAuthority({ holder: 2 }, many);
  assert.equal(isFault(result) && result.code, "E2BIG");
});
