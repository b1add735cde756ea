// The decision against a naive reference over random tables, needs, policies and classes.
import type { PolicyRule } from "../../src/abi/policy.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Capability } from "../../src/abi/capability.ts";
import { covers, fsResource, OUTSIDE, stem, type Need } from "../../src/abi/resource.ts";
import { decide } from "../../src/kernel/authority/decide.ts";
import { CapabilityTable } from "../../src/kernel/authority/capabilities.ts";
import { listed, need, rightsOf } from "./names.ts";
import { isLive, keyOf, policyKey, reference, sha256, type World } from "./reference.ts";
import { share } from "../support/runs.ts";
import { kinds } from "../harness/kinds.ts";

const HOLDERS = [2, 3];
const DIGESTS = ["d1", "d2"];
const PLACES = { app: "/w/app", lib: "/w/lib" };

/** Names that classes know, so that asks of every class come up. */
const classed = fc
  .constantFrom(
    ...[
      ["app", ".env"],
      ["app", "src", ".ENV.local"],
      ["lib", "package.json"],
      ["app", "src", "Makefile"],
    ],
    ...[
      ["app", ".vscode", "settings.json"],
      ["app", ".agentlibos", "policy.json"],
      ["lib", ".git", "config"],
    ],
  )
  .map(([folder = "", ...rest]) => fsResource(folder, rest));

const anyNeed = fc.oneof(
  { weight: 6, arbitrary: need(["fs", "object"]) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(classed, fc.constantFrom("read" as const, "write" as const, "delete" as const, "list" as const))
      .map(([resource, right]): Need => ({ resource, right })),
  },
  { weight: 1, arbitrary: fc.constant<Need>({ resource: OUTSIDE, right: "read" }) },
);

const grant = fc.oneof(
  { weight: 5, arbitrary: listed(["fs", "object"]) },
  {
    weight: 2,
    arbitrary: classed.map((resource) => ({
      effect: "allow" as const,
      rights: ["read" as const, "write" as const],
      resource,
    })),
  },
);

const rule = listed(["fs"]).map(({ rights, resource, uses = 0 }): PolicyRule => ({
  ...{ effect: uses > 4 ? "deny" : "ask", rights, resource },
  reason: `rule ${uses}`,
}));

/** Minted in order, each perhaps from an earlier one; `answers` are filled with keys that exist. */
const caps = fc
  .array(
    fc.tuple(
      grant,
      fc.constantFrom(...HOLDERS),
      fc.option(fc.nat(20), { nil: undefined }),
      fc.option(fc.constantFrom(...DIGESTS), { nil: undefined, freq: 3 }),
      fc.array(fc.nat(20), { maxLength: 3 }),
      fc.option(fc.constantFrom("/w/app", "/elsewhere"), { nil: undefined, freq: 2 }),
    ),
    { maxLength: 14 },
  )
  .map((drawn) => {
    const made: Capability[] = [];
    for (const [i, [fields, holder, parent, boundTo, , place]] of drawn.entries()) {
      const from = parent === undefined ? undefined : made[parent]?.id;
      made.push({
        ...fields,
        ...{ id: `cap${i + 1}`, holder, issuer: "person" },
        ...(from === undefined ? {} : { parent: from }),
        ...(boundTo === undefined || fields.effect !== "allow" ? {} : { boundTo }),
        ...(place === undefined || !fields.resource.startsWith("fs:/app") ? {} : { place }),
      });
    }
    return { made, picks: drawn.map(([, , , , picks]) => picks) };
  });

const scenario = fc
  .record({
    caps,
    policy: fc.array(rule, { maxLength: 3 }),
    revoked: fc.array(fc.nat(20), { maxLength: 2 }),
    spent: fc.array(fc.tuple(fc.nat(20), fc.integer({ min: 1, max: 5 })), { maxLength: 3 }),
    needs: fc.array(anyNeed, { minLength: 1, maxLength: 3, size: "small" }),
    /** How often a need is bent to what some capability names, so that things meet. */
    aim: fc.array(fc.tuple(fc.nat(9), fc.boolean()), { minLength: 1, maxLength: 3 }),
    holder: fc.constantFrom(...HOLDERS),
    digest: fc.option(fc.constantFrom(...DIGESTS), { nil: undefined }),
    hour: fc.integer({ min: 0, max: 4 }),
  })
  .map((drawn) => {
    const { made, picks } = drawn.caps;
    const keys = [
      ...made.filter((c) => c.effect === "ask").map(keyOf),
      ...drawn.policy.map(policyKey),
      ...["class:later", "class:secret", "class:build"],
    ];
    const all = made.map((c, i) => {
      const answers = (picks[i] ?? []).flatMap((n) => keys[n % keys.length] ?? []);
      return c.effect === "allow" && answers.length > 0 ? { ...c, answers } : c;
    });
    const needs = drawn.needs.map((n, i): Need => {
      const [which, below] = drawn.aim[i] ?? [99, false];
      const cap = all[which];
      const right = cap?.rights[0] ?? rightsOf(n.resource)[0];
      if (cap === undefined || right === undefined) return n;
      return { resource: below ? `${stem(cap.resource)}/package.json` : cap.resource, right };
    });
    // Mostly it is the holder of what the first need was bent to who asks.
    const holder = drawn.aim[0] === undefined ? drawn.holder : (all[drawn.aim[0][0]]?.holder ?? drawn.holder);
    return { ...drawn, all, needs, holder };
  });

