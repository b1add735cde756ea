// A folder with more names than a search looks at: everything is bounded, and it is said.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Bench } from "../../../harness/fs.ts";

/** As many names as a folder may have, twice as many as a search looks at. */
const NAMES = 100_000;

test(`${NAMES} files are bounded, and it is said`, async () => {
  // In memory where there is such a disk: making the files would take longer than the test.
  const memory = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
  const large = new Bench(["app"], undefined, realpathSync(mkdtempSync(join(memory, "fs-bench-"))));
  try {
    mkdirSync(large.at("many"));
    for (let i = 0; i < NAMES; i++) writeFileSync(large.at("many", `f${String(i).padStart(6, "0")}`), "");
    const listed = await large.call("fs.list", { path: "many" });
    const entries = listed.value?.["entries"];
    assert.ok(Array.isArray(entries) && entries.length === 1000);
    assert.deepEqual(entries[0], { name: "f000000", kind: "file", size: 0 });
    assert.deepEqual([listed.value?.["total"], listed.value?.["truncated"]], [NAMES, true]);
    const found = await large.call("fs.find", { pattern: `f0${NAMES - 1}`, path: "many" });
    assert.deepEqual([found.value?.["matches"], found.value?.["truncated"]], [[], true]);
    assert.match(String(found.value?.["note"]), /stopped after 50000 names/);
    const searched = await large.call("fs.search", { query: "x", path: "many" });
    assert.equal(searched.value?.["truncated"], true);
    assert.equal((await large.call("fs.delete", { path: "many", recursive: true })).code, "E2BIG");
  } finally {
    large.close();
  }
});
