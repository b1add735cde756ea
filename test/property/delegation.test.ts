// Delegation over random families: nothing widens, limits follow, uses never multiply, accounts are never exceeded.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseCap, printCap, type Listed } from "../../src/abi/capability.ts";
import { isFault } from "../../src/abi/errors.ts";
import { stem, type Need } from "../../src/abi/resource.ts";
import { bindersOf } from "../../src/kernel/state/account.ts";
import { decide, type Verdict } from "../../src/kernel/authority/decide.ts";
import { hasExpired, type Held } from "../../src/kernel/authority/capabilities.ts";
import { code, TestKernel } from "../support/kernel.ts";
import { share } from "../support/runs.ts";
import { folded, plainState } from "../support/plain.ts";
import { kinds } from "../harness/kinds.ts";

const NAMES = ["fs:/app", "fs:/app/a", "fs:/app/src", "fs:/app/src/a", "fs:/app/src/b", "fs:/app/SRC/a"];
const UNIVERSE: Need[] = [...NAMES, "fs:/app/src/**", "fs:/app/**"].flatMap((resource) =>
  (["read", "write"] as const).map((right) => ({ resource, right })),
);

const grant = fc.record(
  {
    effect: fc.constantFrom(
      "allow" as const,
      "allow" as const,
      "allow" as const,
      "ask" as const,
      "deny" as const,
    ),
    rights: fc.subarray(["read" as const, "write" as const], { minLength: 1 }),
    resource: fc.constantFrom(...NAMES, "fs:/app/**", "fs:/app/src/**", "fs:/app/SRC/**", "fs:/**"),
    uses: fc.integer({ min: 1, max: 4 }),
    until: fc.integer({ min: 1, max: 5 }).map((h) => `2026-01-01T0${h}:00:00.000Z`),
  },
  { requiredKeys: ["effect", "rights", "resource"], noNullPrototype: true },
);

const act = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      what: fc.constant("spawn" as const),
      who: fc.nat(7),
      grants: fc.array(grant, { maxLength: 3 }),
      /** Held capabilities to list as they stand, or one level down. */
      own: fc.array(fc.tuple(fc.nat(9), fc.boolean(), fc.boolean()), { maxLength: 3 }),
      budget: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      what: fc.constant("read" as const),
      who: fc.nat(7),
      at: fc.constantFrom(...NAMES),
      parallel: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("revoke" as const), which: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("kill" as const), who: fc.nat(7) }) },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant("drop" as const), who: fc.nat(7), which: fc.nat(9) }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("hour" as const) }) },
);
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

const ORDER = { deny: 0, ask: 1, allow: 2 };

/** What each thing of the universe would be decided as for a holder, right now. */
function reach(k: TestKernel, holder: number): { readonly need: Need; readonly verdict: Verdict }[] {
  const { state } = k.kernel;
  const at = k.kernel.now();
  const binders = bindersOf(state, holder);
  return UNIVERSE.map((need) => ({
    need,
    verdict: decide({
      needs: [need],
      authority: { holder },
      binders,
      table: state.capabilities,
      policy: state.policy,
      kinds,
      roots: [],
      at,
    }),
  }));
}

function within(k: TestKernel, giver: ReturnType<typeof reach>, child: number): void {
  for (const [i, { need, verdict }] of reach(k, child).entries()) {
    const before = giver[i]?.verdict;
    assert.ok(before);
    assert.ok(
      ORDER[verdict.kind] <= ORDER[before.kind],
      `child may ${need.right} ${need.resource} (${verdict.kind}), its giver ${before.kind}`,
    );
  }
}

function ancestors(k: TestKernel, held: Held): Held[] {
  const up = held.cap.parent === undefined ? undefined : k.kernel.state.capabilities.get(held.cap.parent);
  return up === undefined ? [held] : [held, ...ancestors(k, up)];
}

