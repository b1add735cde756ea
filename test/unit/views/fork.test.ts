// What a fork of an ended agent is offered to hold: never more than the other could do unasked, and every deny of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseCap, printCap } from "../../../src/abi/capability.ts";
import { isFault } from "../../../src/abi/errors.ts";
import type { Need, Right } from "../../../src/abi/resource.ts";
import { decide } from "../../../src/kernel/authority/decide.ts";
import { emptyState } from "../../../src/kernel/state/rows.ts";
import { CapabilityTable, type Now } from "../../../src/kernel/authority/capabilities.ts";
import { nowIn, grantsForFork } from "../../../src/views/agents/authority.ts";
import { digests } from "../../support/journal.ts";
import { TestKernel } from "../../support/kernel.ts";
import { share } from "../../support/runs.ts";
import { kinds } from "../../harness/kinds.ts";

const NOW = Date.parse("2026-06-01T00:00:00Z");

test("it lists what still counts with the uses left, and nothing that is over, bound, its own or the workspace's", async () => {
  const k = await TestKernel.open({});
  const pid = k.launch([
    ...["allow:read,list:fs:/app/**", "ask:write:fs:/app/**", "deny:read:fs:/app/private/**"],
    ...[
      "allow:spawn:process:/children;uses=2",
      "allow:execute:image:/boxes",
      "allow:delete:fs:/app/x;uses=1",
    ],
    ...["allow:read:fs:/app/old;until=2001-01-01T00:00:00Z", "allow:read:fs:/app/no/**"],
  ]);
  const { kernel, person } = k;
  const { state } = kernel;
  await k.call(pid, "process.spawn", { goal: "part" });
  k.world.files.set("fs:/app/x", "x");
  await k.call(pid, "box.delete", { at: "fs:/app/x" });
  // What a person allowed: once, for the agent, and for the workspace.
  for (const [at, scope] of [
    ["fs:/app/a", "once"],
    ["fs:/app/b", "agent"],
    ["fs:/app/c", "workspace"],
  ] as const) {
    const call = k.call(pid, "box.write", { at, content: "1" });
    await k.settle();
    k.answer({ scope });
    await call;
  }
  const no = state.capabilities.heldBy(pid).find((h) => h.cap.resource === "fs:/app/no/**");
  kernel.revoke(person, no?.cap.id ?? "", "test");
  const told = (): string[] => grantsForFork(state, pid, nowIn(state, NOW)).map((grant) => printCap(grant));
  const lasting = [
    ...["allow:read,list:fs:/app/**", "ask:write:fs:/app/**", "deny:read:fs:/app/private/**"],
    ...["allow:spawn:process:/children;uses=1", "allow:execute:image:/boxes"],
  ];
  assert.deepEqual(told(), [...lasting, "allow:wait,signal,message:process:/3"]);
  kernel.signal(person, pid, "kill", "test");
  assert.deepEqual(told(), lasting, "its child has ended with it");
  const elsewhere = { ...nowIn(state, NOW), placeOf: () => "/elsewhere" };
  assert.deepEqual(
    grantsForFork(state, pid, elsewhere).map((grant) => printCap(grant)),
    ["deny:read:fs:/app/private/**", ...lasting.slice(3)],
  );
});

const RIGHTS: Right[] = ["read", "write", "delete"];
const PLACES = ["fs:/app/**", "fs:/app/a/**", "fs:/app/a/b", "fs:/app/c"];
const grant = fc.record({
  effect: fc.constantFrom("allow", "allow", "ask", "deny" as const),
  rights: fc.subarray(RIGHTS, { minLength: 1 }),
  resource: fc.constantFrom(...PLACES),
  uses: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined }),
  spent: fc.integer({ min: 0, max: 2 }),
  answers: fc.boolean(),
  bound: fc.boolean(),
});

test("an ask is left out only for one that covers it for good", () => {
  const told = (...texts: string[]): string[] => {
    const state = emptyState((text) => digests.sha256(text), kinds);
    for (const [i, text] of texts.entries()) {
      const listed = parseCap(text, kinds);
      assert.ok(!isFault(listed));
      state.capabilities.add({ ...listed, id: `cap${i}`, holder: 2, issuer: "person" });
    }
    return grantsForFork(state, 2, { now: NOW, placeOf: () => undefined }).map((each) => printCap(each));
  };
  const [wide, narrow] = ["ask:write:fs:/app/**", "ask:write:fs:/app/a/**"];
  assert.deepEqual(told(narrow, wide, wide), [wide]);
  for (const limit of [";uses=1", ";until=2027-01-01T00:00:00Z"])
    assert.deepEqual(told(`${wide}${limit}`, narrow), [`${wide}${limit}`, narrow]);
});

test("whatever it held, the offer allows nothing that would not have been allowed, and denies all that was denied", () => {
  const at: Now = { now: NOW, placeOf: () => undefined };
  fc.assert(
    fc.property(fc.array(grant, { maxLength: 6 }), (grants) => {
      const state = emptyState((text) => digests.sha256(text), kinds);
      const asks: string[] = [];
      for (const [i, { uses, spent, answers, bound, ...rest }] of grants.entries()) {
        const id = `cap${i}`;
        const limits = {
          ...(uses === undefined ? {} : { uses }),
          ...(answers ? { answers: [...asks] } : {}),
        };
        const once = bound && rest.effect === "allow" ? { boundTo: "another call" } : {};
        const held = state.capabilities.add({ ...rest, ...limits, ...once, id, holder: 2, issuer: "person" });
        if (rest.effect === "ask") asks.push(held.key);
        state.capabilities.spend(id, spent);
      }
      const offered = new CapabilityTable((text) => digests.sha256(text), kinds);
      for (const [i, listed] of grantsForFork(state, 2, at).entries())
        offered.add({ ...listed, id: `new${i}`, holder: 3, issuer: "person" });
      for (const right of RIGHTS)
        for (const resource of ["fs:/app/a/b", "fs:/app/a/x", "fs:/app/c", "fs:/app/d"]) {
          const needs: Need[] = [{ right, resource }];
          const before = decide({
            needs,
            authority: { holder: 2 },
            binders: [2],
            table: state.capabilities,
            policy: [],
            kinds,
            roots: [],
            at,
          });
          const after = decide({
            needs,
            authority: { holder: 3 },
            binders: [3],
            table: offered,
            policy: [],
            kinds,
            roots: [],
            at,
          });
          const order = ["deny", "ask", "allow"];
          assert.ok(order.indexOf(after.kind) <= order.indexOf(before.kind), `${right} ${resource}`);
          const code = before.kind === "deny" ? before.fault.code : "";
          if (code === "EACCES") assert.equal(after.kind === "deny" && after.fault.code, "EACCES");
          if (before.kind === "allow") assert.notEqual(after.kind, "deny", "it can still be asked for");
        }
    }),
    { numRuns: share(2000) },
  );
});