test("decide agrees with the reference (P6, P9, P20)", () => {
  const seen = { allow: 0, ask: 0, EACCES: 0, ENOTCAPABLE: 0, spends: 0, bound: 0 };
  fc.assert(
    fc.property(scenario, ({ all, policy, revoked, spent, needs, holder, digest, hour }) => {
      const table = new CapabilityTable(sha256, kinds);
      const left = new Map<string, number>();
      for (const cap of all) table.add(cap);
      for (const [which, count] of spent) {
        const cap = all[which];
        if (cap?.uses === undefined) continue;
        table.spend(cap.id, count);
        left.set(cap.id, Math.max(0, (left.get(cap.id) ?? cap.uses) - count));
      }
      const gone = new Set(revoked.flatMap((i) => all[i]?.id ?? []));
      for (const id of gone) table.revoke(id);
      const now = Date.parse(`2026-01-01T0${hour}:00:00.000Z`);
      const world: World = { caps: all, revoked: gone, left, policy, now, places: PLACES };
      const places: Readonly<Record<string, string>> = PLACES;
      const verdict = decide({
        ...{
          needs,
          authority: { holder },
          binders: [holder],
          table,
          policy: policy.map((r) => ({ ...r, key: policyKey(r) })),
          kinds,
          roots: [],
        },
        at: { now, placeOf: (folder) => places[folder] },
        ...(digest === undefined ? {} : { digest }),
      });
      const expected = reference(world, holder, needs, digest);
      assert.equal(verdict.kind, expected.kind);
      if (verdict.kind === "deny" && expected.kind === "deny") {
        assert.equal(verdict.fault.code, expected.code);
        assert.ok(verdict.why !== "" && verdict.fault.hint !== "" && verdict.fault.message !== "");
        seen[expected.code]++;
      } else if (verdict.kind === "ask" && expected.kind === "ask") {
        const said = verdict.open.map((q) => `${q.key} ${q.need.right} ${q.need.resource}`);
        assert.deepEqual(said.sort(), [...expected.open].sort());
        seen.ask++;
      } else if (verdict.kind === "allow" && expected.kind === "allow") {
        seen.allow++;
        checkUsed(world, needs, verdict, expected.candidates, digest, seen);
      }
    }),
    { numRuns: share(20_000, 4) },
  );
  // The scenarios must reach every kind of verdict, or the agreement says nothing.
  for (const [what, count] of Object.entries(seen))
    assert.ok(count > share(100, 4), `${what}: only ${count}`);
});

/** What an allow names as used: for each need something live that covers it, the narrowest when nothing had to be answered. */
function checkUsed(
  world: World,
  needs: readonly Need[],
  verdict: { readonly by: readonly string[]; readonly spends: readonly string[] },
  candidates: readonly (readonly Capability[])[],
  digest: string | undefined,
  seen: { spends: number; bound: number },
): void {
  const used = verdict.by.flatMap((id) => world.caps.find((c) => c.id === id) ?? []);
  assert.equal(used.length, verdict.by.length);
  for (const [i, n] of needs.entries()) {
    const able = candidates[i] ?? [];
    const here = used.filter((c) => able.includes(c));
    assert.ok(here.length > 0, `nothing used covers ${n.resource}`);
    const longest = Math.max(...able.map((c) => stem(c.resource).length));
    if (here.every((c) => c.answers === undefined) && here.every((c) => c.resource !== n.resource))
      assert.ok(here.some((c) => stem(c.resource).length === longest));
  }
  for (const cap of used) {
    assert.ok(isLive(world, cap) && cap.effect === "allow");
    assert.ok(cap.boundTo === undefined || cap.boundTo === digest);
    assert.ok(needs.some((n) => covers(cap.resource, n.resource) && cap.rights.includes(n.right)));
    assert.equal(verdict.spends.includes(cap.id), cap.uses !== undefined, "exactly what is counted is spent");
    if (cap.uses !== undefined) seen.spends++;
    if (cap.boundTo !== undefined) seen.bound++;
  }
  for (const id of verdict.spends) assert.ok(verdict.by.includes(id));
}

test("a deny wins whatever else is held, and adding a restriction never allows more (P6)", () => {
  const order = { deny: 0, ask: 1, allow: 2 };
  fc.assert(
    fc.property(scenario, listed(["fs", "object"]), ({ all, needs, holder, digest }, more) => {
      const run = (caps: readonly Capability[]) => {
        const table = new CapabilityTable(sha256, kinds);
        for (const cap of caps) table.add(cap);
        const at = { now: 0, placeOf: () => "/w/app" };
        return decide({
          needs,
          authority: { holder },
          binders: [holder],
          table,
          policy: [],
          kinds,
          roots: [],
          at,
          ...(digest === undefined ? {} : { digest }),
        });
      };
      const limit: Capability = {
        ...{ ...more, effect: more.effect === "ask" ? ("ask" as const) : ("deny" as const) },
        ...{ id: "limit", holder, issuer: "person" },
      };
      const before = run(all);
      const after = run([...all, limit]);
      const missed = before.kind === "deny" && before.fault.code === "ENOTCAPABLE";
      // An ask turns "not capable" into "may be asked for"; otherwise it only tightens.
      if (!(missed && limit.effect === "ask")) assert.ok(order[after.kind] <= order[before.kind]);
      if (limit.effect === "deny") {
        const hit = needs.some((n) => limit.rights.includes(n.right) && covers(limit.resource, n.resource));
        if (hit) assert.equal(after.kind, "deny");
      }
    }),
    { numRuns: share(3000, 4) },
  );
});