/** What must hold after every step. */
function invariants(k: TestKernel): void {
  const { state } = k.kernel;
  const at = k.kernel.now();
  const spent = new Map<string, number>();
  for (const end of k.of("call.end")) {
    if (end.data.op !== "box.read" || end.data.outcome !== "ok") continue;
    for (const id of end.data.by ?? []) {
      const held = state.capabilities.get(id);
      assert.ok(held);
      for (const up of ancestors(k, held)) spent.set(up.cap.id, (spent.get(up.cap.id) ?? 0) + 1);
    }
  }
  for (const held of state.capabilities.all()) {
    const { cap } = held;
    if (cap.uses !== undefined)
      assert.ok((spent.get(cap.id) ?? 0) <= cap.uses, `${cap.id} was used ${spent.get(cap.id)} times`);
    if (!state.capabilities.live(held, at) || cap.effect !== "allow") continue;
    for (const up of ancestors(k, held)) {
      assert.ok(!up.revoked, `${cap.id} outlives its revoked ${up.cap.id}`);
      assert.ok(!hasExpired(up.cap, at.now), `${cap.id} outlives its expired ${up.cap.id}`);
      assert.equal(up.cap.boundTo, undefined);
    }
    if (cap.issuer.startsWith("pid:")) assert.equal(cap.answers, undefined, "answers are never passed on");
  }
  for (const { budget, used, pid } of state.processes.values()) {
    if (budget.toolCalls !== undefined)
      assert.ok(
        used.toolCalls <= budget.toolCalls,
        `process ${pid} used ${used.toolCalls} of ${budget.toolCalls}`,
      );
  }
}

async function perform(
  k: TestKernel,
  pids: number[],
  step: Act,
  seen: Record<string, number>,
): Promise<void> {
  const { state } = k.kernel;
  if (step.what === "hour") k.clock.advance(3_600_000);
  else if (step.what === "revoke") k.kernel.revoke(k.person, `cap${step.which}`, "test");
  else {
    const living = pids.filter((p) => k.process(p).life.ended === undefined);
    const pid = living[step.who % Math.max(1, living.length)];
    if (pid === undefined) return;
    if (step.what === "kill") {
      if (pids.length > 4) k.kernel.signal(k.person, pid, "kill", "test");
    } else if (step.what === "drop") {
      const held = state.capabilities.heldBy(pid)[step.which];
      await k.call(pid, "capability.drop", { id: held?.cap.id ?? "none" });
    } else if (step.what === "read") {
      const calls = Array.from({ length: step.parallel }, () => k.call(pid, "box.read", { at: step.at }));
      await k.settle();
      for (const asked of k.open) k.answer({ allow: asked.question.kind === "budget" }, asked.question.id);
      for (const result of await Promise.all(calls)) seen[code(result)] = (seen[code(result)] ?? 0) + 1;
    } else {
      const held = state.capabilities.heldBy(pid).filter((h) => h.cap.resource.startsWith("fs:"));
      const own = step.own.flatMap(([i, deeper, counted]): Listed[] => {
        const { effect, rights, resource, until } = held[i % Math.max(1, held.length)]?.cap ?? {};
        if (effect === undefined || rights === undefined || resource === undefined) return [];
        const below = deeper && resource.endsWith("/**") ? `${stem(resource)}/src` : resource;
        return [{ effect, rights, resource: below, ...(until && { until }), ...(counted && { uses: 1 }) }];
      });
      const before = reach(k, pid);
      const args = {
        ...{ goal: "part", image: "boxes", grants: [...own, ...step.grants].map(printCap) },
        ...(step.budget === undefined ? {} : { budget: { toolCalls: step.budget } }),
      };
      const result = await k.call(pid, "process.spawn", args);
      const value: unknown = result.ok ? result.value : undefined;
      if (typeof value === "object" && value !== null && "pid" in value && typeof value.pid === "number") {
        pids.push(value.pid);
        within(k, before, value.pid);
        seen["spawned"] = (seen["spawned"] ?? 0) + 1;
      } else seen["refused"] = (seen["refused"] ?? 0) + 1;
    }
  }
}

