// Witnesses: forged callers, persons and grants are refused, and backends check for real ones.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { isFault } from "../../src/abi/errors.ts";
import type { ModelRequest } from "../../src/abi/model.ts";
import type { Need } from "../../src/abi/resource.ts";
import { nodeFs } from "../../src/host/node/fs/fs.ts";
import { createModels } from "../../src/host/node/models/providers.ts";
import { isCaller, isLiveGrant, isPerson, mint, type Grant } from "../../src/kernel/witness.ts";
import { allOf } from "../../src/primitives/fs/text/text.ts";
import { TestKernel } from "../support/kernel.ts";

const NEEDS: readonly Need[] = [{ resource: "fs:/app/a.txt", right: "read" }];
const grant = (mode: "look" | "full", needs = NEEDS) =>
  mint.grant({ mode, call: "2.0", authority: { holder: 2 }, needs, entry: () => true });

/** Everything short of the real thing. */
function forgeries(real: object): unknown[] {
  const proto = Object.getPrototypeOf(real) as object;
  const said = {
    pid: 2,
    as: "person",
    mode: "full",
    call: "2.0",
    live: true,
    permits: () => true,
    entry: () => true,
  };
  const posing = Object.create(proto, Object.getOwnPropertyDescriptors(said)) as object;
  const heir = Object.create(real) as object;
  const copies: unknown[] = [
    said,
    { ...real },
    posing,
    heir,
    new Proxy(real, {}),
    structuredClone({ pid: 2 }),
  ];
  return [...copies, null, undefined, 2, "person", true, () => real];
}

test("a literal, a copy, a proxy, a prototype or an heir of a witness is none (P22)", () => {
  const checks: [real: object, is: (value: unknown) => boolean][] = [
    [mint.caller(2), isCaller],
    [mint.person("person"), isPerson],
    [grant("full"), isLiveGrant],
  ];
  for (const [real, is] of checks) {
    assert.equal(is(real), true);
    for (const forged of forgeries(real)) assert.equal(is(forged), false);
  }
  assert.equal(isCaller(mint.person("person")), false);
  assert.equal(isPerson(mint.caller(2)), false);
  assert.equal(isLiveGrant(mint.caller(2)), false);
});

test("a witness cannot be made through the class of a real one, nor be made to say something else", () => {
  for (const real of [mint.caller(2), mint.person("launcher"), grant("look")]) {
    const made = real.constructor as new (...args: unknown[]) => object;
    for (const args of [
      [2],
      [2, Symbol("seal")],
      ["person", undefined],
      [{ mode: "full", needs: NEEDS }, null],
    ])
      assert.throws(() => new made(...args), TypeError);
    assert.throws(() => new (class extends made {})(2), TypeError);
  }
  const look = grant("look");
  assert.throws(() => Object.assign(look, { mode: "full" }), TypeError);
  assert.throws(() => Object.assign(mint.caller(2), { pid: 3 }), TypeError);
  assert.throws(() => Object.assign(mint.person("launcher"), { as: "person" }), TypeError);
});

test("a grant permits to the letter what was decided, and nothing after its call", () => {
  const real = grant("full");
  assert.equal(real.permits("read", "fs:/app/a.txt"), true);
  const others = ["fs:/app/A.txt", "fs:/app/**", "fs:/app", "fs:/app/a.txt/**", "fs:/app/a.txt/x"];
  for (const resource of others) assert.equal(real.permits("read", resource), false, resource);
  assert.equal(real.permits("write", "fs:/app/a.txt"), false);
  assert.equal(real.entry("read", "fs:/app/b.txt"), true);
  real.expire();
  assert.deepEqual(
    [
      real.live,
      real.permits("read", "fs:/app/a.txt"),
      real.entry("read", "fs:/app/b.txt"),
      isLiveGrant(real),
    ],
    [false, false, false, false],
  );
});

