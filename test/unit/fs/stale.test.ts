// Writing over what somebody else did: a file that changed, a faster writer and a folder that was swapped are noticed.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { Bench, picture } from "../../harness/fs.ts";

const bench = new Bench();

after(() => bench.close());

const write = (path: string, content: string, between = {}) =>
  bench.call("fs.write", { path, content }, between);

const edit = (path: string, old_text: string, new_text: string, between = {}) =>
  bench.call("fs.edit", { path, old_text, new_text }, between);

test("a file that changed since this process read it is not overwritten; one never read is", async () => {
  writeFileSync(bench.at("s"), "one\n");
  assert.equal((await write("s", "two\n")).code, "ok");
  assert.equal((await write("s", "three\n")).code, "ok");
  writeFileSync(bench.at("s"), "somebody else\n");
  for (const got of [
    await write("s", "four\n"),
    await edit("s", "else", "x"),
    await bench.call("fs.delete", { path: "s" }),
    await bench.call("fs.move", { from: "s", to: "t" }),
  ]) {
    assert.equal(got.code, "ESTALE");
    assert.match(got.error?.message ?? "", /since this process read it/);
  }
  await bench.call("fs.read", { path: "s" });
  assert.equal((await edit("s", "else", "x")).code, "ok");
  rmSync(bench.at("s"));
  assert.equal((await write("s", "new\n")).code, "ok");
});

/** Everything on the disk but the copies that were kept on the way. */
function world(): Record<string, string> {
  const all = picture(bench.base);
  return Object.fromEntries(
    Object.entries(all).filter(([path]) => !path.startsWith(join(bench.home, "pre/"))),
  );
}

/** What somebody else does to `v`, and whether a write that has not been shown yet may still go on. */
const CHANGES: [what: string, goesOn: boolean, change: () => void][] = [
  ["content", true, () => writeFileSync(bench.at("v"), "changed\n")],
  ["case", true, () => writeFileSync(bench.at("v"), "FIRST\n")],
  [
    "replaced by the same",
    false,
    () => (writeFileSync(bench.at("v2"), "first\n"), renameSync(bench.at("v2"), bench.at("v"))),
  ],
  ["gone", false, () => rmSync(bench.at("v"))],
  ["a folder", false, () => (rmSync(bench.at("v")), mkdirSync(bench.at("v")))],
  ["a link", false, () => (rmSync(bench.at("v")), symlinkSync(join(bench.outside, "target"), bench.at("v")))],
];

for (const [what, goesOn, change] of CHANGES) {
  for (const step of ["afterResolve", "afterPrepare", "beforeInvoke"] as const) {
    for (const verb of ["write", "edit"] as const) {
      test(`${verb}: ${what} ${step} is noticed, and nothing is written`, async () => {
        writeFileSync(join(bench.outside, "target"), "outside\n");
        writeFileSync(bench.at("v"), "first\n");
        bench.seen.clear();
        let after: Record<string, string> = {};
        const between = { [step]: () => (change(), (after = world())) };
        const got =
          verb === "write"
            ? await write("v", "mine\n", between)
            : await edit("v", "first", "second", between);
        if (goesOn && step === "afterResolve" && verb === "write") assert.equal(got.code, "ok");
        else {
          // An edit looks for its text in what stands there now, and does not find it.
          const sought = verb === "edit" && goesOn && step !== "beforeInvoke";
          assert.equal(got.code, sought ? "EINVAL" : "ESTALE", got.error?.message);
          assert.deepEqual(world(), after);
        }
        rmSync(bench.at("v"), { recursive: true, force: true });
      });
    }
  }
}

test("somebody faster is not overwritten", async () => {
  const got = await write("fresh", "mine\n", {
    beforeInvoke: () => writeFileSync(bench.at("fresh"), "theirs\n"),
  });
  assert.equal(got.code, "ESTALE");
  assert.equal(bench.text("fresh"), "theirs\n");
});

test("a folder on the way that is swapped for a link is noticed", async () => {
  for (const step of ["afterResolve", "afterPrepare", "beforeInvoke"] as const) {
    mkdirSync(bench.at("way/deep"), { recursive: true });
    const before = picture(bench.outside);
    const got = await write("way/deep/f", "x", {
      [step]: () => {
        renameSync(bench.at("way"), bench.at("away"));
        symlinkSync(bench.outside, bench.at("way"));
      },
    });
    assert.equal(got.code, "EACCES", step);
    assert.deepEqual(picture(bench.outside), before);
    rmSync(bench.at("way"));
    rmSync(bench.at("away"), { recursive: true });
  }
});

test("ten writes at once to one file: one wins each time, none is torn", async () => {
  const all = await Promise.all(Array.from({ length: 10 }, (_, i) => write("race", `${i}\n`.repeat(1000))));
  assert.ok(all.some((r) => r.code === "ok"));
  for (const r of all) assert.ok(["ok", "ESTALE", "EBUSY", "EEXIST"].includes(r.code), r.error?.message);
  const text = bench.text("race");
  assert.equal(text, text.slice(0, 2).repeat(1000));
  const same = await Promise.all(Array.from({ length: 10 }, () => write("same", "same\n")));
  assert.ok(same.some((r) => r.code === "ok"));
  assert.equal(bench.text("same"), "same\n");
  assert.deepEqual(
    readdirSync(bench.at()).filter((n) => n.startsWith(".~")),
    [],
  );
});

test("writes at once into folders that do not exist yet all arrive", async () => {
  const all = await Promise.all(Array.from({ length: 8 }, (_, i) => write(`shared/new/f${i}`, `${i}\n`)));
  assert.deepEqual(
    all.map((r) => r.error?.message ?? r.code),
    Array.from({ length: 8 }, () => "ok"),
  );
  assert.equal(readdirSync(bench.at("shared/new")).length, 8);
});