test("nothing widens in random families, and the fold of the record equals the live state (P36, P38, P47)", async () => {
  const seen: Record<string, number> = {};
  await fc.assert(
    fc.asyncProperty(
      fc.array(grant, { maxLength: 5 }),
      fc.array(act, { minLength: 5, maxLength: 20 }),
      fc.integer({ min: 3, max: 12 }),
      async (grants, acts, toolCalls) => {
        const k = await TestKernel.open();
        for (const name of NAMES) k.world.files.set(name, "text");
        const launch = [
          "allow:spawn:process:/children",
          "allow:execute:image:/boxes",
          ...grants.map(printCap),
        ];
        const pids = [k.launch([...launch, "allow:read:fs:/app/src/**"], { budget: { toolCalls } })];
        for (const step of acts) {
          await perform(k, pids, step, seen);
          invariants(k);
        }
        assert.deepEqual(plainState(folded(k.records)), plainState(k.kernel.state));
        await k.kernel.stop();
      },
    ),
    { numRuns: share(1000) },
  );
  for (const what of ["spawned", "refused", "ok", "ENOTCAPABLE", "EACCES", "EDQUOT", "ECANCELED"])
    assert.ok((seen[what] ?? 0) > share(20), `${what}: ${seen[what] ?? 0} of ${JSON.stringify(seen)}`);
});

test("a spawn that lists one grant that is not held starts nobody and mints nothing (P17, P23, P38)", async () => {
  const k = await TestKernel.open();
  const held = [
    "allow:read:fs:/app/src/**;uses=2",
    "ask:write:fs:/app/src/**",
    "deny:read:fs:/app/src/secret",
  ];
  const pid = k.launch(["allow:spawn:process:/children", "allow:execute:image:/boxes", ...held]);
  for (const bad of [
    "allow:read:fs:/app/**",
    "allow:write:fs:/app/src/a",
    "allow:read:fs:/app/src/**",
    "allow:read:fs:/app/src/a;uses=3",
    "ask:read:fs:/app/src/a",
    "ask:write:fs:/app/**",
    "ask:read:fs:/other/**",
    "allow:read:object:/p9/x",
    "allow:call:model:/other/one",
    "not a grant",
  ]) {
    const before = k.records.length;
    const result = await k.call(pid, "process.spawn", {
      goal: "x",
      grants: ["allow:read:fs:/app/src/a;uses=1", bad],
    });
    assert.ok(["ENOTCAPABLE", "EINVAL"].includes(code(result)), `${bad}: ${code(result)}`);
    assert.deepEqual(
      k.records.slice(before).map((r) => r.kind),
      ["call.end"],
      bad,
    );
  }
  assert.equal(isFault(parseCap("not a grant", kinds)), true);
});

test("two grants of one list cannot pass the same uses on twice", async () => {
  const k = await TestKernel.open();
  const held = [
    "allow:spawn:process:/children",
    "allow:execute:image:/boxes",
    "allow:read:fs:/app/**;uses=3",
  ];
  const pid = k.launch(held);
  const list = (...grants: string[]) => k.call(pid, "process.spawn", { goal: "x", grants });
  assert.equal(code(await list("allow:read:fs:/app/a;uses=2", "allow:read:fs:/app/b;uses=2")), "ENOTCAPABLE");
  assert.equal(code(await list("allow:read:fs:/app/a;uses=2", "allow:read:fs:/app/b;uses=1")), "ok");
  assert.equal(code(await list("allow:read:fs:/app/c;uses=1")), "ENOTCAPABLE");
  assert.equal(code(await k.call(pid, "box.read", { at: "fs:/app/a" })), "ENOTCAPABLE");
});

test("what was not listed is out of a child's reach, also by asking, though its giver may be asked for it", async () => {
  const k = await TestKernel.open();
  const held = ["allow:spawn:process:/children", "allow:execute:image:/boxes", "allow:read:fs:/app/**"];
  const pid = k.launch([...held, "ask:read,write:fs:/app/**", "deny:write:fs:/app/src/secret"]);
  const grants = ["allow:read:fs:/app/src/**", "ask:write:fs:/app/src/**"];
  assert.equal(code(await k.call(pid, "process.spawn", { goal: "part", grants })), "ok");
  const child = (right: string, at: string) => {
    const found = reach(k, pid + 1).find((r) => r.need.right === right && r.need.resource === at);
    return found?.verdict.kind === "deny" ? found.verdict.fault.code : found?.verdict.kind;
  };
  assert.deepEqual(
    ["fs:/app/a", "fs:/app/src/a"].flatMap((at) => [child("read", at), child("write", at)]),
    ["ENOTCAPABLE", "ENOTCAPABLE", "ask", "ask"],
  );
  const write = await k.call(pid + 1, "box.write", { at: "fs:/app/src/secret", content: "x" });
  assert.equal(code(write), "EACCES", "and what its giver is denied stays denied");
});
