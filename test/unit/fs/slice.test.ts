// The first straight path: read, list, write and edit real files through the operations.
import assert from "node:assert/strict";
import { chmodSync, readdirSync, statSync, writeFileSync, mkdirSync } from "node:fs";
import { after, test } from "node:test";
import { Bench } from "../../harness/fs.ts";

const bench = new Bench();
after(() => bench.close());

test("a file is read with its lines, size and digest", async () => {
  writeFileSync(bench.at("README.md"), "one\ntwo\nthree\n");
  const got = await bench.call("fs.read", { path: "README.md" });
  assert.equal(got.value?.["content"], "one\ntwo\nthree\n");
  assert.deepEqual([got.value?.["total"], got.value?.["bytes"]], [3, 14]);
  assert.deepEqual(got.needs, [{ resource: "fs:/app/README.md", right: "read" }]);
  const part = await bench.call("fs.read", { path: "app/README.md", start_line: 2, end_line: 2 });
  assert.equal(part.value?.["content"], "two\n");
});

test("a file is written whole, replaced with its mode, and its folders made", async () => {
  const made = await bench.call("fs.write", { path: "src/new/x.ts", content: "a\n" });
  assert.equal(made.code, "ok", made.error?.message);
  assert.equal(made.value?.["created"], true);
  assert.equal(bench.text("src/new/x.ts"), "a\n");
  assert.deepEqual(
    made.needs.map((n) => n.resource),
    ["fs:/app/src/new/x.ts"],
  );
  chmodSync(bench.at("src/new/x.ts"), 0o750);
  const again = await bench.call("fs.write", { path: "src/new/x.ts", content: "b\n" });
  assert.equal(again.value?.["created"], false);
  assert.deepEqual([again.preview?.before, again.preview?.after], ["a\n", "b\n"]);
  assert.equal(statSync(bench.at("src/new/x.ts")).mode & 0o777, 0o750);
  assert.deepEqual(readdirSync(bench.at("src/new")), ["x.ts"]);
});

test("an edit replaces exact text, and says when it cannot", async () => {
  writeFileSync(bench.at("e.ts"), "a\nb\na\n");
  assert.equal((await bench.call("fs.edit", { path: "e.ts", old_text: "b", new_text: "B" })).code, "ok");
  assert.equal(bench.text("e.ts"), "a\nB\na\n");
  const twice = await bench.call("fs.edit", { path: "e.ts", old_text: "a", new_text: "x" });
  assert.match(twice.error?.message ?? "", /2 times \(lines 1, 3\)/);
  assert.equal(
    (await bench.call("fs.edit", { path: "e.ts", old_text: "a", new_text: "x", all: true })).value?.[
      "replaced"
    ],
    2,
  );
});

test("a folder is listed in name order, reserved names hidden", async () => {
  mkdirSync(bench.at(".agentlibos"));
  const got = await bench.call("fs.list", {});
  assert.deepEqual(got.value?.["entries"], [
    { name: "README.md", kind: "file", size: 14 },
    { name: "e.ts", kind: "file", size: 6 },
    { name: "src", kind: "folder" },
  ]);
  assert.equal(got.value?.["hidden"], 1);
});
