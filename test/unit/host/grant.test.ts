// The backend's own gate: without a live witness of the right mode for the real name, no method touches a file.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { isFault } from "../../../src/abi/errors.ts";
import type { Need } from "../../../src/abi/resource.ts";
import { Grant, mint } from "../../../src/kernel/witness.ts";
import type { FsBackend, Spot } from "../../../src/primitives/fs/backend.ts";
import { allOf } from "../../../src/primitives/fs/text/text.ts";
import { Bench, picture } from "../../harness/fs.ts";

const bench = new Bench();
after(() => bench.close());
writeFileSync(bench.at("f"), "f\n");
mkdirSync(bench.at("d"));
const { backend } = bench;
const signal = new AbortController().signal;
const likely = () => Promise.resolve({ names: [], guessFirst: false });
const place = (...segments: string[]) => ({ folder: "app", segments });
const grant = (mode: "look" | "full", ...needs: Need[]): Grant =>
  mint.grant({ mode, call: "1.0.0", authority: { holder: 1 }, needs, entry: () => false });
const RIGHTS = ["read", "list", "write", "delete"] as const;
const everything = RIGHTS.flatMap((right) =>
  ["f", "d", "new", "d/**"].map((n) => ({ right, resource: `fs:/app/${n}` })),
);

async function spotOf(name: string): Promise<Spot> {
  const found = await backend.reach(place(name), "write", grant("look", ...everything));
  assert.ok(!isFault(found));
  return found;
}

/** Every method, as a call with one grant. */
async function methods(): Promise<
  [name: string, effect: boolean, call: (b: FsBackend, g: Grant) => unknown][]
> {
  const [f, d, fresh] = [await spotOf("f"), await spotOf("d"), await spotOf("new")];
  const walk = { right: "read" as const, maxEntries: 10, shows: () => true };
  return [
    ["follow", false, (b, g) => b.follow(place("f"), "read", g)],
    ["reach", false, (b, g) => b.reach(place("f"), "write", g)],
    ["content", false, (b, g) => b.content(f, "read", 100, g, signal)],
    ["mark", false, (b, g) => b.mark(f, "delete", g, signal)],
    ["tree", false, (b, g) => b.tree(d, "delete", 100, g, signal)],
    ["keeper", false, (b, g) => b.keeper(f, "write", "", g)],
    ["lines", true, (b, g) => b.lines(f, allOf(100), likely, g, signal)],
    ["form", false, (b, g) => b.form(f, "read", likely, g, signal)],
    ["list", true, (b, g) => b.list(d, 10, g, signal)],
    ["walk", true, (b, g) => b.walk(d, walk, g, signal, async () => true)],
    ["ignores", true, (b, g) => b.ignores(d, g, signal)],
    ["write", true, (b, g) => b.write(fresh, new Uint8Array([1]), "absent", g, signal)],
    ["makeFolder", true, (b, g) => b.makeFolder(fresh, g)],
    ["move", true, (b, g) => b.move(f, fresh, "", g, signal)],
    ["remove", true, (b, g) => b.remove(f, "", g, signal)],
  ];
}

/** A literal with the right shape and prototype: what a cast can make, and the compiler cannot stop. */
function forged(mode: "look" | "full"): Grant {
  const yes = { permits: () => true, entry: () => true, expire: () => undefined };
  const lie = { mode, call: "1.0.0", pid: 1, live: true, ...yes };
  Object.setPrototypeOf(lie, Grant.prototype);
  return lie as unknown as Grant;
}

test("no method works with a forged, expired, foreign or merely looking grant", async () => {
  const before = picture(bench.base);
  for (const [name, effect, call] of await methods()) {
    const expired = grant("full", ...everything);
    expired.expire();
    const bad: [string, Grant][] = [
      ["forged", forged("full")],
      ["expired", expired],
      ["for nothing", grant("full")],
      ["for another name", grant("full", ...RIGHTS.map((right) => ({ right, resource: "fs:/app/other" })))],
      ["for the folder above", grant("full", ...RIGHTS.map((right) => ({ right, resource: "fs:/app/**" })))],
      ...(effect ? [["look only", grant("look", ...everything)] as [string, Grant]] : []),
    ];
    for (const [what, g] of bad) {
      const got = await call(backend, g);
      assert.ok(isFault(got) && got.code === "EACCES", `${name} with a grant ${what}`);
    }
  }
  assert.deepEqual(picture(bench.base), before);
});

test("a grant that ends in the middle of a listing shows nothing more", async () => {
  for (let i = 0; i < 5; i++) writeFileSync(bench.at("d", `f${i}`), "");
  const full = mint.grant({
    mode: "full",
    call: "1.0.0",
    authority: { holder: 1 },
    needs: everything,
    entry: () => true,
  });
  const met: string[] = [];
  const walked = await backend.walk(
    await spotOf("d"),
    { right: "list", maxEntries: 100, shows: () => true },
    full,
    signal,
    async (m) => {
      met.push(m.name);
      if (met.length === 2) full.expire();
      return true;
    },
  );
  assert.ok(!isFault(walked));
  assert.deepEqual([met, walked.hidden], [["f0", "f1"], 3]);
});

test("an interrupt ends a read, a walk and a write before anything happens", async () => {
  const stop = new AbortController();
  stop.abort();
  const full = mint.grant({
    mode: "full",
    call: "1.0.0",
    authority: { holder: 1 },
    needs: everything,
    entry: () => true,
  });
  const before = picture(bench.at());
  const f = await spotOf("f");
  const got = [
    await backend.lines(f, allOf(10), likely, full, stop.signal),
    await backend.walk(
      await spotOf("d"),
      { right: "list", maxEntries: 9, shows: () => true },
      full,
      stop.signal,
      async () => true,
    ),
    await backend.write(await spotOf("new"), new Uint8Array([1]), "absent", full, stop.signal),
    await backend.remove(f, "x", full, stop.signal),
  ];
  for (const result of got) assert.ok(isFault(result) && result.code === "EINTR", JSON.stringify(result));
  assert.deepEqual(picture(bench.at()), before);
});
