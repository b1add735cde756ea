// Objects over random families: versions match a naive model, lists match reads, and the fold matches the live state.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { code } from "../support/kernel.ts";
import { openKernel, FAMILY, valueOf } from "../support/objects.ts";
import { folded, plainState } from "../support/plain.ts";
import { floor, share } from "../support/runs.ts";

const NAMES = ["a", "A", "b*"];
const SPACES = ["p2", "p3", "p4", "board"];
const name = fc.constantFrom(...NAMES);
const space = fc.constantFrom(...SPACES);
const who = fc.nat(2);

const act = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      what: fc.constant("put" as const),
      ...{ who, name, space },
      value: fc.nat(9),
      expected: fc.option(fc.nat(4), { nil: undefined }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ what: fc.constant("delete" as const), who, name, space }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant("link" as const), who, name, space, to: name }) },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant("revoke" as const), which: fc.integer({ min: 1, max: 20 }) }),
  },
);

const grant = fc
  .tuple(
    fc.constantFrom("allow", "allow", "allow", "ask", "deny"),
    fc.subarray(["read", "write", "link"], { minLength: 1 }),
    fc.oneof(
      fc.constant("**"),
      space.map((s) => `${s}/**`),
      fc.tuple(space, name).map(([s, n]) => `${s}/${n.replace("*", "%2A")}`),
    ),
    fc.constantFrom("", "", ";uses=2"),
  )
  .map(
    ([effect, rights, at, uses]) =>
      `${effect}:${rights.join(",")}:object:/${at}${effect === "allow" ? uses : ""}`,
  );

/** What one name holds, naively: the numbers go on counting, the values are a list. */
interface Known {
  last: number;
  values: Map<number, number>;
}

test("random puts, deletes and links do what a naive model does, and a list shows what a read gives (P51, P52, P53, P54, P55)", async () => {
  const seen: Record<string, number> = {};
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(grant, { maxLength: 4 }), { minLength: 3, maxLength: 3 }),
      fc.array(act, { minLength: 10, maxLength: 25 }),
      async (grants, acts) => {
        const { k, get, list } = await openKernel([...FAMILY, ...(grants[0] ?? [])]);
        const wider = ["allow:read,write,link:object:/**", ...(grants[1] ?? [])];
        const pids = [2, k.launch(wider), k.launch(grants[2])];
        const model = new Map<string, Known>();
        for (const step of acts) {
          if (step.what === "revoke") {
            k.kernel.revoke(k.person, `cap${step.which}`, "test");
            continue;
          }
          const pid = pids[step.who] ?? 0;
          const key = `${step.space}/${step.name}`;
          const known = model.get(key) ?? { last: 0, values: new Map<number, number>() };
          const now = known.values.size === 0 ? 0 : known.last;
          const at = { namespace: step.space, name: step.name };
          const args =
            step.what === "put"
              ? {
                  ...at,
                  value: step.value,
                  ...(step.expected === undefined ? {} : { if_version: step.expected }),
                }
              : step.what === "delete"
                ? at
                : { from: key, to: `${step.space}/${step.to}`, relation: "references" };
          const call = k.call(pid, `object.${step.what}`, args);
          await k.settle();
          for (const { question } of k.open) k.answer({ allow: false }, question.id);
          const result = await call;
          const came = code(result);
          seen[`${step.what} ${came}`] = (seen[`${step.what} ${came}`] ?? 0) + 1;
          if (["ENOTCAPABLE", "EACCES", "ECANCELED"].includes(came)) continue;
          if (step.what === "put") {
            const stale = step.expected !== undefined && step.expected !== now;
            assert.equal(came, stale ? "ESTALE" : "ok");
            if (stale) continue;
            known.last += 1;
            known.values.set(known.last, step.value);
            assert.equal(valueOf(result)["version"], known.last);
          } else if (step.what === "delete") {
            assert.equal(came, now === 0 ? "ENOENT" : "ok");
            known.values.clear();
          }
          model.set(key, known);
        }
        const wide = k.launch(["allow:read:object:/**"]);
        for (const [key, { last, values }] of model) {
          const [namespace = "", name = ""] = key.split("/");
          for (let version = 1; version <= last; version++) {
            const got = await get(wide, { namespace, name, version });
            // Of many only the newest are held.
            const held = values.has(version) && version > last - 16;
            assert.equal(code(got), held ? "ok" : "ENOENT", `${key}@${version}`);
            if (held) assert.equal(valueOf(got)["value"], values.get(version));
          }
        }
        for (const pid of pids) {
          const listed = (await list(pid)).map((e) => `${e.namespace}/${e.name}@${e.version}`);
          const readable: string[] = [];
          for (const [key, { last, values }] of model) {
            const [namespace = "", name = ""] = key.split("/");
            const uses = k.of("call.begin").length;
            const call = get(pid, { namespace, name });
            await k.settle();
            for (const { question } of k.open) k.answer({ allow: false }, question.id);
            const came = code(await call);
            assert.ok(came !== "ok" || values.size > 0);
            if (came === "ok") readable.push(`${key}@${last}`);
            // A read that spends may be the last one: the next look starts from a fresh one.
            if (k.of("call.begin").length > uses) seen["spent"] = (seen["spent"] ?? 0) + 1;
          }
          const counted = k.kernel.state.capabilities.heldBy(pid).some((h) => h.cap.uses !== undefined);
          if (counted) for (const each of readable) assert.ok(listed.includes(each), `${each} is not listed`);
          else assert.deepEqual(listed.sort(), readable.sort());
          seen[readable.length === 0 ? "blind" : "sighted"] =
            (seen[readable.length === 0 ? "blind" : "sighted"] ?? 0) + 1;
        }
        k.kernel.signal(k.person, pids[1] ?? 0, "kill", "test");
        assert.deepEqual(plainState(folded(k.records)), plainState(k.kernel.state));
        await k.kernel.stop();
      },
    ),
    { numRuns: share(1000, 5) },
  );
  for (const what of ["put ok", "put ESTALE", "put ENOTCAPABLE", "delete ok", "link ok", "spent", "sighted"])
    assert.ok((seen[what] ?? 0) > floor(20), `${what}: ${JSON.stringify(seen)}`);
});