test("every grant that the door gave is over once its call has ended", async () => {
  const kept: Grant[] = [];
  const k = await TestKernel.open();
  const { core } = k;
  const ops = core.operations as Map<string, NonNullable<ReturnType<typeof core.operations.get>>>;
  const op = ops.get("box.write");
  assert.ok(op);
  ops.set("box.write", {
    ...op,
    decode(raw) {
      const bound = op.decode(raw);
      if (isFault(bound)) return bound;
      return {
        args: bound.args,
        content: bound.content,
        cost: (prestate) => bound.cost(prestate),
        effect: (prestate) => bound.effect(prestate),
        needs: (view) => bound.needs(view),
        delegates: (view) => bound.delegates(view),
        probe: (prestate, view) => bound.probe(prestate, view),
        resolve: (view, look, signal) => (kept.push(look), bound.resolve(view, look, signal)),
        prepare: (view, look, signal) => (kept.push(look), bound.prepare(view, look, signal)),
        invoke: (on) => (kept.push(on.grant), bound.invoke(on)),
      };
    },
  });
  const pid = k.launch(["allow:write:fs:/app/**"]);
  const result = await k.call(pid, "box.write", { at: "fs:/app/a.txt", content: "x" });
  assert.ok(result.ok);
  assert.deepEqual(
    kept.map((g) => [g.mode, g.live]),
    [
      ["look", false],
      ["look", false],
      ["full", false],
    ],
  );
});

function disk(t: TestContext) {
  const scratch = mkdtempSync(join(tmpdir(), "witness-"));
  mkdirSync(join(scratch, "app"));
  writeFileSync(join(scratch, "app", "a.txt"), "hello\n");
  const folders = () => [{ name: "app", path: join(scratch, "app") }];
  const files = nodeFs({ folders, reserved: () => [], preImages: join(scratch, "pre") });
  t.after(() => {
    files.close();
    rmSync(scratch, { recursive: true });
  });
  return files;
}

test("the files of this machine are closed to forged, ended, foreign and look-only grants", async (t) => {
  const files = disk(t);
  const place = { folder: "app", segments: ["a.txt"] };
  const look = grant("look");
  const spot = await files.follow(place, "read", look);
  assert.ok(!isFault(spot) && spot.kind === "file");
  const { signal } = new AbortController();
  const ended = grant("full");
  ended.expire();
  const foreign = grant("full", [{ resource: "fs:/app/b.txt", right: "read" }]);
  const bad: unknown[] = [...forgeries(look), ended, foreign];
  const likely = () => Promise.resolve({ names: [], guessFirst: false });
  for (const forged of [...bad, look]) {
    const got = await files.lines(spot, allOf(99), likely, forged as Grant, signal);
    assert.ok(isFault(got), `read with ${String(forged)}`);
  }
  for (const forged of bad) {
    assert.ok(isFault(await files.follow(place, "read", forged as Grant)));
    assert.ok(isFault(await files.reach(place, "read", forged as Grant)));
  }
  assert.ok(!isFault(await files.lines(spot, allOf(99), likely, grant("full"), signal)));
});

test("models are closed to them as well, and nothing is said", async () => {
  let said = 0;
  const models = createModels({ scripted: true });
  const request: ModelRequest = {
    ...{ pid: 2, model: "scripted/one", system: "", messages: [], tools: [], turn: 0, values: [] },
    script: { turns: [{ text: "hello" }] },
  };
  const needs: Need[] = [{ resource: "model:/scripted/one", right: "call" }];
  const ended = grant("full", needs);
  ended.expire();
  const { signal } = new AbortController();
  const complete = (on: unknown, of: ModelRequest = request) =>
    models.complete(of, on as Grant, signal, () => (said += 1));
  const bad = [...forgeries(grant("full", needs)), ended, grant("look", needs), grant("full")];
  for (const forged of bad) assert.ok(isFault(await complete(forged)));
  assert.ok(isFault(await complete(grant("full", needs), { ...request, model: "scripted/other" })));
  assert.equal(said, 0);
  assert.ok(!isFault(await complete(grant("full", needs))));
  assert.ok(said > 0);
});
