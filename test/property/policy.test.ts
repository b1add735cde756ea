// Random policy files: no rule allows more, and accepted examples are what decide() says.
import type { PolicyRule } from "../../src/abi/policy.ts";
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import type { Capability, Listed } from "../../src/abi/capability.ts";
import { isAbout, type Need } from "../../src/abi/resource.ts";
import { readPolicyFile } from "../../src/host/node/policy-files.ts";
import { decide, type Verdict } from "../../src/kernel/authority/decide.ts";
import { CapabilityTable } from "../../src/kernel/authority/capabilities.ts";
import { listed, need, rightsOf } from "./names.ts";
import { policyKey, sha256 } from "./reference.ts";
import { share } from "../support/runs.ts";
import { kinds } from "../harness/kinds.ts";

const folder = mkdtempSync(join(tmpdir(), "agentlibos-policy-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const rule = fc
  .tuple(listed(["fs", "object"]), fc.constantFrom("ask" as const, "deny" as const))
  .map(([{ rights, resource }, effect]): PolicyRule => ({ effect, rights, resource, reason: "because" }));

/** Needs bent to a rule's own resource half of the time, so that they meet. */
const near = (rules: readonly PolicyRule[]): fc.Arbitrary<Need> =>
  fc.oneof(
    need(["fs", "object"]),
    fc
      .constantFrom(...rules)
      .chain(({ resource }) =>
        fc.constantFrom(...rightsOf(resource)).map((right): Need => ({ resource, right })),
      ),
  );

function decided(
  holds: readonly Listed[],
  policy: readonly PolicyRule[],
  needs: readonly Need[],
  answers: readonly string[] = [],
): Verdict {
  const table = new CapabilityTable(sha256, kinds);
  for (const [i, fields] of holds.entries())
    table.add({
      ...fields,
      ...(fields.effect === "allow" && answers.length > 0 ? { answers: [...answers] } : {}),
      id: `cap${i + 1}`,
      holder: 2,
      issuer: "person",
    } satisfies Capability);
  const at = { now: 0, placeOf: () => "/w/app" };
  const keyed = policy.map((r) => ({ ...r, key: policyKey(r) }));
  return decide({
    needs,
    authority: { holder: 2 },
    binders: [2],
    table,
    policy: keyed,
    kinds,
    roots: [],
    at,
  });
}

const ORDER = { deny: 0, ask: 1, allow: 2 };

test("adding any rule anywhere never turns a deny or an ask into more", () => {
  let tightened = 0;
  fc.assert(
    fc.property(
      fc.array(rule, { minLength: 1, maxLength: 4 }).chain((rules) =>
        fc.record({
          rules: fc.constant(rules),
          added: fc.nat(rules.length - 1),
          holds: fc.array(listed(["fs", "object"]), { maxLength: 5 }),
          needs: fc.array(near(rules), { minLength: 1, maxLength: 2 }),
          wide: fc.boolean(),
        }),
      ),
      ({ rules, added, holds, needs, wide }) => {
        const everything: Listed[] = needs.map((n) => ({
          effect: "allow",
          rights: [n.right],
          resource: n.resource,
        }));
        const held = wide ? [...holds, ...everything] : holds;
        const before = decided(
          held,
          rules.filter((_, i) => i !== added),
          needs,
          ["class:secret"],
        );
        const after = decided(held, rules, needs, ["class:secret"]);
        assert.ok(ORDER[after.kind] <= ORDER[before.kind], `${before.kind} became ${after.kind}`);
        if (before.kind === "ask" && after.kind === "ask") assert.ok(after.open.length >= before.open.length);
        if (ORDER[after.kind] < ORDER[before.kind]) tightened += 1;
      },
    ),
    { numRuns: share(5000, 5) },
  );
  assert.ok(tightened > share(200, 5), `only ${tightened} rules did anything`);
});

test("examples are accepted exactly when they say what decide() does with the rule", async () => {
  const file = join(folder, "policy.json");
  const seen = { match: 0, notMatch: 0 };
  await fc.assert(
    fc.asyncProperty(
      rule.chain((r) => fc.tuple(fc.constant(r), near([r]))),
      async ([r, n]) => {
        const { right } = n;
        const asked: Need = { resource: n.resource, right };
        const allow: Listed = { effect: "allow", rights: [right], resource: n.resource };
        // What the names mean by themselves would hide what the rule does.
        const bare = decided([allow], [], [asked]);
        const ruled = decided([allow], [r], [asked]);
        if (bare.kind !== "allow") return;
        const about = ruled.kind === r.effect;
        assert.equal(about, ruled.kind !== "allow");
        assert.equal(isAbout(r, asked, kinds), about);
        const example = `${right}:${n.resource}`;
        for (const list of ["match", "notMatch"] as const) {
          writeFileSync(file, JSON.stringify({ rules: [{ ...r, [list]: [example] }] }));
          const { rules, problem } = await readPolicyFile("user", file, kinds);
          const good = about === (list === "match");
          assert.equal(problem === undefined, good, `${list} ${example}: ${problem?.text ?? "accepted"}`);
          assert.equal(rules.length, good ? 1 : 0);
          if (good) seen[list] += 1;
        }
      },
    ),
    { numRuns: share(1000, 5) },
  );
  for (const [list, count] of Object.entries(seen))
    assert.ok(count > share(100, 5), `${list}: only ${count}`);
});
